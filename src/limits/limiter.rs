//! A rate limit of many keys, in a bounded memory.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

use quick_cache::sync::Cache;

use crate::limits::bucket::{self, Bucket, Level, Terms};
use crate::limits::rate::{Rate, whole_seconds};
use crate::limits::rate_limit_status::{Policy, RateLimitStatus};

/// How many users, or addresses, are remembered at a time. Who is forgotten, because so many others came, begins anew.
const REMEMBERED: usize = 100_000;

/// A limit, and where everybody stands.
pub struct Limiter {
    policy: Policy,
    rate: Rate,
    terms: Terms,
    /// The buckets that are not full, of a bounded number of keys: those that were used last and most.
    buckets: Cache<u64, Arc<Bucket>>,
    /// Keyed with a secret of this process, so that nobody can look for two keys that are one.
    hasher: RandomState,
    began: Instant,
}

impl Limiter {
    /// A limit of this rate for each key.
    pub fn new(policy: Policy, rate: Rate) -> Self {
        Self {
            policy,
            rate,
            terms: Terms::of(rate),
            buckets: Cache::new(REMEMBERED),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// Counts a request of this user, as one operation.
    ///
    /// # Errors
    /// Nothing is left. Nothing was counted.
    pub fn count_user(&self, user: &str) -> Result<RateLimitStatus, RateLimitStatus> {
        self.count(self.hasher.hash_one(user))
    }

    /// Counts the other operations of a request that [`count_user`](Self::count_user) has admitted; `operations` is their number with
    /// the one counted there.
    ///
    /// Where they are more than the burst, the bucket must have been full when the request came. They then leave a debt, which the
    /// usual rate repays, and which is never more than it repays in `MAX_DEBT`.
    ///
    /// # Errors
    /// Too little is left. Nothing more was counted; the request still counts as one.
    pub fn charge(&self, user: &str, operations: usize) -> Result<RateLimitStatus, RateLimitStatus> {
        let more = u64::try_from(operations).unwrap_or(u64::MAX).saturating_sub(1);
        self.take(self.hasher.hash_one(user), more, 1)
    }

    /// Counts operations of a request whose answer has begun, and that cannot be refused any more. They leave a debt where nothing is
    /// left.
    pub fn draw(&self, user: &str, operations: usize) -> RateLimitStatus {
        let operations = u64::try_from(operations).unwrap_or(u64::MAX);
        let bucket = self.bucket(self.hasher.hash_one(user));
        self.standing(bucket.draw(operations, self.terms, self.now()))
    }

    /// Where this user stands, if there is nothing left; counts nothing.
    pub fn exhausted_user(&self, user: &str) -> Option<RateLimitStatus> {
        self.exhausted(self.hasher.hash_one(user))
    }

    /// Counts a request from this address. Whoever has an IPv6 address has the 64 bits below it too.
    ///
    /// # Errors
    /// It is one too many.
    pub fn count_address(&self, address: IpAddr) -> Result<RateLimitStatus, RateLimitStatus> {
        self.count(self.hasher.hash_one(network(address)))
    }

    /// Where this address stands, if there is nothing left; counts nothing.
    pub fn exhausted_address(&self, address: IpAddr) -> Option<RateLimitStatus> {
        self.exhausted(self.hasher.hash_one(network(address)))
    }

    fn count(&self, key: u64) -> Result<RateLimitStatus, RateLimitStatus> {
        self.take(key, 1, 0)
    }

    fn take(&self, key: u64, more: u64, before: u64) -> Result<RateLimitStatus, RateLimitStatus> {
        let taken = self.bucket(key).take(more, before, self.terms, self.now());
        taken.map(|level| self.standing(level)).map_err(|level| self.standing(level))
    }

    fn exhausted(&self, key: u64) -> Option<RateLimitStatus> {
        let level = self.buckets.get(&key)?.level(self.terms, self.now());
        (level.remaining == 0).then(|| self.standing(level))
    }

    fn bucket(&self, key: u64) -> Arc<Bucket> {
        let Ok(bucket) = self.buckets.get_or_insert_with::<_, std::convert::Infallible>(&key, || Ok(Arc::default()));
        bucket
    }

    fn now(&self) -> u64 {
        bucket::nanos(self.began.elapsed())
    }

    fn standing(&self, level: Level) -> RateLimitStatus {
        let Level { remaining, reset } = level;
        let reset = whole_seconds(reset).max(u64::from(remaining == 0));
        RateLimitStatus { policy: self.policy, rate: self.rate, remaining, reset }
    }
}

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
    fn a_burst_is_let_through_and_then_no_more() {
        let limiter = limiter("1/h burst 3");
        for (left, reset) in [(2, 3600), (1, 7200), (0, 3600)] {
            let standing = limiter.count_user("alice").expect("there is some left");
            assert_eq!(standing.header_fields()[0].1, format!("\"user\";r={left};t={reset}"));
            assert_eq!(standing.header_fields()[1].1, "\"user\";q=3;w=10800;qu=\"operations\"");
        }
        let refused = limiter.count_user("alice").expect_err("nothing is left");
        let [(_, rate_limit), _] = refused.header_fields();
        assert!(rate_limit.starts_with("\"user\";r=0;t=3"), "{rate_limit}");
        assert!((3590..=3600).contains(&refused.retry_after()));
        assert!(limiter.count_user("bob").is_ok());
    }

    #[test]
    fn what_a_request_carries_is_charged_once_it_is_admitted() {
        let limiter = limiter("1/h burst 5");
        limiter.count_user("alice").expect("it is full");
        let charged = limiter.charge("alice", 3).expect("there is enough");
        assert_eq!(charged.header_fields()[0].1, "\"user\";r=2;t=10800");
        limiter.count_user("alice").expect("there is some left");
        let refused = limiter.charge("alice", 3).expect_err("there is too little");
        assert_eq!(refused.header_fields()[0].1, "\"user\";r=1;t=7200");
        assert_eq!(limiter.exhausted_user("alice"), None);
        limiter.count_user("alice").expect("a refusal takes nothing");
        assert_eq!(limiter.exhausted_user("alice").map(|standing| standing.remaining), Some(0));
        assert_eq!((limiter.exhausted_user("bob"), limiter.draw("bob", 1).remaining), (None, 4));
        assert_eq!(limiter.charge("bob", 0).map(|standing| standing.remaining), Ok(4));
    }

    #[test]
    fn a_neighbour_of_ipv6_is_the_same_and_one_of_ipv4_is_not() {
        let limiter = limiter("1/h");
        let count = |address: &str| limiter.count_address(address.parse().expect("an address")).is_ok();
        assert!(count("2001:db8::1") && !count("2001:db8::ffff:ffff:ffff:ffff") && count("2001:db8:0:1::1"));
        assert!(count("192.0.2.1") && count("192.0.2.2") && !count("::ffff:192.0.2.1"));
    }

    #[test]
    fn any_number_of_keys_takes_a_bounded_room() {
        let limiter = limiter("1/h");
        for key in 0..3 * REMEMBERED as u64 {
            let _ = limiter.count(key);
        }
        assert!((1..=REMEMBERED).contains(&limiter.buckets.len()), "{}", limiter.buckets.len());
    }
}
