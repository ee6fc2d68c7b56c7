//! How much one user, or one address, may ask for: leaky buckets (GCRA), in memory that is bounded whoever asks.
//!
//! What is counted are operations: a request is one, and one that carries more (a bulk, an import) is as many as it carries. Each
//! instance of the service counts on its own.

#![deny(clippy::arithmetic_side_effects)]

mod bucket;
mod client;
mod log_lines;
mod rate;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use bucket::{Bucket, Level, Terms};

pub use bucket::MAX_DEBT;
pub use client::TrustedProxies;
pub use log_lines::LogLines;
pub use rate::Rate;

/// How many users, or addresses, are remembered at a time. Who is forgotten, because so many others came, begins anew.
const REMEMBERED: usize = 100_000;

/// What requests are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// `RATE_LIMIT`: all that one user asks for.
    User,
    /// `REFUSAL_LIMIT`: the credentials from one address that were refused.
    Refusals,
}

impl Policy {
    /// The name used in header fields, metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Refusals => "refusals",
        }
    }
}

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
    pub fn count_user(&self, user: &str) -> Result<Standing, Standing> {
        self.count(self.hasher.hash_one(user))
    }

    /// Counts the other operations of a request that [`count_user`](Self::count_user) has admitted; `operations` is their number with
    /// the one counted there.
    ///
    /// Where they are more than the burst, the bucket must have been full when the request came. They then leave a debt, which the
    /// usual rate repays, and which is never more than it repays in [`MAX_DEBT`].
    ///
    /// # Errors
    /// Too little is left. Nothing more was counted; the request still counts as one.
    pub fn charge(&self, user: &str, operations: usize) -> Result<Standing, Standing> {
        let more = u64::try_from(operations).unwrap_or(u64::MAX).saturating_sub(1);
        self.take(self.hasher.hash_one(user), more, 1)
    }

    /// Counts operations of a request whose answer has begun, and that cannot be refused any more. They leave a debt where nothing is
    /// left.
    pub fn draw(&self, user: &str, operations: usize) -> Standing {
        let operations = u64::try_from(operations).unwrap_or(u64::MAX);
        let bucket = self.bucket(self.hasher.hash_one(user));
        self.standing(bucket.draw(operations, self.terms, self.now()))
    }

    /// Where this user stands, if there is nothing left; counts nothing.
    pub fn exhausted_user(&self, user: &str) -> Option<Standing> {
        self.exhausted(self.hasher.hash_one(user))
    }

    /// Counts a request from this address. Whoever has an IPv6 address has the 64 bits below it too.
    ///
    /// # Errors
    /// It is one too many.
    pub fn count_address(&self, address: IpAddr) -> Result<Standing, Standing> {
        self.count(self.hasher.hash_one(network(address)))
    }

    /// Where this address stands, if there is nothing left; counts nothing.
    pub fn exhausted_address(&self, address: IpAddr) -> Option<Standing> {
        self.exhausted(self.hasher.hash_one(network(address)))
    }

    fn count(&self, key: u64) -> Result<Standing, Standing> {
        self.take(key, 1, 0)
    }

    fn take(&self, key: u64, more: u64, before: u64) -> Result<Standing, Standing> {
        let taken = self.bucket(key).take(more, before, self.terms, self.now());
        taken.map(|level| self.standing(level)).map_err(|level| self.standing(level))
    }

    fn exhausted(&self, key: u64) -> Option<Standing> {
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

    fn standing(&self, level: Level) -> Standing {
        let Level { remaining, reset } = level;
        let reset = whole_seconds(reset).max(u64::from(remaining == 0));
        Standing { policy: self.policy, rate: self.rate, remaining, reset }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

/// Where somebody stands after a request: the fields of draft-ietf-httpapi-ratelimit-headers-10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    policy: Policy,
    rate: Rate,
    remaining: u32,
    /// In seconds: until all is there again, and where nothing is left, until one operation is. Of a refusal: until the request can be
    /// repeated.
    reset: u64,
}

impl Standing {
    /// Of somebody who has just used up everything.
    pub fn exhausted(policy: Policy, rate: Rate) -> Self {
        Self { policy, rate, remaining: 0, reset: whole_seconds(rate.period()).max(1) }
    }

    /// What was counted by.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// `RateLimit`: what is left, and when there is more; `RateLimit-Policy`: how much in how many seconds, and of what where it is
    /// not requests.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        let policy = self.policy.as_str();
        let unit = match self.policy {
            Policy::User => ";qu=\"operations\"",
            Policy::Refusals => "",
        };
        [
            ("ratelimit", format!("\"{policy}\";r={};t={}", self.remaining, self.reset)),
            ("ratelimit-policy", format!("\"{policy}\";q={};w={}{unit}", self.rate.burst, self.rate.window())),
        ]
    }

    /// Seconds after which it is worth trying again, at least one.
    pub fn retry_after(&self) -> u64 {
        self.reset.max(1)
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
            assert_eq!(standing.fields()[0].1, format!("\"user\";r={left};t={reset}"));
            assert_eq!(standing.fields()[1].1, "\"user\";q=3;w=10800;qu=\"operations\"");
        }
        let refused = limiter.count_user("alice").expect_err("nothing is left");
        let [(_, rate_limit), _] = refused.fields();
        assert!(rate_limit.starts_with("\"user\";r=0;t=3"), "{rate_limit}");
        assert!((3590..=3600).contains(&refused.retry_after()));
        assert!(limiter.count_user("bob").is_ok());
    }

    #[test]
    fn what_a_request_carries_is_charged_once_it_is_admitted() {
        let limiter = limiter("1/h burst 5");
        limiter.count_user("alice").expect("it is full");
        let charged = limiter.charge("alice", 3).expect("there is enough");
        assert_eq!(charged.fields()[0].1, "\"user\";r=2;t=10800");
        limiter.count_user("alice").expect("there is some left");
        let refused = limiter.charge("alice", 3).expect_err("there is too little");
        assert_eq!(refused.fields()[0].1, "\"user\";r=1;t=7200");
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
