//! A fixed set of threads that each keep a connection, and an orderly queue before them.
//!
//! Diesel blocks, so it must not run on the HTTP workers. A request waits for a free thread without holding one, gives up after a
//! bounded time, and leaves the queue when its client goes away. Once its work has begun it is carried through, even where nobody waits
//! for it any more: a server that has fallen silent keeps its thread, and not those who ask.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use diesel::r2d2::R2D2Connection;
use r2d2::{Pool, PooledConnection};
use tokio::sync::{Semaphore, oneshot};

use super::StoreError;
use super::connection::{AnyConnection, Connector};
use super::load::{Connections, Load, add_to_time};

type Job = Box<dyn FnOnce(&mut Held) + Send>;

/// Threads, each with one connection.
pub(super) struct Lane {
    free: Arc<Semaphore>,
    jobs: Option<Sender<Job>>,
    /// Disconnected when the last thread has ended.
    ended: Receiver<Infallible>,
    patience: Duration,
    longest: Duration,
    size: usize,
    load: Load,
    renewals: Arc<AtomicUsize>,
}

impl Lane {
    /// Starts `threads` threads that take their connections from `pool`. `patience`: how long a request waits for one of them;
    /// `longest`: how long it then waits for what the work comes to.
    pub(super) fn start(
        name: &str,
        threads: usize,
        pool: &Pool<Connector>,
        patience: Duration,
        longest: Duration,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = crossbeam_channel::unbounded();
        let (running, ended) = crossbeam_channel::bounded(0);
        let renewals = Arc::new(AtomicUsize::new(0));
        for number in 0..threads {
            let (queue, running) = (queue.clone(), running.clone());
            let (pool, renewals) = (pool.clone(), renewals.clone());
            let held = Held { pool, connection: None, used: Instant::now(), renewals, of_renewal: 0 };
            std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || {
                let _running = running;
                work(&queue, held);
            })?;
        }
        Ok(Self {
            free: Arc::new(Semaphore::new(threads)),
            jobs: Some(jobs),
            ended,
            patience,
            longest,
            size: threads,
            load: Load::default(),
            renewals,
        })
    }

    /// How busy it is, under this name.
    pub(super) fn connections(&self, name: &'static str) -> Connections<'_> {
        let in_use = self.size.saturating_sub(self.free.available_permits());
        Connections { name, size: self.size, in_use, load: &self.load }
    }

    /// Has every thread give up its connection before its next work, and make another.
    pub(super) fn renew_connections(&self) {
        self.renewals.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs `work` on one of the threads and gives back what it came to.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.run_within(self.longest, work).await
    }

    /// The same with another bound, for work of many statements.
    pub(super) async fn run_within<R: Send + 'static>(
        &self,
        longest: Duration,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let began = Instant::now();
        let outcome = self.queue(longest, work, began).await;
        add_to_time(began.elapsed());
        self.load.count(&outcome);
        outcome
    }

    async fn queue<R: Send + 'static>(
        &self,
        longest: Duration,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
        began: Instant,
    ) -> Result<R, StoreError> {
        let stopped = || StoreError::Unavailable("the database threads have stopped".into());
        let waiting = self.load.wait(began);
        let permit = tokio::time::timeout(self.patience, self.free.clone().acquire_owned()).await;
        drop(waiting);
        let permit = permit
            .map_err(|_| StoreError::Unavailable("no database connection was free in time".into()))?
            .map_err(|_| stopped())?;
        let (answer, answered) = oneshot::channel();
        let job = move |held: &mut Held| {
            let outcome = held.lend(work);
            drop(permit);
            let _ = answer.send(outcome); // nobody is waiting if the client has gone
        };
        self.jobs.as_ref().ok_or_else(stopped)?.send(Box::new(job)).map_err(|_| stopped())?;
        tokio::time::timeout(longest, answered)
            .await
            .map_err(|_| StoreError::Unavailable("the database did not answer in time".into()))?
            .map_err(|_| StoreError::Query("a query panicked".into()))?
    }
}

impl Drop for Lane {
    /// Finishes what has begun, then lets the threads end. One whose database is silent is not waited for.
    fn drop(&mut self) {
        self.jobs = None;
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.longest) {
            log::warn!("the database does not answer; what was begun last is left to it");
        }
    }
}

fn work(queue: &Receiver<Job>, mut held: Held) {
    while let Ok(job) = queue.recv() {
        if catch_unwind(AssertUnwindSafe(|| job(&mut held))).is_err()
            && let Some(mut connection) = held.connection.take()
        {
            connection.is_discarded = true; // its state is unknown
        }
    }
}

/// How long a connection may lie idle before it is asked whether it still leads anywhere: a database may have been started again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// A thread's connection: checked out once and kept until it breaks, so that no request of many pays for a check.
struct Held {
    pool: Pool<Connector>,
    connection: Option<PooledConnection<Connector>>,
    used: Instant,
    /// How often all connections have been given up, and how often when this one was made.
    renewals: Arc<AtomicUsize>,
    of_renewal: usize,
}

impl Held {
    fn lend<R>(&mut self, work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let renewal = self.renewals.load(Ordering::SeqCst);
        let is_given_up = std::mem::replace(&mut self.of_renewal, renewal) != renewal;
        if let Some(idle) = &mut self.connection
            && (is_given_up || self.used.elapsed() > TRUSTED_FOR && idle.connection.ping().is_err())
        {
            idle.is_discarded = true;
            self.connection = None;
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?),
        };
        let outcome = work(&mut connection.connection);
        self.used = Instant::now();
        if connection.connection.is_broken() || matches!(outcome, Err(StoreError::Unavailable(_))) {
            // diesel does not call a connection broken whose server has gone: the pool must not hand it out again
            connection.is_discarded = true;
            self.connection = None;
        }
        outcome
    }
}
