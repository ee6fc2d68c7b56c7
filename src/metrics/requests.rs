//! HTTP requests by route, method and status.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::histogram::duration_histogram;

/// The route label of a request that no route matches.
const UNKNOWN: &str = "unknown";
/// The method labels. Any other method is `other`.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Route and method.
type RouteLabels = [(&'static str, &'static str); 2];
/// Route, method and status.
type RequestLabels = ([(&'static str, &'static str); 2], [(&'static str, u16); 1]);

/// Counts requests, and measures their durations.
pub struct Requests {
    routes: Vec<&'static str>,
    responses: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge<f64, AtomicU64>,
}

/// A request without a response yet.
pub struct InFlight<'a>(&'a Gauge<f64, AtomicU64>);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Requests {
    /// Registers the metrics. `routes` are the values of the label `route`.
    pub(crate) fn register(registry: &mut Registry, routes: impl IntoIterator<Item = &'static str>) -> Self {
        let requests = Self {
            routes: routes.into_iter().collect(),
            responses: Family::default(),
            durations: Family::new_with_constructor(duration_histogram as fn() -> Histogram),
            in_flight: Gauge::default(),
        };
        registry.register("http_requests_in_flight", "Requests without a response yet", requests.in_flight.clone());
        registry.register("http_requests", "Responses", requests.responses.clone());
        let help = "Time from the request's headers to the response's headers";
        registry.register("http_request_duration_seconds", help, requests.durations.clone());
        requests
    }

    /// Counts a request as in flight until the value is dropped, also when its client disconnects.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// Counts a response. `route` is the pattern of the route, if one matched.
    pub fn record_response(&self, route: Option<&str>, method: &Method, status: StatusCode, duration: Duration) {
        let route = route.and_then(|route| self.routes.iter().find(|known| **known == route));
        let method = METHODS.iter().find(|known| **known == method.as_str());
        let labels = [("route", *route.unwrap_or(&UNKNOWN)), ("method", *method.unwrap_or(&"other"))];
        self.responses.get_or_create(&(labels, [("status", status.as_u16())])).inc();
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;

    use super::*;

    #[test]
    fn unknown_routes_and_methods_share_a_series() {
        let mut registry = Registry::default();
        let requests = Requests::register(&mut registry, ["/api/tasks"]);
        for (route, method, status) in
            [(Some("/api/tasks"), "GET", 200), (Some("/made/up"), "BREW", 418), (None, "TRACE", 418)]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            requests.record_response(route, &method, StatusCode::from_u16(status).unwrap(), Duration::ZERO);
        }
        let mut output = String::new();
        text::encode(&mut output, &registry).unwrap();
        let mut counts: Vec<_> = output.lines().filter(|line| line.starts_with("http_requests_total")).collect();
        counts.sort_unstable();
        assert_eq!(
            counts,
            [
                "http_requests_total{route=\"/api/tasks\",method=\"GET\",status=\"200\"} 1",
                "http_requests_total{route=\"unknown\",method=\"other\",status=\"418\"} 2",
            ]
        );
    }
}
