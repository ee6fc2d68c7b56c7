//! Metrics for Prometheus, in the OpenMetrics 1.0 text format.
//!
//! All labels come from fixed lists (routes, methods, credential kinds, reasons). A client cannot create a time series.

mod credentials;
mod requests;

use std::fmt;
use std::time::Duration;

use better_auth_guard::JwksStats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub use credentials::Credentials;
pub use requests::{InFlight, Requests};

use crate::db::Db;
use crate::limits::Policy;

/// The media type of [`Metrics::text`].
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PREFIX: &str = "task_api";

/// The metrics of one service.
pub struct Metrics {
    /// HTTP requests.
    pub requests: Requests,
    /// Credentials.
    pub credentials: Credentials,
    rate_limited: Family<[(&'static str, &'static str); 1], Counter>,
    session_errors: Counter,
    registry: Registry,
}

impl Metrics {
    /// Creates the metrics. `routes` are the values of the label `route`.
    pub fn new(routes: impl IntoIterator<Item = &'static str>, db: &Db) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let (rate_limited, session_errors) = (Family::default(), Counter::default());
        registry.register("rate_limited", "Responses with 429", Family::clone(&rate_limited));
        registry.register("session_source_errors", "Failed session look-ups", session_errors.clone());
        let build = Family::<[(&str, &str); 1], Gauge>::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        registry.register("build_info", "The running version", build);
        db.register_metrics(&mut registry);
        for policy in [Policy::User, Policy::FailedAuth] {
            drop(rate_limited.get_or_create(&[("policy", policy.as_str())]));
        }
        Self {
            requests: Requests::register(&mut registry, routes),
            credentials: Credentials::register(&mut registry),
            rate_limited,
            session_errors,
            registry,
        }
    }

    /// Counts a response with 429.
    pub fn count_rate_limited(&self, policy: Policy) {
        self.rate_limited.get_or_create(&[("policy", policy.as_str())]).inc();
    }

    /// Counts a failed session look-up.
    pub fn count_session_error(&self) {
        self.session_errors.inc();
    }

    /// Encodes all metrics. `keys` is the current state of the key set.
    ///
    /// # Errors
    /// An encoder fails. A write to memory cannot fail.
    pub fn text(&self, keys: &JwksStats) -> Result<String, fmt::Error> {
        let mut output = String::new();
        text::encode_registry(&mut output, &self.registry)?;
        text::encode_registry(&mut output, &key_set(keys))?;
        text::encode_eof(&mut output)?;
        Ok(output)
    }
}

/// Creates the metrics of the key set, for each scrape.
fn key_set(stats: &JwksStats) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let keys = Gauge::<i64>::default();
    keys.set(i64::try_from(stats.keys).unwrap_or(i64::MAX));
    registry.register("key_set_keys", "Public keys in use", keys);
    registry.register_collector(Box::new(KeySetAge(stats.age)));
    let refreshes = Family::<[(&str, &str); 1], Counter>::default();
    for (outcome, count) in [("fetched", stats.fetched), ("failed", stats.failed)] {
        refreshes.get_or_create(&[("outcome", outcome)]).inc_by(count);
    }
    registry.register("key_set_refreshes", "Attempts to fetch the key set", refreshes);
    registry
}

/// The age of the key set. Without a key set, the metric has a descriptor and no value.
#[derive(Debug)]
struct KeySetAge(Option<Duration>);

impl Collector for KeySetAge {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Time since the key set was fetched; absent without one";
        let mut age = encoder.encode_descriptor("key_set_age_seconds", help, None, MetricType::Gauge)?;
        self.0.map_or(Ok(()), |value| age.encode_gauge(&value.as_secs_f64()))
    }
}
