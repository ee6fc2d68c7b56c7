//! Those who are not to notice: an idle user who lists and creates, and a prober. Each opens a connection for every request, so that
//! all HTTP workers are asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support;
use crate::wire::{Wire, request};

/// What became of one witness's requests of one kind.
#[derive(Default)]
pub struct Times {
    /// From the connection to the last byte of the answer; those without an answer included.
    pub took: Vec<Duration>,
    /// How many were answered 503.
    pub unavailable: usize,
    /// Further answers that are not 2xx, and failures.
    pub wrong: Vec<String>,
}

impl Times {
    /// The time within which 99 in 100 were answered.
    pub fn p99(&self) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        took.get(took.len() * 99 / 100).copied().unwrap_or_default()
    }

    pub fn slowest(&self) -> Duration {
        self.took.iter().max().copied().unwrap_or_default()
    }
}

/// Asks until it is told that the run is over.
pub struct Witness {
    pub address: SocketAddr,
    /// How long it waits for an answer.
    pub patience: Duration,
    pub over: AtomicBool,
}

impl Witness {
    /// Lists and creates in turn, within its own rate limit; gives the times of both.
    pub fn victim(&self) -> (Times, Times) {
        let token = support::token("victim");
        let list = request("GET /api/tasks?limit=50", &token, b"");
        let create = request("POST /api/tasks\nContent-Type: application/json", &token, br#"{"title":"Buy milk"}"#);
        let (mut lists, mut creates) = (Times::default(), Times::default());
        self.repeat(Duration::from_millis(30), || {
            self.ask(&list, &mut lists);
            self.ask(&create, &mut creates);
        });
        (lists, creates)
    }

    /// Asks one path.
    pub fn prober(&self, path: &str) -> Times {
        let probe = request(&format!("GET {path}"), "", b"");
        let mut times = Times::default();
        self.repeat(Duration::from_millis(40), || self.ask(&probe, &mut times));
        times
    }

    /// Begins at this pace, or as soon as the last has ended.
    fn repeat(&self, pace: Duration, mut act: impl FnMut()) {
        while !self.over.load(Ordering::Relaxed) {
            let began = Instant::now();
            act();
            std::thread::sleep(pace.saturating_sub(began.elapsed()));
        }
    }

    fn ask(&self, request: &[u8], times: &mut Times) {
        let began = Instant::now();
        match Wire::new(self.address).ask(request, began + self.patience).map(|answer| answer.status) {
            Ok(200..300) => {}
            Ok(503) => times.unavailable += 1,
            Ok(status) => times.wrong.push(status.to_string()),
            Err(error) => times.wrong.push(error.kind().to_string()),
        }
        times.took.push(began.elapsed());
    }
}
