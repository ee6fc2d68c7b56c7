//! The jobs of the database threads: work on a connection, and the request that waits for its result.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::oneshot::Sender;

use crate::db::connection_manager::Pooled;
use crate::db::error::DbError;
use crate::db::fair_queue::Entry;
use crate::db::pool_stats::PoolStats;
use crate::db::pooled_worker::PooledWorker;

/// The transactions in which a job may run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum JobKind {
    /// The job has many statements. It never shares a transaction.
    Long,
    /// The job runs once. It may share a transaction in which each write is a savepoint.
    Once,
    /// The job may run again after a rollback, so it may share a transaction without savepoints. It writes rows of this user only.
    Repeatable {
        /// The user's id.
        user: Arc<str>,
    },
}

/// An entry of the queue.
pub(super) struct Job {
    slot: Arc<QueueSlot>,
    pub(super) kind: JobKind,
    work: Box<dyn Work>,
}

/// The state of a job after a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum JobStatus {
    /// The request was cancelled before the job started. The job did not run.
    Cancelled,
    /// The job has a result, or an error of the request: no such task, another version, a quota.
    Finished,
    /// The job has an error of the database.
    Failed,
}

impl Job {
    /// Creates a job that sends its result to `sender`.
    pub(super) fn new<R: Send + 'static>(
        slot: Arc<QueueSlot>,
        kind: JobKind,
        sender: Sender<Result<R, DbError>>,
        run: impl FnMut(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Self {
        Self { slot: slot.clone(), kind, work: Box::new(PendingWork { slot, sender, run, outcome: None }) }
    }

    /// Runs the job and keeps its result. A job that has started runs again also if its request is cancelled since.
    pub(super) fn run(&mut self, worker: Result<&mut PooledWorker, DbError>) -> JobStatus {
        self.work.run(worker)
    }

    /// Answers a job for which there is no connection.
    pub(super) fn reject(mut self, error: DbError) {
        self.run(Err(error));
        self.answer(Ok(()));
    }

    /// Sends the result to the request. An error replaces the result: the transaction was not committed.
    pub(super) fn answer(self, commit: Result<(), DbError>) {
        self.work.answer(commit);
    }
}

impl Entry for Job {
    fn is_cancelled(&self) -> bool {
        self.slot.is_released.load(Ordering::Acquire)
    }
}

/// The work of a job, without the type of its result.
trait Work: Send {
    fn run(&mut self, worker: Result<&mut PooledWorker, DbError>) -> JobStatus;
    fn answer(self: Box<Self>, commit: Result<(), DbError>);
}

struct PendingWork<R, F> {
    slot: Arc<QueueSlot>,
    sender: Sender<Result<R, DbError>>,
    run: F,
    outcome: Option<Result<R, DbError>>,
}

impl<R: Send, F: FnMut(&mut Pooled) -> Result<R, DbError> + Send> Work for PendingWork<R, F> {
    fn run(&mut self, worker: Result<&mut PooledWorker, DbError>) -> JobStatus {
        let has_started = self.outcome.is_some();
        if !has_started && !self.slot.release() {
            return JobStatus::Cancelled;
        }
        let in_use = self.slot.stats.mark_in_use();
        let outcome = worker.and_then(|worker| worker.with_connection(&mut self.run));
        drop(in_use);
        let status = match &outcome {
            Err(DbError::Unavailable(_) | DbError::Query(_) | DbError::InProgress) => JobStatus::Failed,
            _ => JobStatus::Finished,
        };
        self.outcome = Some(outcome);
        status
    }

    fn answer(self: Box<Self>, commit: Result<(), DbError>) {
        let Self { sender, outcome, .. } = *self;
        if let Some(outcome) = outcome {
            // sending fails if the client has disconnected
            drop(sender.send(commit.and(outcome)));
        }
    }
}

/// The slot of a request in the queue.
///
/// It is released once: by the thread that starts the job, or by the request at its timeout or cancellation.
pub(super) struct QueueSlot {
    is_released: AtomicBool,
    stats: Arc<PoolStats>,
    since: Instant,
}

impl QueueSlot {
    fn acquire(stats: &Arc<PoolStats>, since: Instant) -> Arc<Self> {
        stats.begin_wait();
        Arc::new(Self { is_released: AtomicBool::new(false), stats: stats.clone(), since })
    }

    /// Releases the slot. Returns `false` if it was released before.
    pub(super) fn release(&self) -> bool {
        let is_first = !self.is_released.swap(true, Ordering::AcqRel);
        if is_first {
            self.stats.end_wait(self.since);
        }
        is_first
    }
}

/// Releases the slot when the request ends, also when its client disconnects.
pub(super) struct SlotGuard(pub(super) Arc<QueueSlot>);

impl SlotGuard {
    /// Enters the queue.
    pub(super) fn acquire(stats: &Arc<PoolStats>, since: Instant) -> Self {
        Self(QueueSlot::acquire(stats, since))
    }
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        self.0.release();
    }
}
