//! How much one user, or one address, may ask for: leaky buckets (GCRA), in memory that is bounded whoever asks.
//!
//! Each instance of the service counts on its own.

mod client;
mod log_lines;
mod rate;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;

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
    buckets: RateLimiter<u64, Buckets, DefaultClock, StateInformationMiddleware>,
    /// Keyed with a secret of this process, so that nobody can look for two keys that are one.
    hasher: RandomState,
}

impl Limiter {
    /// A limit of this rate for each key.
    pub fn new(policy: Policy, rate: Rate) -> Self {
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.period()).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
        Self {
            policy,
            rate,
            buckets: RateLimiter::new(quota, Buckets(Cache::new(REMEMBERED)), DefaultClock::default()),
            hasher: RandomState::new(),
        }
    }

    /// Counts a request of this user.
    ///
    /// # Errors
    /// It is one too many.
    pub fn count_user(&self, user: &str) -> Result<Standing, Standing> {
        self.count(self.hasher.hash_one(user))
    }

    /// Counts a request from this address. Whoever has an IPv6 address has the 64 bits below it too.
    ///
    /// # Errors
    /// It is one too many.
    pub fn count_address(&self, address: IpAddr) -> Result<Standing, Standing> {
        let network = match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address => address,
        };
        self.count(self.hasher.hash_one(network))
    }

    fn count(&self, key: u64) -> Result<Standing, Standing> {
        let standing = |remaining, reset| Standing { policy: self.policy, rate: self.rate, remaining, reset };
        match self.buckets.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let awaited = if remaining == 0 { 1 } else { self.rate.burst.saturating_sub(remaining) };
                Ok(standing(remaining, whole_seconds(self.rate.period() * awaited)))
            }
            Err(until) => {
                let wait = until.wait_time_from(self.buckets.clock().now());
                Err(standing(0, whole_seconds(wait).max(1)))
            }
        }
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Where somebody stands after a request: the fields of draft-ietf-httpapi-ratelimit-headers-10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    policy: Policy,
    rate: Rate,
    remaining: u32,
    /// In seconds: until all is there again, and where nothing is left, until one more request is.
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

    /// `RateLimit`: what is left, and when there is more; `RateLimit-Policy`: how much in how many seconds.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        let policy = self.policy.as_str();
        [
            ("ratelimit", format!("\"{policy}\";r={};t={}", self.remaining, self.reset)),
            ("ratelimit-policy", format!("\"{policy}\";q={};w={}", self.rate.burst, self.rate.window())),
        ]
    }

    /// Seconds after which it is worth trying again, at least one.
    pub fn retry_after(&self) -> u64 {
        self.reset.max(1)
    }
}

/// The buckets that are not full, of a bounded number of keys: those that were used last and most.
struct Buckets(Cache<u64, Arc<InMemoryState>>);

impl StateStore for Buckets {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Ok(bucket) = self.0.get_or_insert_with::<_, std::convert::Infallible>(key, || Ok(Arc::default()));
        bucket.measure_and_replace(&NotKeyed::NonKey, measure)
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
            assert_eq!(standing.fields()[1].1, "\"user\";q=3;w=10800");
        }
        let refused = limiter.count_user("alice").expect_err("nothing is left");
        let [(_, rate_limit), _] = refused.fields();
        assert!(rate_limit.starts_with("\"user\";r=0;t=3"), "{rate_limit}");
        assert!((3590..=3600).contains(&refused.retry_after()));
        assert!(limiter.count_user("bob").is_ok());
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
        let Buckets(buckets) = limiter.buckets.into_state_store();
        assert!((1..=REMEMBERED).contains(&buckets.len()), "{}", buckets.len());
    }
}
