//! The jobs of a worker thread: one after the other, or several in one transaction.
//!
//! A commit to SQLite waits for the disk. The writer takes the jobs that wait, runs them in one transaction, each write in a savepoint, and
//! commits once. A request gets its response after the commit. A write that fails is rolled back alone. If the commit fails, no write of
//! the transaction is stored, and each of its requests gets 503.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::db::error::DbError;
use crate::db::fair_queue::{FairQueue, Flow};
use crate::db::job::{Job, JobKind, JobStatus};
use crate::db::pooled_worker::PooledWorker;

/// The maximum number of jobs of one transaction.
pub(super) const MAX_JOBS: usize = 64;
/// The time after which no further job joins a transaction.
pub(super) const MAX_TIME: Duration = Duration::from_millis(5);

/// Runs jobs in shared transactions. Never waits for further jobs. A long job runs by itself, so no other one waits for its commit.
pub(super) fn run_groups(queue: &FairQueue<Job>, mut worker: PooledWorker) {
    let mut next = queue.next(None);
    while let Some((flow, job)) = next {
        next = if job.kind == JobKind::Long {
            run_alone(&mut worker, job);
            queue.next(Some(flow))
        } else {
            run_group(queue, &mut worker, flow, job).or_else(|| queue.next(None))
        };
    }
}

/// Runs a job by itself.
pub(super) fn run_alone(worker: &mut PooledWorker, mut job: Job) {
    match catch_unwind(AssertUnwindSafe(|| job.run(Ok(worker)))) {
        Ok(_) => job.answer(Ok(())),
        Err(_) => worker.discard_connection(), // its state is unknown
    }
}

/// Runs a job and those that wait, up to [`MAX_JOBS`] and [`MAX_TIME`]. Returns the next job, if the queue had one.
fn run_group(queue: &FairQueue<Job>, worker: &mut PooledWorker, flow: Flow, first: Job) -> Option<(Flow, Job)> {
    if let Err(error) = worker.begin_shared() {
        first.reject(error);
        return queue.try_next(flow);
    }
    let started_at = Instant::now();
    let mut group = Group::default();
    let (mut flow, mut job, mut jobs) = (flow, first, 1);
    let next = loop {
        group.run(worker, job);
        let next = queue.try_next(flow);
        let is_full = jobs == MAX_JOBS || started_at.elapsed() > MAX_TIME || group.is_aborted;
        match next {
            Some((next_flow, next_job)) if !is_full && next_job.kind != JobKind::Long => {
                (flow, job) = (next_flow, next_job)
            }
            other => break other,
        }
        jobs += 1;
    };
    group.finish(worker);
    next
}

/// The jobs of an open transaction.
#[derive(Default)]
struct Group {
    jobs: Vec<Job>,
    /// Whether a job failed in a way that ends the transaction.
    is_aborted: bool,
    /// Whether the state of the connection is unknown.
    has_panicked: bool,
}

impl Group {
    fn run(&mut self, worker: &mut PooledWorker, mut job: Job) {
        match catch_unwind(AssertUnwindSafe(|| job.run(Ok(worker)))) {
            Ok(status) => {
                self.jobs.push(job);
                self.is_aborted |= status == JobStatus::Failed && !worker.is_shared_open();
            }
            Err(_) => {
                self.has_panicked = true;
                self.is_aborted |= !worker.roll_back_job() || !worker.is_shared_open();
            }
        }
    }

    fn finish(self, worker: &mut PooledWorker) {
        let commit = match self.is_aborted {
            false => worker.commit_shared(),
            true => Err(worker.abort_shared()),
        };
        if self.has_panicked {
            worker.discard_connection();
        }
        answer_all(self.jobs, &commit);
    }
}

/// Answers the jobs of a transaction that was committed, or not.
pub(super) fn answer_all(jobs: impl IntoIterator<Item = Job>, commit: &Result<(), DbError>) {
    for job in jobs {
        job.answer(match commit {
            Ok(()) => Ok(()),
            Err(error) => Err(DbError::Unavailable(error.to_string())),
        });
    }
}
