//! Measures response times during an attack: a victim that lists and creates tasks, and a prober. Each opens a new connection for every
//! request, to reach all HTTP workers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support;
use crate::wire::{Connection, request};

/// The results of one witness's requests of one kind.
#[derive(Default)]
pub struct Times {
    /// The times from the connect to the last byte of the response. Includes requests without a response.
    pub durations: Vec<Duration>,
    /// The number of 503 responses.
    pub unavailable: usize,
    /// Other responses than 2xx and 503, and I/O errors.
    pub unexpected: Vec<String>,
}

impl Times {
    /// Returns the 99th percentile of the times.
    pub fn p99(&self) -> Duration {
        let mut durations = self.durations.clone();
        durations.sort_unstable();
        durations.get(durations.len() * 99 / 100).copied().unwrap_or_default()
    }

    pub fn slowest(&self) -> Duration {
        self.durations.iter().max().copied().unwrap_or_default()
    }
}

/// A client that sends requests until `is_over` is set.
pub struct Witness {
    pub address: SocketAddr,
    /// The timeout of each request.
    pub timeout: Duration,
    pub is_over: AtomicBool,
}

impl Witness {
    /// Lists and creates tasks in turn, within its own rate limit. Returns the times of both.
    pub fn victim(&self) -> (Times, Times) {
        let token = support::token("victim");
        let list = request("GET /api/tasks?limit=50", &token, b"");
        let create = request("POST /api/tasks\nContent-Type: application/json", &token, br#"{"title":"Buy milk"}"#);
        let (mut lists, mut creates) = (Times::default(), Times::default());
        self.repeat(Duration::from_millis(30), || {
            self.send(&list, &mut lists);
            self.send(&create, &mut creates);
        });
        (lists, creates)
    }

    /// Requests one path repeatedly.
    pub fn prober(&self, path: &str) -> Times {
        let probe = request(&format!("GET {path}"), "", b"");
        let mut times = Times::default();
        self.repeat(Duration::from_millis(40), || self.send(&probe, &mut times));
        times
    }

    /// Calls `act` at this interval, or without a pause if a call takes longer.
    fn repeat(&self, interval: Duration, mut act: impl FnMut()) {
        while !self.is_over.load(Ordering::Relaxed) {
            let start = Instant::now();
            act();
            std::thread::sleep(interval.saturating_sub(start.elapsed()));
        }
    }

    fn send(&self, request: &[u8], times: &mut Times) {
        let start = Instant::now();
        match Connection::new(self.address).send(request, start + self.timeout).map(|response| response.status) {
            Ok(200..300) => {}
            Ok(503) => times.unavailable += 1,
            Ok(status) => times.unexpected.push(status.to_string()),
            Err(error) => times.unexpected.push(error.kind().to_string()),
        }
        times.durations.push(start.elapsed());
    }
}
