//! The arithmetic of one limit: a generic cell rate algorithm (GCRA) whose costs differ, and that can owe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::limits::rate::Rate;

/// The most that a bucket can owe, as the time that the rate needs to repay it.
pub const MAX_DEBT: Duration = Duration::from_secs(60);

/// A rate in the unit of buckets: nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The time in which one operation is granted.
    period: u64,
    burst: u64,
}

impl Terms {
    pub(crate) fn of(rate: Rate) -> Self {
        Self { period: nanos(rate.period()).max(1), burst: u64::from(rate.burst).max(1) }
    }

    fn cost(self, operations: u64) -> u64 {
        self.period.saturating_mul(operations)
    }

    /// The time in which an empty bucket fills.
    fn capacity(self) -> u64 {
        self.cost(self.burst)
    }
}

/// What one key has used: the time at which its bucket is full again, in nanoseconds since the limiter began.
#[derive(Default)]
pub(crate) struct Bucket(AtomicU64);

/// What is left in a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Level {
    /// Operations that can be used now.
    pub remaining: u32,
    /// Until the bucket is full; where nothing is left, until it has one operation.
    pub reset: Duration,
}

impl Bucket {
    /// Tells what is left, and uses nothing.
    pub(crate) fn level(&self, terms: Terms, now: u64) -> Level {
        Self::level_of(self.0.load(Ordering::Relaxed), terms, now)
    }

    /// Uses `more` operations for a request that has used `before` already.
    ///
    /// A request that costs more than the burst needs a full bucket, not counting what it has used itself. It leaves a debt of at most
    /// [`MAX_DEBT`].
    ///
    /// # Errors
    /// Too little is left. Nothing was used; `reset` tells when the request can be repeated.
    pub(crate) fn take(&self, more: u64, before: u64, terms: Terms, now: u64) -> Result<Level, Level> {
        let used = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            Self::after(full_at, more, before, terms, now).ok()
        });
        match used {
            Ok(full_at) => Ok(Self::level_of(Self::owing(full_at, more, terms, now), terms, now)),
            Err(full_at) => {
                let wait = Self::after(full_at, more, before, terms, now).err().unwrap_or(1);
                let Level { remaining, .. } = Self::level_of(full_at, terms, now);
                Err(Level { remaining, reset: Duration::from_nanos(wait) })
            }
        }
    }

    /// Uses operations whatever is left, down to the greatest debt.
    pub(crate) fn draw(&self, operations: u64, terms: Terms, now: u64) -> Level {
        let owing = |full_at| Some(Self::owing(full_at, operations, terms, now));
        let full_at =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, owing).unwrap_or_else(|full_at| full_at);
        Self::level_of(Self::owing(full_at, operations, terms, now), terms, now)
    }

    /// The new time at which the bucket is full, or how long the request must wait.
    fn after(full_at: u64, more: u64, before: u64, terms: Terms, now: u64) -> Result<u64, u64> {
        let used = full_at.saturating_sub(now);
        let total = more.saturating_add(before);
        if total > terms.burst {
            return if used <= terms.cost(before) { Ok(Self::owing(full_at, more, terms, now)) } else { Err(used) };
        }
        if used.saturating_add(terms.cost(more)) <= terms.capacity() {
            return Ok(Self::owing(full_at, more, terms, now));
        }
        Err(used.saturating_add(terms.cost(total)).saturating_sub(terms.capacity()))
    }

    /// The new time at which the bucket is full. A debt never grows beyond [`MAX_DEBT`], nor does this make it smaller.
    fn owing(full_at: u64, operations: u64, terms: Terms, now: u64) -> u64 {
        let most = now.saturating_add(terms.capacity()).saturating_add(nanos(MAX_DEBT)).max(full_at);
        full_at.max(now).saturating_add(terms.cost(operations)).min(most)
    }

    fn level_of(full_at: u64, terms: Terms, now: u64) -> Level {
        let used = full_at.saturating_sub(now);
        let left = terms.capacity().saturating_sub(used).checked_div(terms.period).unwrap_or(0);
        let reset = match left {
            0 => used.saturating_add(terms.period).saturating_sub(terms.capacity()),
            _ => used,
        };
        Level { remaining: u32::try_from(left).unwrap_or(u32::MAX), reset: Duration::from_nanos(reset) }
    }
}

