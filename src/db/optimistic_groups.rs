//! Writes of several users in one transaction, on PostgreSQL.
//!
//! A commit to PostgreSQL waits for the disk, and costs the server as much CPU time as a short write. A thread that takes a write from the
//! queue therefore takes the writes of other users that wait, and commits once. It never waits for further writes. The writes need no
//! savepoints: if one fails, the transaction is rolled back, and each of its writes runs again by itself. A request gets its response
//! after the commit.
//!
//! - Locks: the writes of a transaction are in the order of their users' ids, on all instances. Each takes locks on rows of its user only.
//!   So two transactions do not wait for each other. [`LOCK_TIMEOUT`] limits the wait for a user whose rows another instance has locked.
//! - Row-level security: between two writes, the transaction names no user. A statement without an owner condition sees no rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::db::error::DbError;
use crate::db::fair_queue::{FairQueue, Flow};
use crate::db::group_commit::{MAX_JOBS, MAX_TIME, answer_all, run_alone};
use crate::db::job::{Job, JobKind, JobStatus};
use crate::db::pooled_worker::PooledWorker;

/// The minimum number of jobs of a shared transaction. Its `BEGIN` and `COMMIT` cost two round trips.
const MIN_JOBS: usize = 3;

/// Runs each job by itself, and writes that wait in shared transactions.
pub(super) fn run_jobs(queue: &FairQueue<Job>, mut worker: PooledWorker) {
    let mut finished = None;
    while let Some((flow, job)) = queue.next(finished) {
        let others = match job.kind {
            JobKind::Repeatable { .. } if worker.can_share_transactions() => {
                queue.take_of_idle_flows(MIN_JOBS - 1..=MAX_JOBS - 1, is_repeatable)
            }
            _ => Vec::new(),
        };
        if others.is_empty() {
            run_alone(&mut worker, job);
        } else {
            let flows: Vec<Flow> = others.iter().map(|(flow, _)| *flow).collect();
            let mut jobs: Vec<Job> = others.into_iter().map(|(_, job)| job).chain([job]).collect();
            jobs.sort_by(|one, other| user(one).cmp(user(other)));
            run_groups(&mut worker, jobs);
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
fn run_groups(worker: &mut PooledWorker, jobs: Vec<Job>) {
    let mut jobs = jobs.into_iter().peekable();
    let mut failed = Vec::new();
    while jobs.peek().is_some() {
        if let Err(error) = worker.begin_shared() {
            answer_all_unrun(jobs, &error);
            break;
        }
        let started_at = Instant::now();
        let mut group = Group::default();
        for (count, job) in (1..).zip(jobs.by_ref()) {
            group.run(worker, job);
            if group.is_aborted || count >= MIN_JOBS && started_at.elapsed() > MAX_TIME {
                break;
            }
        }
        failed.extend(group.finish(worker));
    }
    run_each(worker, failed);
}

/// Answers jobs for which there is no connection.
fn answer_all_unrun(jobs: impl Iterator<Item = Job>, error: &DbError) {
    for mut job in jobs {
        job.run(Err(DbError::Unavailable(error.to_string())));
        job.answer(Ok(()));
    }
}

/// The jobs of an open transaction.
#[derive(Default)]
struct Group {
    /// The jobs whose result is valid if the transaction is committed.
    jobs: Vec<Job>,
    /// The jobs with an error of the database. They run again after all others, because they may wait for locks.
    failed: Vec<Job>,
    /// Whether an error has ended the transaction.
    is_aborted: bool,
    /// Whether the state of the connection is unknown.
    has_panicked: bool,
}

impl Group {
    fn run(&mut self, worker: &mut PooledWorker, mut job: Job) {
        match catch_unwind(AssertUnwindSafe(|| job.run(Ok(worker)))) {
            Ok(JobStatus::Failed) => self.failed.push(job),
            Ok(JobStatus::Finished | JobStatus::Cancelled) => self.jobs.push(job),
            Err(_) => self.has_panicked = true, // the request gets an error
        }
        // fails if a statement of the job has failed
        self.is_aborted = self.has_panicked || worker.unname_user().is_err();
    }

    /// Commits, or rolls back and runs the jobs again. Returns the failed jobs, which may run again.
    fn finish(self, worker: &mut PooledWorker) -> Vec<Job> {
        if self.has_panicked {
            worker.discard_connection();
        } else if !self.is_aborted {
            answer_all(self.jobs, &worker.commit_shared());
            return self.failed;
        } else if let Err(error) = worker.roll_back_shared() {
            let commit = Err(error);
            answer_all(self.jobs, &commit);
            answer_all(self.failed, &commit);
            return Vec::new();
        }
        run_each(worker, self.jobs);
        self.failed
    }
}

/// Runs each job by itself.
fn run_each(worker: &mut PooledWorker, jobs: Vec<Job>) {
    jobs.into_iter().for_each(|job| run_alone(worker, job));
}
