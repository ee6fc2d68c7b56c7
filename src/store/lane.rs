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

use super::StoreError;
use super::connection::{AnyConnection, Connector};
use super::fair_queue::{Bounds, Entry, FairQueue, Flow, Full};
use super::load::{Connections, Load, add_to_time};
use super::messages;

/// The most requests in the queue.
const MOST_QUEUED: usize = 8192;
/// The most requests of one user in the queue. The user's further requests get 503.
const MOST_QUEUED_OF_ONE: usize = 1024;

/// Work in the queue, and the request's place there.
struct Job {
    place: Arc<Place>,
    work: Box<dyn FnOnce(&mut Held) + Send>,
}

impl Entry for Job {
    fn is_cancelled(&self) -> bool {
        self.place.is_left.load(Ordering::Acquire)
    }
}

/// Threads, each with one connection.
pub(super) struct Lane {
    queue: Arc<FairQueue<Job>>,
    /// Disconnected when the last thread has ended.
    ended: crossbeam_channel::Receiver<Infallible>,
    patience: Duration,
    longest: Duration,
    size: usize,
    load: Arc<Load>,
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
        let bounds = Bounds { workers: threads, per_flow: MOST_QUEUED_OF_ONE, total: MOST_QUEUED };
        let queue = Arc::new(FairQueue::new(bounds));
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
        Ok(Self { queue, ended, patience, longest, size: threads, load: Arc::default(), renewals })
    }

    /// How busy it is, under this name.
    pub(super) fn connections(&self, name: &'static str) -> Connections<'_> {
        Connections { name, size: self.size, load: &self.load }
    }

    /// Has every thread give up its connection before its next work, and make another.
    pub(super) fn renew_connections(&self) {
        self.renewals.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs `work` on one of the threads, when it is the turn of its flow.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        flow: Flow,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.run_within(self.longest, flow, work).await
    }

    /// The same with another bound, for work of many statements.
    pub(super) async fn run_within<R: Send + 'static>(
        &self,
        longest: Duration,
        flow: Flow,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let began = Instant::now();
        let outcome = self.enqueue(flow, longest, work, began).await;
        self.count(&outcome, began);
        outcome
    }

    /// Runs `work` for the sake of an answer that another's work may bring as well, and gives the answer as soon as it is there.
    pub(super) async fn run_for<R>(
        &self,
        flow: Flow,
        mut answered: Receiver<Result<R, StoreError>>,
        work: impl FnOnce(&mut AnyConnection) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let began = Instant::now();
        let outcome = tokio::select! {
            biased;
            answer = &mut answered => received(answer),
            outcome = self.enqueue(flow, self.longest, work, began) => match outcome {
                Ok(()) => finished(answered, self.longest).await, // another's work is at it
                Err(error) => Err(error),
            },
        };
        self.count(&outcome, began);
        outcome
    }

    /// Counts what was asked for at this moment, and what it has come to.
    fn count<R>(&self, outcome: &Result<R, StoreError>, began: Instant) {
        add_to_time(began.elapsed());
        self.load.count(outcome);
    }

    async fn enqueue<R: Send + 'static>(
        &self,
        flow: Flow,
        longest: Duration,
        work: impl FnOnce(&mut AnyConnection) -> Result<R, StoreError> + Send + 'static,
        since: Instant,
    ) -> Result<R, StoreError> {
        let (answer, mut answered) = oneshot::channel();
        let place = LeftAtLast(Place::take(&self.load, since));
        let same = place.0.clone();
        let work = move |held: &mut Held| {
            if same.leave() {
                let working = same.load.work();
                let outcome = held.lend(work);
                drop(working);
                let _ = answer.send(outcome); // nobody is waiting if the client has gone
            }
        };
        let job = Job { place: place.0.clone(), work: Box::new(work) };
        self.queue.push(flow, job).map_err(|full| {
            StoreError::Unavailable(match full {
                Full::Flow => {
                    format!("more than {MOST_QUEUED_OF_ONE} requests of one user wait for a database connection")
                }
                Full::Queue => format!("more than {MOST_QUEUED} requests wait for a database connection"),
            })
        })?;
        match tokio::time::timeout(self.patience, &mut answered).await {
            Err(_) if place.0.leave() => Err(StoreError::Unavailable("no database connection was free in time".into())),
            Err(_) => finished(answered, longest).await,
            Ok(answer) => received(answer),
        }
    }
}

/// What work comes to that has begun.
async fn finished<R>(answered: Receiver<Result<R, StoreError>>, longest: Duration) -> Result<R, StoreError> {
    let answer = tokio::time::timeout(longest, answered).await;
    received(answer.map_err(|_| StoreError::Unavailable("the database did not answer in time".into()))?)
}

fn received<R>(answer: Result<Result<R, StoreError>, RecvError>) -> Result<R, StoreError> {
    answer.map_err(|_| StoreError::Query("a query panicked".into()))?
}

impl Drop for Lane {
    /// Finishes what has begun, then lets the threads end. One whose database is silent is not waited for.
    fn drop(&mut self) {
        self.queue.close();
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(self.longest) {
            log::warn!("the database does not answer; what was begun last is left to it");
        }
    }
}

/// A place in the queue, which is left once: by a thread that begins the work, or by a request that gives it up.
struct Place {
    is_left: AtomicBool,
    load: Arc<Load>,
    since: Instant,
}

impl Place {
    fn take(load: &Arc<Load>, since: Instant) -> Arc<Self> {
        load.begin_wait();
        Arc::new(Self { is_left: AtomicBool::new(false), load: load.clone(), since })
    }

    /// Whether it was still taken.
    fn leave(&self) -> bool {
        let is_first = !self.is_left.swap(true, Ordering::AcqRel);
        if is_first {
            self.load.end_wait(self.since);
        }
        is_first
    }
}

/// Leaves the place on every way out of a request, also where the client goes away.
struct LeftAtLast(Arc<Place>);

impl Drop for LeftAtLast {
    fn drop(&mut self) {
        self.0.leave();
    }
}

fn work(queue: &FairQueue<Job>, mut held: Held) {
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
        messages::read_by(connection.messages);
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
