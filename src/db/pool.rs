//! Fixed worker threads with one connection each, fed by a fair queue.
//!
//! Diesel blocks, so it must not run on the HTTP workers. A free thread takes the next job directly from the queue: a round trip to the
//! HTTP worker would cost as much as the job. The queue serves users round-robin (see [`FairQueue`]). A request leaves the queue after a
//! timeout, or when its client disconnects. A job that has started always runs to its end. An unresponsive database blocks the thread,
//! but not the request.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use r2d2::Pool;
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::oneshot::{self, Receiver};

use crate::db::connection_manager::{ConnectionManager, Pooled};
use crate::db::error::DbError;
use crate::db::fair_queue::{Bounds, Entry, FairQueue, Flow, Full};
use crate::db::pool_stats::{PoolStats, add_time};
use crate::db::pooled_worker::PooledWorker;

/// The maximum number of requests in the queue.
const QUEUE_CAPACITY: usize = 8192;
/// The maximum number of requests of one user in the queue. Further requests of the user get 503.
const QUEUE_CAPACITY_PER_FLOW: usize = 1024;

/// Sends the result of a job to its request. An error replaces the result: the job's transaction was not committed.
pub(super) type Answer = Box<dyn FnOnce(Result<(), DbError>)>;

/// Runs a job. The error is that of the worker's connection. Returns `None` if the request is cancelled.
pub(super) type Work = Box<dyn FnOnce(Result<&mut PooledWorker, DbError>) -> Option<JobOutcome> + Send>;

/// An entry of the queue.
pub(super) struct Job {
    slot: Arc<QueueSlot>,
    /// Whether the job has many statements. It never shares a transaction.
    pub(super) is_long: bool,
    pub(super) work: Work,
}

/// A job that has run.
pub(super) struct JobOutcome {
    pub(super) answer: Answer,
    /// Whether the error is one with which SQLite may have ended the transaction.
    pub(super) may_end_transaction: bool,
}

impl Entry for Job {
    fn is_cancelled(&self) -> bool {
        self.slot.is_released.load(Ordering::Acquire)
    }
}

/// Worker threads with one connection each.
pub(crate) struct ConnectionPool {
    queue: Arc<FairQueue<Job>>,
    /// Disconnects when the last thread has ended.
    ended: crossbeam_channel::Receiver<Infallible>,
    acquire_timeout: Duration,
    execution_timeout: Duration,
    stats: Arc<PoolStats>,
    /// Incremented to replace all connections.
    generation: Arc<AtomicUsize>,
}

