//! Requests by route, method and status. The hot path: two atomic additions, no lock and no allocation.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::Encode;
use crate::histogram::Histogram;

/// The route of whatever matches none, so that made-up paths make no new series.
const UNKNOWN: &str = "unknown";
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
const STATUSES: [u16; 22] =
    [200, 201, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 422, 428, 429, 431, 500, 503];

/// Every request that was answered.
pub struct Requests {
    routes: Vec<(&'static str, [Series; METHODS.len()])>,
    in_flight: AtomicU64,
}

/// Those of one route and method.
#[derive(Default)]
struct Series {
    statuses: [AtomicU64; STATUSES.len() + 1],
    durations: Histogram,
}

/// A request that is not answered yet.
pub struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Requests {
    pub(super) fn new(routes: impl IntoIterator<Item = &'static str>) -> Self {
        let routes = [UNKNOWN].into_iter().chain(routes).map(|route| (route, Default::default())).collect();
        Self { routes, in_flight: AtomicU64::new(0) }
    }

    /// Counts a request until the value is dropped: also where its client goes away.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Counts an answer. `route` is a pattern of the table of routes.
    pub fn answered(&self, route: Option<&str>, method: &Method, status: StatusCode, duration: Duration) {
        let route = route.and_then(|route| self.routes.iter().position(|(known, _)| *known == route)).unwrap_or(0);
        let series = &self.routes[route].1[place(&METHODS[..METHODS.len() - 1], &method.as_str())];
        series.statuses[place(&STATUSES, &status.as_u16())].fetch_add(1, Ordering::Relaxed);
        series.durations.observe(duration);
    }

    fn series(&self) -> impl Iterator<Item = (&'static str, &'static str, &Series)> {
        let of =
            |(route, methods)| METHODS.into_iter().zip(methods).map(move |(method, series)| (route, method, series));
        self.routes.iter().map(|(route, methods)| (*route, methods)).flat_map(of)
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        encoder.gauge("http_requests_in_flight", "Requests that are not answered yet", &[(&[], in_flight as f64)])?;
        let mut requests = encoder.family("http_requests", "Requests answered", MetricType::Counter)?;
        for (route, method, series) in self.series() {
            for (place, count) in series.statuses.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                let status = STATUSES.get(place).map_or("other".to_owned(), u16::to_string);
                if count > 0 {
                    let labels = [("route", route), ("method", method), ("status", &status)];
                    super::counter(&mut requests, &labels, count)?;
                }
            }
        }
        let mut durations = encoder.family(
            "http_request_duration_seconds",
            "From a request's head to its answer's",
            MetricType::Histogram,
        )?;
        for (route, method, series) in self.series() {
            super::histogram(&mut durations, &[("route", route), ("method", method)], &series.durations)?;
        }
        Ok(())
    }
}

/// Where it stands, or behind the end.
fn place<T: PartialEq>(known: &[T], wanted: &T) -> usize {
    known.iter().position(|known| known == wanted).unwrap_or(known.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_makes_no_series_of_its_own() {
        let requests = Requests::new(["/api/tasks"]);
        for (route, method, status) in
            [(Some("/api/tasks"), "GET", 200), (Some("/made/up"), "BREW", 418), (None, "TRACE", 599)]
        {
            let method = Method::from_bytes(method.as_bytes()).expect("a token");
            requests.answered(route, &method, StatusCode::from_u16(status).expect("a status"), Duration::ZERO);
        }
        let count = |(route, method, series): (&'static str, &'static str, &Series)| {
            let statuses = series.statuses.iter().map(|count| count.load(Ordering::Relaxed));
            (route, method, statuses.enumerate().filter(|(_, count)| *count > 0).collect::<Vec<_>>())
        };
        let seen: Vec<_> = requests.series().map(count).filter(|(.., counts)| !counts.is_empty()).collect();
        assert_eq!(seen, [("unknown", "other", vec![(STATUSES.len(), 2)]), ("/api/tasks", "GET", vec![(0, 1)])],);
    }
}
