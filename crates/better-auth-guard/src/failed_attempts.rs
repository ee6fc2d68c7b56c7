//! Limits the invalid credentials of an address.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// The maximum number of addresses. The least recently used are evicted.
const CAPACITY: usize = 20_000;

/// The limit of invalid credentials of an address: an IPv4 address, or an IPv6 network of 64 bits.
///
/// Beyond it, an invalid credential is 429. A valid credential is always accepted, and an expired one is not counted: many users may
/// share the address of a proxy.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FailedAttemptLimit {
    /// How many invalid credentials may come at once. Default: 100.
    pub burst: u32,
    /// How many more may come in a second. Default: 10.
    pub per_second: u32,
}

impl Default for FailedAttemptLimit {
    fn default() -> Self {
        Self { burst: 100, per_second: 10 }
    }
}

/// Counts invalid credentials (GCRA).
pub(crate) struct FailedAttempts {
    limit: FailedAttemptLimit,
    /// When all attempts of the address are refilled. The lock makes concurrent attempts count each.
    refilled_at: Cache<IpAddr, Arc<Mutex<Instant>>>,
}

impl FailedAttempts {
    pub(crate) fn new(limit: FailedAttemptLimit) -> Self {
        Self { limit, refilled_at: Cache::new(CAPACITY) }
    }

    /// Counts an invalid credential.
    ///
    /// # Errors
    /// The address is over the limit. Returns the time until it is below the limit again.
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let address = network(address);
        let interval = Duration::from_secs(1) / self.limit.per_second.max(1);
        let tolerance = interval * self.limit.burst;
        let Ok(entry) =
            self.refilled_at.get_or_insert_with(&address, || Ok::<_, Infallible>(Arc::new(Mutex::new(now))));
        let mut refilled_at = entry.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*refilled_at).max(now) + interval;
        match (next - now).checked_sub(tolerance) {
            Some(excess) if !excess.is_zero() => Err(excess),
            _ => {
                *refilled_at = next;
                Ok(())
            }
        }
    }
}

/// Returns an IPv4 address, or the first 64 bits of an IPv6 address: one client usually has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_accepted_and_refilled() {
        let attempts = FailedAttempts::new(FailedAttemptLimit { burst: 3, per_second: 10 });
        let (address, start) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        for _ in 0..3 {
            assert_eq!(attempts.count(address, start), Ok(()));
        }
        assert_eq!(attempts.count(address, start), Err(Duration::from_millis(100)));
        assert_eq!(attempts.count(IpAddr::from([192, 0, 2, 2]), start), Ok(()));
        assert_eq!(attempts.count(address, start + Duration::from_millis(100)), Ok(()));
        assert!(attempts.count(address, start + Duration::from_millis(100)).is_err());
    }

    #[test]
    fn concurrent_attempts_are_all_counted() {
        let attempts = FailedAttempts::new(FailedAttemptLimit { burst: 1_000, per_second: 1 });
        let (address, now) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        let accepted: usize = std::thread::scope(|scope| {
            let count = || (0..500).filter(|_| attempts.count(address, now).is_ok()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(accepted, 1_000);
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let attempts = FailedAttempts::new(FailedAttemptLimit { burst: 1, per_second: 1 });
        let now = Instant::now();
        assert_eq!(attempts.count("2001:db8::1".parse().unwrap(), now), Ok(()));
        assert!(attempts.count("2001:db8::2".parse().unwrap(), now).is_err());
        assert_eq!(attempts.count("2001:db8:0:1::1".parse().unwrap(), now), Ok(()));
        assert_eq!(attempts.count("192.0.2.1".parse().unwrap(), now), Ok(()));
        assert!(attempts.count("::ffff:192.0.2.1".parse().unwrap(), now).is_err());
    }
}
