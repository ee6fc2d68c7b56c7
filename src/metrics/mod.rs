//! What is counted, and how Prometheus reads it (OpenMetrics 1.0).
//!
//! Labels come from fixed lists alone (routes, methods, statuses, kinds of credentials, reasons): no client can make a new series.

mod credentials;
mod requests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

pub use credentials::Credentials;
pub use requests::{InFlight, Requests};

use crate::histogram::Histogram;
use crate::keys::KeyHealth;
use crate::limits::Policy;
use crate::store::{Connections, Db};

/// The type of [`text`](Metrics::text), as Prometheus asks for it.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is counted at the edge.
pub struct Metrics {
    /// Requests.
    pub requests: Requests,
    /// Credentials.
    pub credentials: Credentials,
    limited_users: AtomicU64,
    limited_refusals: AtomicU64,
    session_errors: AtomicU64,
}

impl Metrics {
    /// Nothing counted yet; these are the routes that there are.
    pub fn new(routes: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            requests: Requests::new(routes),
            credentials: Credentials::default(),
            limited_users: AtomicU64::new(0),
            limited_refusals: AtomicU64::new(0),
            session_errors: AtomicU64::new(0),
        }
    }

    /// A request was one too many.
    pub fn limited(&self, policy: Policy) {
        self.limited_by(policy).fetch_add(1, Ordering::Relaxed);
    }

    /// A session could not be looked up.
    pub fn session_error(&self) {
        self.session_errors.fetch_add(1, Ordering::Relaxed);
    }

    fn limited_by(&self, policy: Policy) -> &AtomicU64 {
        match policy {
            Policy::User => &self.limited_users,
            Policy::Refusals => &self.limited_refusals,
        }
    }

    /// Everything, as text.
    ///
    /// # Errors
    /// None that is known: writing to memory does not fail.
    pub fn text(self: &Arc<Self>, db: &Db, keys: KeyHealth) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("task_api");
        registry.register_collector(Box::new(Scrape { metrics: self.clone(), db: db.clone(), keys }));
        let mut written = String::new();
        text::encode(&mut written, &registry)?;
        Ok(written)
    }

    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.requests.encode(encoder)?;
        self.credentials.encode(encoder)?;
        let mut limited = encoder.family("rate_limited", "Requests answered 429", MetricType::Counter)?;
        for policy in [Policy::User, Policy::Refusals] {
            counter(&mut limited, &[("policy", policy.as_str())], self.limited_by(policy).load(Ordering::Relaxed))?;
        }
        let mut errors =
            encoder.family("session_source_errors", "Sessions that could not be looked up", MetricType::Counter)?;
        counter(&mut errors, &[], self.session_errors.load(Ordering::Relaxed))
    }
}

/// One look at everything.
struct Scrape {
    metrics: Arc<Metrics>,
    db: Db,
    keys: KeyHealth,
}

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrape")
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        encoder.gauge("build_info", "What is running", &[(&version, 1.0)])?;
        self.metrics.encode(encoder)?;
        encode_database(&self.db.connections(), encoder)?;
        encode_keys(&self.keys, encoder)
    }
}

fn encode_database(connections: &[Connections<'_>], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let mut gauge = |name, help, value: fn(&Connections<'_>) -> f64| {
        let labels = |connections: &Connections<'_>| [("connections", connections.name)];
        let values: Vec<_> = connections.iter().map(|connections| (labels(connections), value(connections))).collect();
        let values: Vec<_> = values.iter().map(|(labels, value)| (&labels[..], *value)).collect();
        encoder.gauge(name, help, &values)
    };
    gauge("database_connections", "Connections that there may be", |connections| connections.size as f64)?;
    gauge("database_connections_in_use", "Connections that work", |connections| connections.load.in_use() as f64)?;
    gauge("database_waiting_requests", "Requests that wait for a connection", |connections| {
        connections.load.waiting() as f64
    })?;
    let wait = "How long requests waited for a connection, those too that got none";
    let mut waits = encoder.family("database_wait_seconds", wait, MetricType::Histogram)?;
    for Connections { name, load, .. } in connections {
        histogram(&mut waits, &[("connections", *name)], load.wait_times())?;
    }
    let help = "Work for the database that came to nothing: unavailable (or no connection free in time), or failed";
    let mut errors = encoder.family("database_errors", help, MetricType::Counter)?;
    for Connections { name, load, .. } in connections {
        for (error, count) in [("unavailable", load.unavailable()), ("failed", load.failed())] {
            counter(&mut errors, &[("connections", *name), ("error", error)], count)?;
        }
    }
    Ok(())
}

fn encode_keys(keys: &KeyHealth, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    encoder.gauge("key_set_keys", "Public keys in use", &[(&[], keys.keys as f64)])?;
    let age: Vec<(&Labels<'_>, f64)> = keys.age.map(|age| (&[][..], age.as_secs_f64())).into_iter().collect();
    encoder.gauge("key_set_age_seconds", "Since the key set in use was fetched; absent without one", &age)?;
    let mut refreshes = encoder.family("key_set_refreshes", "Attempts to fetch the key set", MetricType::Counter)?;
    for (outcome, count) in [("fetched", keys.fetched), ("failed", keys.failed)] {
        counter(&mut refreshes, &[("outcome", outcome)], count)?;
    }
    Ok(())
}

type Labels<'a> = [(&'a str, &'a str)];

/// Short for what is said of every metric.
trait Encode {
    fn family<'a>(&'a mut self, name: &'a str, help: &str, kind: MetricType) -> Result<MetricEncoder<'a>, fmt::Error>;

    fn gauge(&mut self, name: &str, help: &str, values: &[(&Labels<'_>, f64)]) -> fmt::Result {
        let mut family = self.family(name, help, MetricType::Gauge)?;
        values.iter().try_for_each(|(labels, value)| of(&mut family, labels, |gauge| gauge.encode_gauge(value)))
    }
}

impl Encode for DescriptorEncoder<'_> {
    fn family<'a>(&'a mut self, name: &'a str, help: &str, kind: MetricType) -> Result<MetricEncoder<'a>, fmt::Error> {
        self.encode_descriptor(name, help, None, kind)
    }
}

fn counter(family: &mut MetricEncoder<'_>, labels: &Labels<'_>, value: u64) -> fmt::Result {
    of(family, labels, |counter| counter.encode_counter::<NoLabelSet, u64, f64>(&value, None))
}

/// Leaves out what was never counted.
fn histogram(family: &mut MetricEncoder<'_>, labels: &Labels<'_>, histogram: &Histogram) -> fmt::Result {
    let buckets = histogram.buckets();
    let count: u64 = buckets.iter().map(|(_, count)| count).sum();
    if count == 0 {
        return Ok(());
    }
    of(family, labels, |series| series.encode_histogram::<NoLabelSet>(histogram.sum(), count, &buckets, None))
}

/// The series of these labels; without any it is the family itself.
fn of(
    family: &mut MetricEncoder<'_>,
    labels: &Labels<'_>,
    encode: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() { encode(family) } else { encode(&mut family.encode_family(&labels)?) }
}
