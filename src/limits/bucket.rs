//! Implements a generic cell rate algorithm (GCRA) with variable costs and a bounded debt.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::limits::rate::Rate;

/// The maximum debt of a bucket, as its repayment time.
pub const MAX_DEBT: Duration = Duration::from_secs(60);

/// A rate in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BucketLimit {
    /// The time per operation.
    period: u64,
    burst: u64,
}

impl BucketLimit {
    pub(crate) fn from_rate(rate: Rate) -> Self {
        Self { period: to_nanos(rate.period()).max(1), burst: u64::from(rate.burst).max(1) }
    }

    fn cost(self, operations: u64) -> u64 {
        self.period.saturating_mul(operations)
    }

    /// Returns the time in which an empty bucket fills.
    fn capacity(self) -> u64 {
        self.cost(self.burst)
    }
}

/// The bucket of one key.
///
/// The value is the time at which the bucket is full, in nanoseconds since the limiter's creation.
#[derive(Default)]
pub(crate) struct Bucket(AtomicU64);

/// The state of a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Level {
    /// The operations available now.
    pub remaining: u32,
    /// The time until the bucket is full. If no operation remains, the time until one is available.
    pub reset: Duration,
}

impl Bucket {
    /// Returns the level without a change.
    pub(crate) fn level(&self, limit: BucketLimit, now: u64) -> Level {
        Self::level_of(self.0.load(Ordering::Relaxed), limit, now)
    }

    /// Uses `operations` for a request that has already used `prior_operations`.
    ///
    /// A request that costs more than the burst needs a bucket that is full apart from the request's own use. It leaves a debt of
    /// at most [`MAX_DEBT`].
    ///
    /// # Errors
    /// Too few operations remain. The bucket is unchanged, and `reset` is the time until a retry succeeds.
    pub(crate) fn take(
        &self,
        operations: u64,
        prior_operations: u64,
        limit: BucketLimit,
        now: u64,
    ) -> Result<Level, Level> {
        let used = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            Self::try_add(full_at, operations, prior_operations, limit, now).ok()
        });
        match used {
            Ok(full_at) => Ok(Self::level_of(Self::add(full_at, operations, limit, now), limit, now)),
            Err(full_at) => {
                let wait = Self::try_add(full_at, operations, prior_operations, limit, now).err().unwrap_or(1);
                let Level { remaining, .. } = Self::level_of(full_at, limit, now);
                Err(Level { remaining, reset: Duration::from_nanos(wait) })
            }
        }
    }

    /// Uses operations even if none remains, up to the maximum debt.
    pub(crate) fn force_take(&self, operations: u64, limit: BucketLimit, now: u64) -> Level {
        let update = |full_at| Some(Self::add(full_at, operations, limit, now));
        let full_at =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).unwrap_or_else(|full_at| full_at);
        Self::level_of(Self::add(full_at, operations, limit, now), limit, now)
    }

    /// Returns the new time at which the bucket is full.
    ///
    /// # Errors
    /// The time that the request must wait.
    fn try_add(full_at: u64, operations: u64, prior_operations: u64, limit: BucketLimit, now: u64) -> Result<u64, u64> {
        let used = full_at.saturating_sub(now);
        let total = operations.saturating_add(prior_operations);
        if total > limit.burst {
            return if used <= limit.cost(prior_operations) {
                Ok(Self::add(full_at, operations, limit, now))
            } else {
                Err(used)
            };
        }
        if used.saturating_add(limit.cost(operations)) <= limit.capacity() {
            return Ok(Self::add(full_at, operations, limit, now));
        }
        Err(used.saturating_add(limit.cost(total)).saturating_sub(limit.capacity()))
    }

    /// Returns the new time at which the bucket is full.
    ///
    /// The debt is at most [`MAX_DEBT`]. This function never reduces a debt.
    fn add(full_at: u64, operations: u64, limit: BucketLimit, now: u64) -> u64 {
        let max_full_at = now.saturating_add(limit.capacity()).saturating_add(to_nanos(MAX_DEBT)).max(full_at);
        full_at.max(now).saturating_add(limit.cost(operations)).min(max_full_at)
    }

    fn level_of(full_at: u64, limit: BucketLimit, now: u64) -> Level {
        let used = full_at.saturating_sub(now);
        let remaining = limit.capacity().saturating_sub(used).checked_div(limit.period).unwrap_or(0);
        let reset = match remaining {
            0 => used.saturating_add(limit.period).saturating_sub(limit.capacity()),
            _ => used,
        };
        Level { remaining: u32::try_from(remaining).unwrap_or(u32::MAX), reset: Duration::from_nanos(reset) }
    }
}

