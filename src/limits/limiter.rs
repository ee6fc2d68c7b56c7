//! Limits the rate of each key, with bounded memory.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

use quick_cache::sync::Cache;

use crate::limits::bucket::{self, Bucket, BucketLimit, Level};
use crate::limits::rate::{Rate, whole_seconds};
use crate::limits::rate_limit_status::{Policy, RateLimitStatus};

/// The maximum number of users or addresses. An evicted key starts with a full bucket.
const CAPACITY: usize = 100_000;

/// A rate limit with the buckets of its keys.
pub struct Limiter {
    policy: Policy,
    rate: Rate,
    limit: BucketLimit,
    /// The buckets of at most [`CAPACITY`] keys. Keys with old and rare use are evicted.
    buckets: Cache<u64, Arc<Bucket>>,
    /// Random per process, so a client cannot search for colliding keys.
    hasher: RandomState,
    created_at: Instant,
}

impl Limiter {
    /// Creates a limit of this rate for each key.
    pub fn new(policy: Policy, rate: Rate) -> Self {
        Self {
            policy,
            rate,
            limit: BucketLimit::from_rate(rate),
            buckets: Cache::new(CAPACITY),
            hasher: RandomState::new(),
            created_at: Instant::now(),
        }
    }

    /// Counts a request of this user as one operation.
    ///
    /// # Errors
    /// No operation remains. Nothing is counted.
    pub fn count_user(&self, user: &str) -> Result<RateLimitStatus, RateLimitStatus> {
        self.count(self.hasher.hash_one(user))
    }

    /// Counts the remaining operations of a request that [`count_user`](Self::count_user) admitted.
    ///
    /// `operations` includes the one already counted. If it exceeds the burst, the bucket must have been full when the request
    /// arrived. The request then leaves a debt, which the rate repays within `MAX_DEBT`.
    ///
    /// # Errors
    /// Too few operations remain. The request still counts as one operation.
    pub fn charge(&self, user: &str, operations: usize) -> Result<RateLimitStatus, RateLimitStatus> {
        let remaining_operations = u64::try_from(operations).unwrap_or(u64::MAX).saturating_sub(1);
        self.take(self.hasher.hash_one(user), remaining_operations, 1)
    }

    /// Counts operations of a request whose response has started.
    ///
    /// The request can no longer be rejected. The operations leave a debt if too few remain.
    pub fn force_charge(&self, user: &str, operations: usize) -> RateLimitStatus {
        let operations = u64::try_from(operations).unwrap_or(u64::MAX);
        let bucket = self.bucket(self.hasher.hash_one(user));
        self.status(bucket.force_take(operations, self.limit, self.now()))
    }

    /// Returns the status of this user if no operation remains. Counts nothing.
    pub fn exhausted_user(&self, user: &str) -> Option<RateLimitStatus> {
        self.exhausted(self.hasher.hash_one(user))
    }

    /// Counts a request from this address. An IPv6 address counts as its /64 network.
    ///
    /// # Errors
    /// The limit is exceeded. Nothing is counted.
    pub fn count_address(&self, address: IpAddr) -> Result<RateLimitStatus, RateLimitStatus> {
        self.count(self.hasher.hash_one(network(address)))
    }

    /// Returns the status of this address if no operation remains. Counts nothing.
    pub fn exhausted_address(&self, address: IpAddr) -> Option<RateLimitStatus> {
        self.exhausted(self.hasher.hash_one(network(address)))
    }

    fn count(&self, key: u64) -> Result<RateLimitStatus, RateLimitStatus> {
        self.take(key, 1, 0)
    }

    fn take(&self, key: u64, operations: u64, prior_operations: u64) -> Result<RateLimitStatus, RateLimitStatus> {
        let result = self.bucket(key).take(operations, prior_operations, self.limit, self.now());
        result.map(|level| self.status(level)).map_err(|level| self.status(level))
    }

    fn exhausted(&self, key: u64) -> Option<RateLimitStatus> {
        let level = self.buckets.get(&key)?.level(self.limit, self.now());
        (level.remaining == 0).then(|| self.status(level))
    }

    fn bucket(&self, key: u64) -> Arc<Bucket> {
        let Ok(bucket) = self.buckets.get_or_insert_with::<_, std::convert::Infallible>(&key, || Ok(Arc::default()));
        bucket
    }

    fn now(&self) -> u64 {
        bucket::to_nanos(self.created_at.elapsed())
    }

    fn status(&self, level: Level) -> RateLimitStatus {
        let Level { remaining, reset } = level;
        let reset = whole_seconds(reset).max(u64::from(remaining == 0));
        RateLimitStatus { policy: self.policy, rate: self.rate, remaining, reset }
    }
}

/// Returns the /64 network of an IPv6 address.
///
/// Returns an IPv4 address unchanged.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: &str) -> Limiter {
        Limiter::new(Policy::User, rate.parse().expect("a rate"))
    }

    #[test]
    fn admits_a_burst_and_rejects_the_next_request() {
        let limiter = limiter("1/h burst 3");
        for (remaining, reset) in [(2, 3600), (1, 7200), (0, 3600)] {
            let status = limiter.count_user("alice").expect("an operation remains");
            assert_eq!(status.header_fields()[0].1, format!("\"user\";r={remaining};t={reset}"));
            assert_eq!(status.header_fields()[1].1, "\"user\";q=3;w=10800;qu=\"operations\"");
        }
        let rejected = limiter.count_user("alice").expect_err("no operation remains");
        let [(_, rate_limit), _] = rejected.header_fields();
        assert!(rate_limit.starts_with("\"user\";r=0;t=3"), "{rate_limit}");
        assert!((3590..=3600).contains(&rejected.retry_after()));
        assert!(limiter.count_user("bob").is_ok());
    }

    #[test]
    fn charges_the_operations_of_an_admitted_request() {
        let limiter = limiter("1/h burst 5");
        limiter.count_user("alice").expect("it is full");
        let charged = limiter.charge("alice", 3).expect("enough operations remain");
        assert_eq!(charged.header_fields()[0].1, "\"user\";r=2;t=10800");
        limiter.count_user("alice").expect("an operation remains");
        let rejected = limiter.charge("alice", 3).expect_err("too few operations remain");
        assert_eq!(rejected.header_fields()[0].1, "\"user\";r=1;t=7200");
        assert_eq!(limiter.exhausted_user("alice"), None);
        limiter.count_user("alice").expect("a rejection takes nothing");
        assert_eq!(limiter.exhausted_user("alice").map(|status| status.remaining), Some(0));
        assert_eq!((limiter.exhausted_user("bob"), limiter.force_charge("bob", 1).remaining), (None, 4));
        assert_eq!(limiter.charge("bob", 0).map(|status| status.remaining), Ok(4));
    }

    #[test]
    fn ipv6_addresses_of_a_network_share_a_limit() {
        let limiter = limiter("1/h");
        let count = |address: &str| limiter.count_address(address.parse().expect("an address")).is_ok();
        assert!(count("2001:db8::1") && !count("2001:db8::ffff:ffff:ffff:ffff") && count("2001:db8:0:1::1"));
        assert!(count("192.0.2.1") && count("192.0.2.2") && !count("::ffff:192.0.2.1"));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = limiter("1/h");
        for key in 0..3 * CAPACITY as u64 {
            let _ = limiter.count(key);
        }
        assert!((1..=CAPACITY).contains(&limiter.buckets.len()), "{}", limiter.buckets.len());
    }
}