/// A duration in nanoseconds; 584 years where it is longer.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn terms(rate: &str) -> Terms {
        Terms::of(rate.parse().expect("a rate"))
    }

    fn seconds(level: Level) -> (u32, u64) {
        (level.remaining, level.reset.as_secs())
    }

    #[test]
    fn a_request_within_the_burst_takes_what_it_costs_or_nothing() {
        let (bucket, terms) = (Bucket::default(), terms("1/s burst 10"));
        assert_eq!(bucket.take(1, 0, terms, 0).map(seconds), Ok((9, 1)));
        assert_eq!(bucket.take(6, 1, terms, 0).map(seconds), Ok((3, 7)));
        // the request itself has used one: repeated, it needs seven again, of which two are there
        assert_eq!(bucket.take(1, 0, terms, 0).map(seconds), Ok((2, 8)));
        assert_eq!(bucket.take(6, 1, terms, 0).map_err(seconds), Err((2, 5)));
        assert_eq!(seconds(bucket.level(terms, 0)), (2, 8), "nothing was taken");
        assert_eq!(bucket.take(6, 1, terms, 4 * SECOND).map(seconds), Ok((0, 1)));
    }

    #[test]
    fn a_request_beyond_the_burst_needs_a_full_bucket_and_leaves_a_debt() {
        let (bucket, terms) = (Bucket::default(), terms("1/s burst 10"));
        bucket.take(1, 0, terms, 0).expect("it is full");
        bucket.take(1, 0, terms, 0).expect("it is full");
        assert_eq!(bucket.take(29, 1, terms, 0).map_err(seconds), Err((8, 2)), "another request has used one");
        assert_eq!(bucket.take(29, 1, terms, SECOND).map(seconds), Ok((0, 21)));
        for now in [1, 10, 20] {
            assert_eq!(bucket.take(1, 0, terms, now * SECOND).map_err(seconds), Err((0, 22 - now)));
        }
        assert_eq!(bucket.take(1, 0, terms, 22 * SECOND).map(seconds), Ok((0, 1)));
    }

    #[test]
    fn a_debt_has_an_end() {
        for rate in ["1/s burst 10", "100/s burst 200", "1/h burst 2"] {
            let (bucket, terms) = (Bucket::default(), terms(rate));
            let level = bucket.take(u64::MAX, 0, terms, 0).expect("it is full");
            let owed = level.reset.saturating_sub(Duration::from_nanos(terms.period));
            assert_eq!((level.remaining, owed), (0, MAX_DEBT), "{rate}");
            assert_eq!(bucket.draw(5, terms, 0), level, "{rate}");
        }
    }

    #[test]
    fn what_is_drawn_is_owed_where_nothing_is_left() {
        let (bucket, terms) = (Bucket::default(), terms("1/s burst 2"));
        assert_eq!(seconds(bucket.draw(1, terms, 0)), (1, 1));
        assert_eq!(seconds(bucket.draw(3, terms, 0)), (0, 3));
        assert_eq!(bucket.take(1, 0, terms, 2 * SECOND).map_err(seconds), Err((0, 1)));
        assert_eq!(bucket.take(1, 0, terms, 3 * SECOND).map(seconds), Ok((0, 1)));
    }

    proptest! {
        #[test]
        fn no_cost_at_any_time_overflows_or_shortens_a_debt(
            costs in proptest::collection::vec((any::<u64>(), 0..=1u64, any::<u64>()), 1..20),
            requests in 1..=1_000_000u32,
            burst in 1..=1_000_000u32,
        ) {
            let (bucket, terms) = (Bucket::default(), Terms::of(Rate::per_second(requests, burst)));
            let mut times: Vec<u64> = costs.iter().map(|(.., now)| *now).collect();
            times.sort_unstable();
            for ((more, before, _), now) in costs.into_iter().zip(times) {
                let level = bucket.level(terms, now);
                prop_assert!(level.remaining <= burst);
                match bucket.take(more, before, terms, now) {
                    Ok(after) => prop_assert!(after.remaining <= level.remaining),
                    Err(refused) => {
                        prop_assert_eq!(refused.remaining, level.remaining);
                        prop_assert_eq!(bucket.level(terms, now), level);
                        prop_assert!(!refused.reset.is_zero());
                    }
                }
            }
        }
    }
}
