//! Metrics of the connection pools, and the database time of a request.

use std::cell::Cell;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::db::error::DbError;
use crate::histogram::duration_histogram;

/// The label `connections`: `reading` and `writing` on SQLite, `all` on PostgreSQL.
type PoolLabel = [(&'static str, &'static str); 1];

/// The metrics of all pools.
pub(crate) struct PoolMetrics {
    size: Family<PoolLabel, Gauge>,
    in_use: Family<PoolLabel, Gauge>,
    waiting: Family<PoolLabel, Gauge>,
    wait: Family<PoolLabel, Histogram, fn() -> Histogram>,
    errors: Family<[(&'static str, &'static str); 2], Counter>,
}

impl Default for PoolMetrics {
    fn default() -> Self {
        let wait = Family::new_with_constructor(duration_histogram as fn() -> Histogram);
        Self {
            size: Family::default(),
            in_use: Family::default(),
            waiting: Family::default(),
            wait,
            errors: Family::default(),
        }
    }
}

impl PoolMetrics {
    /// Creates the metrics of a pool with this label and number of connections.
    pub(crate) fn pool(&self, label: &'static str, size: usize) -> PoolStats {
        let labels = [("connections", label)];
        let error = |error| self.errors.get_or_create_owned(&[("connections", label), ("error", error)]);
        self.size.get_or_create(&labels).set(i64::try_from(size).unwrap_or(i64::MAX));
        PoolStats {
            in_use: self.in_use.get_or_create_owned(&labels),
            waiting: self.waiting.get_or_create_owned(&labels),
            wait: self.wait.get_or_create_owned(&labels),
            unavailable: error("unavailable"),
            failed: error("failed"),
        }
    }

    /// Returns the number of requests in the queues.
    pub(crate) fn waiting(&self) -> i64 {
        let waiting = |label| self.waiting.get(&[("connections", label)]).map_or(0, |waiting| waiting.get());
        waiting("reading") + waiting("writing") + waiting("all")
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("database_connections", "Connections of the pool", self.size.clone());
        registry.register("database_connections_in_use", "Connections that run statements", self.in_use.clone());
        registry.register("database_waiting_requests", "Requests in the queue for a connection", self.waiting.clone());
        let help = "Time in the queue for a connection, with the requests that got none";
        registry.register("database_wait_seconds", help, self.wait.clone());
        let help = "Failed database work: unavailable (no connection or no response in time), or failed";
        registry.register("database_errors", help, self.errors.clone());
    }
}

/// The metrics of one pool.
#[derive(Debug)]
pub(crate) struct PoolStats {
    in_use: Gauge,
    waiting: Gauge,
    wait: Histogram,
    unavailable: Counter,
    failed: Counter,
}

impl PoolStats {
    /// Counts a database error.
    pub(crate) fn count<R>(&self, outcome: &Result<R, DbError>) {
        match outcome {
            Err(DbError::Unavailable(_)) => self.unavailable.inc(),
            Err(DbError::Query(_)) => self.failed.inc(),
            _ => 0,
        };
    }

    /// Counts a request that enters the queue.
    pub(crate) fn begin_wait(&self) {
        self.waiting.inc();
    }

    /// Counts a request that leaves the queue.
    pub(crate) fn end_wait(&self, since: Instant) {
        self.waiting.dec();
        self.wait.observe(since.elapsed().as_secs_f64());
    }

    /// Counts a connection as in use until the value is dropped, also where the work panics.
    pub(crate) fn mark_in_use(&self) -> InUse<'_> {
        self.in_use.inc();
        InUse(self)
    }
}

/// A connection in use.
pub(crate) struct InUse<'a>(&'a PoolStats);

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.in_use.dec();
    }
}

tokio::task_local! {
    static DATABASE_TIME: Cell<Duration>;
}

/// Runs a future, and measures its database time: queue and statements.
pub async fn measure_time<F: Future>(future: F) -> (F::Output, Duration) {
    DATABASE_TIME.scope(Cell::default(), async { (future.await, DATABASE_TIME.with(Cell::get)) }).await
}

/// Adds to the database time of the current request. Does nothing outside [`measure_time`].
pub(crate) fn add_time(duration: Duration) {
    let _ = DATABASE_TIME.try_with(|time| time.set(time.get() + duration));
}
