//! Writes of several users in one transaction, on PostgreSQL.
//!
//! A commit to PostgreSQL waits for the disk, and costs the server as much CPU time as a short write. A thread that takes a write from the
//! queue therefore takes the writes of other users that wait, and commits once. It never waits for further writes. The writes need no
//! savepoints: if one fails, the transaction is rolled back, and each of its writes runs again by itself. A request gets its response
//! after the commit.
//!
//! - Locks: the writes of a transaction are in the order of their users' ids, on all instances. Each takes locks on rows of its user only.
//!   So two transactions do not wait for each other. A timeout limits the wait for a user whose rows another instance has locked.
//! - Row-level security: between two writes, the transaction names no user. A statement without an owner condition sees no rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::db::error::DbError;
use crate::db::fair_queue::{FairQueue, Flow};
use crate::db::group_commit::{MAX_JOBS, MAX_TIME, answer_all, run_alone};
use crate::db::job::{Job, JobKind, JobStatus};
use crate::db::pooled_worker::PooledWorker;

/// The minimum number of jobs of a shared transaction. Its `BEGIN` and `COMMIT` cost two round trips.
const MIN_JOBS: usize = 3;

/// The minimum time of a commit, in round trips, that favors shared transactions.
const MIN_COMMIT_ROUND_TRIPS: u32 = 3;
/// The number of writes after which the times are measured again.
const MAX_SKIPPED: u32 = 1_000;

/// Runs each job by itself, and writes that wait in shared transactions.
pub(super) fn run_jobs(queue: &FairQueue<Job>, mut worker: PooledWorker) {
    let (mut finished, mut costs) = (None, Costs::default());
    while let Some((flow, job)) = queue.next(finished) {
        let others = if is_repeatable(&job) && worker.can_share_transactions() && costs.favor_sharing() {
            queue.take_of_idle_flows(MIN_JOBS - 1..=MAX_JOBS - 1, is_repeatable)
        } else {
            Vec::new()
        };
        if others.is_empty() {
            run_alone(&mut worker, job);
        } else {
            let flows: Vec<Flow> = others.iter().map(|(flow, _)| *flow).collect();
            let mut jobs: Vec<Job> = others.into_iter().map(|(_, job)| job).chain([job]).collect();
            jobs.sort_by(|one, other| user(one).cmp(user(other)));
            run_groups(&mut worker, &mut costs, jobs);
            flows.into_iter().for_each(|flow| queue.finish(flow));
        }
        finished = Some(flow);
    }
}

fn is_repeatable(job: &Job) -> bool {
    matches!(job.kind, JobKind::Repeatable { .. })
}

fn user(job: &Job) -> &str {
    match &job.kind {
        JobKind::Repeatable { user } => user,
        JobKind::Long | JobKind::Once => "",
    }
}

/// Runs all jobs, in transactions of at most [`MAX_TIME`], or of [`MIN_JOBS`].
fn run_groups(worker: &mut PooledWorker, costs: &mut Costs, jobs: Vec<Job>) {
    let mut jobs = jobs.into_iter().peekable();
    let mut failed = Vec::new();
    while jobs.peek().is_some() {
        if let Err(error) = worker.begin_shared() {
            jobs.for_each(|job| job.reject(DbError::Unavailable(error.to_string())));
            break;
        }
        let started_at = Instant::now();
        let mut group = Group { costs, jobs: Vec::new(), end: GroupEnd::Commit };
        for (count, job) in (1..).zip(jobs.by_ref()) {
            group.run(worker, job);
            if !matches!(group.end, GroupEnd::Commit) || count >= MIN_JOBS && started_at.elapsed() > MAX_TIME {
                break;
            }
        }
        failed.extend(group.finish(worker));
    }
    run_each(worker, failed);
}

/// The measured times of a connection.
///
/// A shared transaction saves a commit for each write, and adds a round trip. With a distant server it would cost more than it saves.
#[derive(Default)]
struct Costs {
    round_trip: Duration,
    /// The time of a commit, with its round trip.
    commit: Duration,
    /// The number of writes since the last shared transaction.
    skipped: u32,
}

impl Costs {
    /// Returns whether a shared transaction takes less time than its writes alone. Unknown times favor it.
    fn favor_sharing(&mut self) -> bool {
        let is_favored = self.commit >= self.round_trip * MIN_COMMIT_ROUND_TRIPS || self.skipped >= MAX_SKIPPED;
        self.skipped = if is_favored { 0 } else { self.skipped + 1 };
        is_favored
    }

    /// Runs `step` and averages its time into `cost`.
    fn measure<R>(cost: &mut Duration, step: impl FnOnce() -> R) -> R {
        let started_at = Instant::now();
        let outcome = step();
        let time = started_at.elapsed();
        *cost = if cost.is_zero() { time } else { (*cost * 7 + time) / 8 };
        outcome
    }
}

/// The jobs of an open transaction.
struct Group<'c> {
    costs: &'c mut Costs,
    /// The jobs whose result is valid if the transaction is committed.
    jobs: Vec<Job>,
    end: GroupEnd,
}

/// The end of a transaction.
enum GroupEnd {
    Commit,
    /// This job has an error of the database. What it wrote before the error must not be committed, because it runs again.
    RollBack(Job),
    /// A job panicked: the state of the connection is unknown.
    Discard,
}

impl Group<'_> {
    fn run(&mut self, worker: &mut PooledWorker, mut job: Job) {
        match catch_unwind(AssertUnwindSafe(|| job.run(Ok(worker)))) {
            // an error that the job has not returned also ends the transaction
            Ok(JobStatus::Finished | JobStatus::Cancelled)
                if Costs::measure(&mut self.costs.round_trip, || worker.unname_user()).is_ok() =>
            {
                self.jobs.push(job);
            }
            Ok(_) => self.end = GroupEnd::RollBack(job),
            Err(_) => self.end = GroupEnd::Discard, // the request gets an error
        }
    }

    /// Commits, or rolls back and runs the jobs again. Returns the failed job. It runs after all others, because it may wait for locks.
    fn finish(self, worker: &mut PooledWorker) -> Option<Job> {
        let failed = match self.end {
            GroupEnd::Commit => {
                let commit = Costs::measure(&mut self.costs.commit, || worker.commit_shared());
                answer_all(self.jobs, &commit);
                return None;
            }
            GroupEnd::Discard => {
                worker.discard_connection();
                None
            }
            GroupEnd::RollBack(failed) => {
                if let Err(error) = worker.roll_back_shared() {
                    answer_all(self.jobs.into_iter().chain([failed]), &Err(error));
                    return None;
                }
                Some(failed)
            }
        };
        run_each(worker, self.jobs);
        failed
    }
}

/// Runs each job by itself.
fn run_each(worker: &mut PooledWorker, jobs: Vec<Job>) {
    jobs.into_iter().for_each(|job| run_alone(worker, job));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_shared_if_a_commit_takes_several_round_trips() {
        let millis = Duration::from_millis;
        let favors = |round_trip, commit| Costs { round_trip, commit, skipped: 0 }.favor_sharing();
        assert!(Costs::default().favor_sharing(), "the times are unknown");
        assert!(favors(millis(1), millis(3)));
        assert!(!favors(millis(1), millis(2)));
    }

    #[test]
    fn times_are_measured_again_after_some_writes() {
        let mut costs = Costs { round_trip: Duration::from_millis(1), ..Costs::default() };
        assert_eq!((0..2_002).filter(|_| costs.favor_sharing()).count(), 2);
    }
}
