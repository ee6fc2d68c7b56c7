//! Fixed worker threads with one connection each, fed by a fair queue.
//!
//! Diesel blocks, so it must not run on the HTTP workers. A free thread takes the next job directly from the queue: a round trip to the
//! HTTP worker would cost as much as the job. The queue serves users round-robin (see [`FairQueue`]). A request leaves the queue after a
//! timeout, or when its client disconnects. A job that has started always runs to its end. An unresponsive database blocks the thread,
//! but not the request.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use r2d2::Pool;
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::oneshot::{self, Receiver};

use crate::db::connection_manager::{ConnectionManager, Pooled};
use crate::db::error::DbError;
use crate::db::fair_queue::{Bounds, FairQueue, Flow, Full};
use crate::db::job::{Job, JobKind, SlotGuard};
use crate::db::pool_stats::{PoolStats, add_time};
use crate::db::pooled_worker::PooledWorker;

/// The maximum number of requests in the queue.
const QUEUE_CAPACITY: usize = 8192;
/// The maximum number of requests of one user in the queue. Further requests of the user get 503.
const QUEUE_CAPACITY_PER_FLOW: usize = 1024;

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
        self.run_job(JobKind::Once, self.execution_timeout, flow, once(work)).await
    }

    /// As [`run`](Self::run), for short work on the rows of one user. It may share a transaction with the work of other users, and runs
    /// again by itself if that transaction is rolled back.
    pub(crate) async fn run_repeatable<R: Send + 'static>(
        &self,
        user: &str,
        work: impl FnMut(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.run_job(JobKind::Repeatable { user: user.into() }, self.execution_timeout, Flow::user(user), work).await
    }

    /// As [`run`](Self::run), with `factor` times the timeout, for jobs of many statements.
    pub(crate) async fn run_long<R: Send + 'static>(
        &self,
        factor: u32,
        flow: Flow,
        work: impl FnOnce(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.run_job(JobKind::Long, self.execution_timeout * factor, flow, once(work)).await
    }

    async fn run_job<R: Send + 'static>(
        &self,
        kind: JobKind,
        execution_timeout: Duration,
        flow: Flow,
        work: impl FnMut(&mut Pooled) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let started_at = Instant::now();
        let outcome = self.enqueue(flow, kind, execution_timeout, work, started_at).await;
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
            outcome = self.enqueue(flow, JobKind::Once, self.execution_timeout, once(work), started_at) => match outcome {
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
        kind: JobKind,
        execution_timeout: Duration,
        work: impl FnMut(&mut Pooled) -> Result<R, DbError> + Send + 'static,
        since: Instant,
    ) -> Result<R, DbError> {
        let (sender, mut receiver) = oneshot::channel();
        let guard = SlotGuard::acquire(&self.stats, since);
        let job = Job::new(guard.0.clone(), kind, sender, work);
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

/// Converts work that runs once. A job of this work never runs again.
fn once<R>(work: impl FnOnce(&mut Pooled) -> Result<R, DbError>) -> impl FnMut(&mut Pooled) -> Result<R, DbError> {
    let mut work = Some(work);
    move |pooled| match work.take() {
        Some(work) => work(pooled),
        None => Err(DbError::Query("work that runs once ran again".into())),
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

impl ConnectionPool {
    /// Finishes the queued jobs, then ends the threads and closes their connections. Waits at most `execution_timeout`.
    pub(super) fn close(&self) {
        self.queue.close();
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.execution_timeout) {
            log::warn!(
                "shutdown does not wait for a database statement: timeout_seconds={}",
                self.execution_timeout.as_secs()
            );
        }
    }
}

impl Drop for ConnectionPool {
    fn drop(&mut self) {
        self.close();
    }
}
