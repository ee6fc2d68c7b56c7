//! Logs why credentials cannot be verified, at most once a second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::sessions::Unavailable;

/// The minimum time between two lines.
const INTERVAL: Duration = Duration::from_secs(1);

/// Bounds the log lines of requests whose credentials cannot be verified. Any client can send such requests.
#[derive(Default)]
pub(crate) struct UnavailableLog(Mutex<State>);

#[derive(Default)]
struct State {
    logged_at: Option<Instant>,
    /// The requests since the last line.
    unlogged: u64,
}

impl UnavailableLog {
    /// Logs the cause, unless a line was logged less than a second ago.
    pub(crate) fn log(&self, cause: &Unavailable) {
        match self.count(Instant::now()) {
            None => {}
            Some(0) => log::error!("a credential cannot be verified: {cause}"),
            Some(unlogged) => {
                log::error!("a credential cannot be verified: {cause} ({unlogged} earlier ones were not logged)")
            }
        }
    }

    /// Counts a request. Returns the number of requests since the last line if a line is due.
    fn count(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.logged_at.is_some_and(|logged_at| now.saturating_duration_since(logged_at) < INTERVAL) {
            state.unlogged = state.unlogged.saturating_add(1);
            return None;
        }
        state.logged_at = Some(now);
        Some(std::mem::take(&mut state.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_counts_the_others() {
        let (log, start) = (UnavailableLog::default(), Instant::now());
        assert_eq!(log.count(start), Some(0));
        assert_eq!(log.count(start + Duration::from_millis(999)), None);
        assert_eq!(log.count(start + Duration::from_millis(999)), None);
        assert_eq!(log.count(start + Duration::from_secs(1)), Some(2));
        assert_eq!(log.count(start + Duration::from_secs(9)), Some(0));
    }
}
