//! How much of the log is left to strangers.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

const PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("it is not 0");
const BURST: NonZeroU32 = NonZeroU32::new(200).expect("it is not 0");

/// Lines that anybody can cause, 50 a second and 200 at once. Beyond that they are only counted: whoever sends bad credentials as fast
/// as they can would fill the disk, and hold up the requests of others, which wait for the log too.
pub struct LogRateLimiter<C: Clock = DefaultClock> {
    lines: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    suppressed: AtomicU64,
}

impl Default for LogRateLimiter {
    fn default() -> Self {
        Self::by(DefaultClock::default())
    }
}

impl<C: Clock> LogRateLimiter<C> {
    fn by(clock: C) -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        Self { lines: RateLimiter::direct_with_clock(quota, clock), suppressed: AtomicU64::new(0) }
    }

    /// Whether a line may be written: how many were left out since the last one, or `None`: it is left out too.
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
    fn what_is_left_out_is_told_with_the_next_line() {
        let clock = FakeRelativeClock::default();
        let lines = LogRateLimiter::by(clock.clone());
        assert!((0..200).all(|_| lines.admit() == Some(0)));
        assert_eq!([lines.admit(), lines.admit(), lines.admit()], [None; 3]);
        clock.advance(Duration::from_millis(20));
        assert_eq!([lines.admit(), lines.admit()], [Some(3), None]);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(lines.admit(), Some(1));
        assert_eq!((0..300).filter(|_| lines.admit() == Some(0)).count(), 199);
    }
}
