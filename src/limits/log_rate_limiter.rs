//! Limits log lines that unauthenticated clients can cause.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

const PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("50 is not zero");
const BURST: NonZeroU32 = NonZeroU32::new(200).expect("200 is not zero");

/// Limits log lines to 50 per second with a burst of 200.
///
/// It counts the suppressed lines. Without the limit, a client that sends invalid credentials could fill the disk. It would also
/// delay other requests, which wait for the log.
pub struct LogRateLimiter<C: Clock = DefaultClock> {
    lines: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    suppressed: AtomicU64,
}

impl Default for LogRateLimiter {
    fn default() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock> LogRateLimiter<C> {
    fn with_clock(clock: C) -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        Self { lines: RateLimiter::direct_with_clock(quota, clock), suppressed: AtomicU64::new(0) }
    }

    /// Admits a line. Returns the number of lines suppressed since the last one, or `None` to suppress this line too.
    pub fn admit(&self) -> Option<u64> {
        if self.lines.check().is_ok() {
            return Some(self.suppressed.swap(0, Ordering::Relaxed));
        }
        self.suppressed.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn the_next_line_reports_the_suppressed_lines() {
        let clock = FakeRelativeClock::default();
        let lines = LogRateLimiter::with_clock(clock.clone());
        assert!((0..200).all(|_| lines.admit() == Some(0)));
        assert_eq!([lines.admit(), lines.admit(), lines.admit()], [None; 3]);
        clock.advance(Duration::from_millis(20));
        assert_eq!([lines.admit(), lines.admit()], [Some(3), None]);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(lines.admit(), Some(1));
        assert_eq!((0..300).filter(|_| lines.admit() == Some(0)).count(), 199);
    }
}