/// Converts a duration to nanoseconds. The maximum is 584 years.
pub(crate) fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn limit(rate: &str) -> BucketLimit {
        BucketLimit::from_rate(rate.parse().expect("a rate"))
    }

    fn seconds(level: Level) -> (u32, u64) {
        (level.remaining, level.reset.as_secs())
    }

    #[test]
    fn a_request_within_the_burst_takes_its_cost_or_nothing() {
        let (bucket, limit) = (Bucket::default(), limit("1/s burst 10"));
        assert_eq!(bucket.take(1, 0, limit, 0).map(seconds), Ok((9, 1)));
        assert_eq!(bucket.take(6, 1, limit, 0).map(seconds), Ok((3, 7)));
        // the retry costs seven operations, of which two remain
        assert_eq!(bucket.take(1, 0, limit, 0).map(seconds), Ok((2, 8)));
        assert_eq!(bucket.take(6, 1, limit, 0).map_err(seconds), Err((2, 5)));
        assert_eq!(seconds(bucket.level(limit, 0)), (2, 8), "the bucket is unchanged");
        assert_eq!(bucket.take(6, 1, limit, 4 * SECOND).map(seconds), Ok((0, 1)));
    }

    #[test]
    fn a_request_beyond_the_burst_needs_a_full_bucket_and_leaves_a_debt() {
        let (bucket, limit) = (Bucket::default(), limit("1/s burst 10"));
        bucket.take(1, 0, limit, 0).expect("it is full");
        bucket.take(1, 0, limit, 0).expect("it is full");
        assert_eq!(bucket.take(29, 1, limit, 0).map_err(seconds), Err((8, 2)), "another request has used one");
        assert_eq!(bucket.take(29, 1, limit, SECOND).map(seconds), Ok((0, 21)));
        for now in [1, 10, 20] {
            assert_eq!(bucket.take(1, 0, limit, now * SECOND).map_err(seconds), Err((0, 22 - now)));
        }
        assert_eq!(bucket.take(1, 0, limit, 22 * SECOND).map(seconds), Ok((0, 1)));
    }

    #[test]
    fn debt_is_bounded() {
        for rate in ["1/s burst 10", "100/s burst 200", "1/h burst 2"] {
            let (bucket, limit) = (Bucket::default(), limit(rate));
            let level = bucket.take(u64::MAX, 0, limit, 0).expect("it is full");
            let debt = level.reset.saturating_sub(Duration::from_nanos(limit.period));
            assert_eq!((level.remaining, debt), (0, MAX_DEBT), "{rate}");
            assert_eq!(bucket.force_take(5, limit, 0), level, "{rate}");
        }
    }

    #[test]
    fn forced_operations_leave_a_debt() {
        let (bucket, limit) = (Bucket::default(), limit("1/s burst 2"));
        assert_eq!(seconds(bucket.force_take(1, limit, 0)), (1, 1));
        assert_eq!(seconds(bucket.force_take(3, limit, 0)), (0, 3));
        assert_eq!(bucket.take(1, 0, limit, 2 * SECOND).map_err(seconds), Err((0, 1)));
        assert_eq!(bucket.take(1, 0, limit, 3 * SECOND).map(seconds), Ok((0, 1)));
    }

    proptest! {
        #[test]
        fn no_cost_at_any_time_overflows_or_shortens_a_debt(
            costs in proptest::collection::vec((any::<u64>(), 0..=1u64, any::<u64>()), 1..20),
            requests in 1..=1_000_000u32,
            burst in 1..=1_000_000u32,
        ) {
            let (bucket, limit) = (Bucket::default(), BucketLimit::from_rate(Rate::per_second(requests, burst)));
            let mut times: Vec<u64> = costs.iter().map(|(.., now)| *now).collect();
            times.sort_unstable();
            for ((operations, prior_operations, _), now) in costs.into_iter().zip(times) {
                let level = bucket.level(limit, now);
                prop_assert!(level.remaining <= burst);
                match bucket.take(operations, prior_operations, limit, now) {
                    Ok(new_level) => prop_assert!(new_level.remaining <= level.remaining),
                    Err(rejected) => {
                        prop_assert_eq!(rejected.remaining, level.remaining);
                        prop_assert_eq!(bucket.level(limit, now), level);
                        prop_assert!(!rejected.reset.is_zero());
                    }
                }
            }
        }
    }
}