impl ConnectionPool {
    /// Starts `threads` threads, which take their connections from `pool`.
    ///
    /// `acquire_timeout` limits the time of a request in the queue. `execution_timeout` limits the time of its job. `run_jobs` runs on each
    /// thread.
    pub(crate) fn start(
        name: &str,
        threads: usize,
        pool: &Pool<ConnectionManager>,
        acquire_timeout: Duration,
        execution_timeout: Duration,
        stats: PoolStats,
        run_jobs: fn(&FairQueue<Job>, PooledWorker),
    ) -> std::io::Result<Self> {
        let bounds = Bounds { workers: threads, per_flow: QUEUE_CAPACITY_PER_FLOW, total: QUEUE_CAPACITY };
        let queue = Arc::new(FairQueue::new(bounds));
        let (running, ended) = crossbeam_channel::bounded(0);
        let generation = Arc::new(AtomicUsize::new(0));
        for number in 0..threads {
            let (queue, running) = (queue.clone(), running.clone());
            let (pool, pool_generation) = (pool.clone(), generation.clone());
            let worker = PooledWorker::new(pool, pool_generation);
            std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || {
                let _running = running;
                run_jobs(&queue, worker);
            })?;
        }
        Ok(Self { queue, ended, acquire_timeout, execution_timeout, stats: Arc::new(stats), generation })
    }

    /// Makes each thread replace its connection before its next job.
    pub(crate) fn renew_connections(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs `work` on a thread of the pool.
    ///
    /// # Errors
    /// The error of `work`, or [`DbError::Unavailable`] if the queue is full or a timeout expires.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        flow: Flow,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.run_job(false, self.execution_timeout, flow, work).await
    }

    /// As [`run`](Self::run), with `factor` times the timeout, for jobs of many statements.
    pub(crate) async fn run_long<R: Send + 'static>(
        &self,
        factor: u32,
        flow: Flow,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.run_job(true, self.execution_timeout * factor, flow, work).await
    }

    async fn run_job<R: Send + 'static>(
        &self,
        is_long: bool,
        execution_timeout: Duration,
        flow: Flow,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let started_at = Instant::now();
        let outcome = self.enqueue(flow, is_long, execution_timeout, work, started_at).await;
        self.record(&outcome, started_at);
        outcome
    }

    /// Runs `work` for a result that another job may also send. Returns the first result.
    pub(crate) async fn run_shared<R>(
        &self,
        flow: Flow,
        mut receiver: Receiver<Result<R, DbError>>,
        work: impl FnOnce(&mut Pooled) -> Result<(), DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let started_at = Instant::now();
        let outcome = tokio::select! {
            biased;
            result = &mut receiver => flatten(result),
            outcome = self.enqueue(flow, false, self.execution_timeout, work, started_at) => match outcome {
                Ok(()) => wait_for_result(receiver, self.execution_timeout).await, // another job sends the result
                Err(error) => Err(error),
            },
        };
        self.record(&outcome, started_at);
        outcome
    }

    /// Records the time and the outcome of a call.
    fn record<R>(&self, outcome: &Result<R, DbError>, started_at: Instant) {
        add_time(started_at.elapsed());
        self.stats.count(outcome);
    }

    async fn enqueue<R: Send + 'static>(
        &self,
        flow: Flow,
        is_long: bool,
        execution_timeout: Duration,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
        since: Instant,
    ) -> Result<R, DbError> {
        let (sender, mut receiver) = oneshot::channel();
        let guard = SlotGuard(QueueSlot::acquire(&self.stats, since));
        let slot = guard.0.clone();
        let work = move |worker: Result<&mut PooledWorker, DbError>| {
            if !slot.release() {
                return None;
            }
            let in_use = slot.stats.mark_in_use();
            let outcome = worker.and_then(|worker| worker.with_connection(work));
            drop(in_use);
            let may_end_transaction = matches!(outcome, Err(DbError::Unavailable(_) | DbError::Query(_)));
            // sending fails if the client has disconnected
            let answer = Box::new(move |commit: Result<(), DbError>| drop(sender.send(commit.and(outcome))));
            Some(JobOutcome { answer, may_end_transaction })
        };
        let job = Job { slot: guard.0.clone(), is_long, work: Box::new(work) };
        self.queue.push(flow, job).map_err(|full| {
            DbError::Unavailable(match full {
                Full::Flow => {
                    format!("more than {QUEUE_CAPACITY_PER_FLOW} requests of one user wait for a database connection")
                }
                Full::Queue => format!("more than {QUEUE_CAPACITY} requests wait for a database connection"),
            })
        })?;
        match tokio::time::timeout(self.acquire_timeout, &mut receiver).await {
            Err(_) if guard.0.release() => {
                Err(DbError::Unavailable("timeout while waiting for a database connection".into()))
            }
            Err(_) => wait_for_result(receiver, execution_timeout).await,
            Ok(result) => flatten(result),
        }
    }
}

/// Waits for the result of a job that has started.
async fn wait_for_result<R>(receiver: Receiver<Result<R, DbError>>, execution_timeout: Duration) -> Result<R, DbError> {
    let result = tokio::time::timeout(execution_timeout, receiver).await;
    flatten(result.map_err(|_| DbError::Unavailable("timeout while waiting for the database".into()))?)
}

fn flatten<R>(result: Result<Result<R, DbError>, RecvError>) -> Result<R, DbError> {
    result.map_err(|_| DbError::Query("a query panicked".into()))?
}

impl Drop for ConnectionPool {
    /// Finishes the queued jobs, then ends the threads. Waits at most `execution_timeout`.
    fn drop(&mut self) {
        self.queue.close();
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.execution_timeout) {
            log::warn!(
                "shutdown does not wait for a database statement: timeout_seconds={}",
                self.execution_timeout.as_secs()
            );
        }
    }
}

/// The slot of a request in the queue.
///
/// It is released once: by the thread that starts the job, or by the request at its timeout or cancellation.
struct QueueSlot {
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
    fn release(&self) -> bool {
        let is_first = !self.is_released.swap(true, Ordering::AcqRel);
        if is_first {
            self.stats.end_wait(self.since);
        }
        is_first
    }
}

/// Releases the slot when the request ends, also when its client disconnects.
struct SlotGuard(Arc<QueueSlot>);

impl Drop for SlotGuard {
    fn drop(&mut self) {
        self.0.release();
    }
}
