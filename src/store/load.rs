//! How busy the connections are, counted as they work.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::StoreError;
use crate::histogram::Histogram;

/// A set of connections, at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Connections<'a> {
    /// What they are for: `reading`, `writing` or `all`.
    pub name: &'static str,
    /// How many there may be.
    pub size: usize,
    /// What has been counted.
    pub load: &'a Load,
}

/// What a set of connections has been asked for.
#[derive(Default, Debug)]
pub struct Load {
    working: AtomicU64,
    waiting: AtomicU64,
    wait: Histogram,
    unavailable: AtomicU64,
    failed: AtomicU64,
}

impl Load {
    /// How many of the connections work for somebody now.
    pub fn in_use(&self) -> u64 {
        self.working.load(Ordering::Relaxed)
    }

    /// How many requests wait for a connection now.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How long requests have waited for a connection, those too that got none.
    pub fn wait_times(&self) -> &Histogram {
        &self.wait
    }

    /// How often the database, or a free connection, was not to be had in time.
    pub fn unavailable(&self) -> u64 {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// How many statements failed for another reason: faults of ours.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn count<R>(&self, outcome: &Result<R, StoreError>) {
        match outcome {
            Err(StoreError::Unavailable(_)) => self.unavailable.fetch_add(1, Ordering::Relaxed),
            Err(StoreError::Query(_)) => self.failed.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }

    pub(super) fn begin_wait(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_wait(&self, since: Instant) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.wait.observe(since.elapsed());
    }

    /// Counts a connection as one that works until the value is dropped: also where the work panics.
    pub(super) fn work(&self) -> Working<'_> {
        self.working.fetch_add(1, Ordering::Relaxed);
        Working(self)
    }
}

pub(super) struct Working<'a>(&'a Load);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

tokio::task_local! {
    static TIME: Cell<Duration>;
}

/// Runs a future, and says beside what it comes to how much of its time the database took, with the wait for a connection.
pub async fn timed<F: Future>(future: F) -> (F::Output, Duration) {
    TIME.scope(Cell::default(), async { (future.await, TIME.with(Cell::get)) }).await
}

pub(super) fn add_to_time(duration: Duration) {
    // where nobody asks, there is nothing to add to
    let _ = TIME.try_with(|time| time.set(time.get() + duration));
}
