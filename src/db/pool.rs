//! Fixed threads with one connection each, fed by a queue that is fair between users.
//!
//! Diesel blocks, so it must not run on the HTTP workers. A thread that has finished takes the next work from the queue at once; to ask
//! the HTTP worker for it would cost as much as the work. The queue serves users round-robin (see [`FairQueue`]). A request gives up
//! after a bounded time, and leaves the queue when its client disconnects. Work that has begun is always finished: a database that does
//! not answer blocks its thread, but not the request.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use diesel::r2d2::R2D2Connection;
use r2d2::{Pool, PooledConnection};
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::oneshot::{self, Receiver};

use crate::db::connection::AnyConnection;
use crate::db::connection_manager::ConnectionManager;
use crate::db::error::DbError;
use crate::db::error_classes;
use crate::db::fair_queue::{Bounds, Entry, FairQueue, Flow, Full};
use crate::db::pool_stats::{PoolStats, add_to_time};

/// The most requests in the queue.
const QUEUE_CAPACITY: usize = 8192;
/// The most requests of one user in the queue. The user's further requests get 503.
const QUEUE_CAPACITY_PER_FLOW: usize = 1024;

/// Work in the queue, and the request's place there.
struct Job {
    place: Arc<QueueSlot>,
    work: Box<dyn FnOnce(&mut PooledWorker) + Send>,
}

impl Entry for Job {
    fn is_cancelled(&self) -> bool {
        self.place.is_left.load(Ordering::Acquire)
    }
}

/// Threads, each with one connection.
pub(crate) struct ConnectionPool {
    queue: Arc<FairQueue<Job>>,
    /// Disconnected when the last thread has ended.
    ended: crossbeam_channel::Receiver<Infallible>,
    acquire_timeout: Duration,
    execution_timeout: Duration,
    stats: Arc<PoolStats>,
    renewals: Arc<AtomicUsize>,
}

impl ConnectionPool {
    /// Starts `threads` threads that take their connections from `pool`. `acquire_timeout`: how long a request waits for one of them;
    /// `execution_timeout`: how long it then waits for what the work comes to.
    pub(crate) fn start(
        name: &str,
        threads: usize,
        pool: &Pool<ConnectionManager>,
        acquire_timeout: Duration,
        execution_timeout: Duration,
        stats: PoolStats,
    ) -> std::io::Result<Self> {
        let bounds = Bounds { workers: threads, per_flow: QUEUE_CAPACITY_PER_FLOW, total: QUEUE_CAPACITY };
        let queue = Arc::new(FairQueue::new(bounds));
        let (running, ended) = crossbeam_channel::bounded(0);
        let renewals = Arc::new(AtomicUsize::new(0));
        for number in 0..threads {
            let (queue, running) = (queue.clone(), running.clone());
            let (pool, renewals) = (pool.clone(), renewals.clone());
            let held = PooledWorker { pool, connection: None, used: Instant::now(), renewals, of_renewal: 0 };
            std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || {
                let _running = running;
                work(&queue, held);
            })?;
        }
        Ok(Self { queue, ended, acquire_timeout, execution_timeout, stats: Arc::new(stats), renewals })
    }

    /// Has every thread give up its connection before its next work, and make another.
    pub(crate) fn renew_connections(&self) {
        self.renewals.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs `work` on one of the threads, when it is the turn of its flow.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        flow: Flow,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        self.run_within(self.execution_timeout, flow, work).await
    }

    /// The same with another bound, for work of many statements.
    pub(crate) async fn run_within<R: Send + 'static>(
        &self,
        execution_timeout: Duration,
        flow: Flow,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let began = Instant::now();
        let outcome = self.enqueue(flow, execution_timeout, work, began).await;
        self.count(&outcome, began);
        outcome
    }

    /// Runs `work` for the sake of an answer that another's work may bring as well, and gives the answer as soon as it is there.
    pub(crate) async fn run_for<R>(
        &self,
        flow: Flow,
        mut answered: Receiver<Result<R, DbError>>,
        work: impl FnOnce(&mut AnyConnection) -> Result<(), DbError> + Send + 'static,
    ) -> Result<R, DbError> {
        let began = Instant::now();
        let outcome = tokio::select! {
            biased;
            answer = &mut answered => received(answer),
            outcome = self.enqueue(flow, self.execution_timeout, work, began) => match outcome {
                Ok(()) => finished(answered, self.execution_timeout).await, // another's work is at it
                Err(error) => Err(error),
            },
        };
        self.count(&outcome, began);
        outcome
    }

    /// Counts what was asked for at this moment, and what it has come to.
    fn count<R>(&self, outcome: &Result<R, DbError>, began: Instant) {
        add_to_time(began.elapsed());
        self.stats.count(outcome);
    }

    async fn enqueue<R: Send + 'static>(
        &self,
        flow: Flow,
        execution_timeout: Duration,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError> + Send + 'static,
        since: Instant,
    ) -> Result<R, DbError> {
        let (answer, mut answered) = oneshot::channel();
        let place = SlotGuard(QueueSlot::take(&self.stats, since));
        let same = place.0.clone();
        let work = move |held: &mut PooledWorker| {
            if same.leave() {
                let working = same.stats.work();
                let outcome = held.with_connection(work);
                drop(working);
                let _ = answer.send(outcome); // nobody is waiting if the client has gone
            }
        };
        let job = Job { place: place.0.clone(), work: Box::new(work) };
        self.queue.push(flow, job).map_err(|full| {
            DbError::Unavailable(match full {
                Full::Flow => {
                    format!("more than {QUEUE_CAPACITY_PER_FLOW} requests of one user wait for a database connection")
                }
                Full::Queue => format!("more than {QUEUE_CAPACITY} requests wait for a database connection"),
            })
        })?;
        match tokio::time::timeout(self.acquire_timeout, &mut answered).await {
            Err(_) if place.0.leave() => Err(DbError::Unavailable("no database connection was free in time".into())),
            Err(_) => finished(answered, execution_timeout).await,
            Ok(answer) => received(answer),
        }
    }
}

/// What work comes to that has begun.
async fn finished<R>(answered: Receiver<Result<R, DbError>>, execution_timeout: Duration) -> Result<R, DbError> {
    let answer = tokio::time::timeout(execution_timeout, answered).await;
    received(answer.map_err(|_| DbError::Unavailable("the database did not answer in time".into()))?)
}

fn received<R>(answer: Result<Result<R, DbError>, RecvError>) -> Result<R, DbError> {
    answer.map_err(|_| DbError::Query("a query panicked".into()))?
}

impl Drop for ConnectionPool {
    /// Finishes what has begun, then lets the threads end. One whose database is silent is not waited for.
    fn drop(&mut self) {
        self.queue.close();
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.execution_timeout) {
            log::warn!("the database does not answer; what was begun last is left to it");
        }
    }
}

/// A place in the queue, which is left once: by a thread that begins the work, or by a request that gives it up.
struct QueueSlot {
    is_left: AtomicBool,
    stats: Arc<PoolStats>,
    since: Instant,
}

impl QueueSlot {
    fn take(stats: &Arc<PoolStats>, since: Instant) -> Arc<Self> {
        stats.begin_wait();
        Arc::new(Self { is_left: AtomicBool::new(false), stats: stats.clone(), since })
    }

    /// Whether it was still taken.
    fn leave(&self) -> bool {
        let is_first = !self.is_left.swap(true, Ordering::AcqRel);
        if is_first {
            self.stats.end_wait(self.since);
        }
        is_first
    }
}

/// Leaves the place on every way out of a request, also where the client goes away.
struct SlotGuard(Arc<QueueSlot>);

impl Drop for SlotGuard {
    fn drop(&mut self) {
        self.0.leave();
    }
}

fn work(queue: &FairQueue<Job>, mut held: PooledWorker) {
    let mut done = None;
    while let Some((flow, job)) = queue.next(done) {
        if catch_unwind(AssertUnwindSafe(|| (job.work)(&mut held))).is_err()
            && let Some(mut connection) = held.connection.take()
        {
            connection.is_discarded = true; // its state is unknown
        }
        done = Some(flow);
    }
}

/// How long a connection may lie idle before it is asked whether it still leads anywhere: a database may have been started again.
const IDLE_CHECK_AFTER: Duration = Duration::from_secs(1);

/// A thread's connection: checked out once and kept until it breaks, so that no request of many pays for a check.
struct PooledWorker {
    pool: Pool<ConnectionManager>,
    connection: Option<PooledConnection<ConnectionManager>>,
    used: Instant,
    /// How often all connections have been given up, and how often when this one was made.
    renewals: Arc<AtomicUsize>,
    of_renewal: usize,
}

impl PooledWorker {
    fn with_connection<R>(
        &mut self,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, DbError>,
    ) -> Result<R, DbError> {
        let renewal = self.renewals.load(Ordering::SeqCst);
        let is_given_up = std::mem::replace(&mut self.of_renewal, renewal) != renewal;
        if let Some(idle) = &mut self.connection
            && (is_given_up || self.used.elapsed() > IDLE_CHECK_AFTER && idle.connection.ping().is_err())
        {
            idle.is_discarded = true;
            self.connection = None;
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.pool.get().map_err(|error| DbError::Unavailable(error.to_string()))?),
        };
        error_classes::read_by(connection.messages);
        let outcome = work(&mut connection.connection);
        self.used = Instant::now();
        if connection.connection.is_broken() || matches!(outcome, Err(DbError::Unavailable(_))) {
            // diesel does not call a connection broken whose server has gone: the pool must not hand it out again
            connection.is_discarded = true;
            self.connection = None;
        }
        outcome
    }
}
