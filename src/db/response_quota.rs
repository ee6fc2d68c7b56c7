//! The quota of each user's responses that are stored for retries.
//!
//! A count before each of them would cost more than the create. So the service counts a user's rows once, and then reserves capacity for
//! some uncounted rows: a sixteenth of the available rows, at most 256, for one minute. Near the limit this reservation is zero: each
//! row is counted in its own transaction, on PostgreSQL under a lock that all instances share.
//!
//! One instance never exceeds this quota. Several instances together may exceed it, at most by the reservations of the other instances.
//! The quota of tasks is exact: see `tasks::sequence`.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::error::DbError;

/// The divisor of the available rows: a sixteenth of them is reserved before the next count.
const QUOTA_SHARE: i64 = 16;
/// The maximum number of rows reserved at a time.
const MAX_RESERVATION: i64 = 256;
/// The lifetime of a reservation.
const RESERVATION_TTL: Duration = Duration::from_secs(60);
/// The number of cached users at which expired entries are evicted.
const MAX_USERS_CACHED: usize = 10_000;

/// The quota, with a cached reservation for each user.
pub(crate) struct ResponseQuota {
    limit: i64,
    users: Mutex<HashMap<String, CachedUsage>>,
}

/// The cached reservation of one user.
struct CachedUsage {
    counted_at: Instant,
    /// The number of creates that need no count.
    available: i64,
    /// The number of reserved rows that may not be committed yet.
    in_flight: i64,
}

impl ResponseQuota {
    /// Creates a quota of `limit` rows for each user.
    pub(crate) fn new(limit: i64) -> Self {
        Self { limit, users: Mutex::default() }
    }

    /// Starts the reservation of one job.
    pub(crate) fn reservation<'q>(&'q self, user: &'q str) -> QuotaReservation<'q> {
        QuotaReservation { quota: self, user, reserved: Cell::new(0) }
    }

    fn users(&self) -> MutexGuard<'_, HashMap<String, CachedUsage>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows that one job has reserved. They are in flight until this is dropped, after the last commit of the job.
pub(crate) struct QuotaReservation<'q> {
    quota: &'q ResponseQuota,
    user: &'q str,
    reserved: Cell<i64>,
}

impl QuotaReservation<'_> {
    /// Reserves `rows` rows. Returns `false` if the rows of the user must be counted first.
    pub(crate) fn reserve(&self, rows: i64) -> bool {
        match self.quota.users().get_mut(self.user) {
            Some(usage) if usage.available >= rows && usage.counted_at.elapsed() < RESERVATION_TTL => {
                usage.available -= rows;
                usage.in_flight += rows;
                self.reserved.set(self.reserved.get() + rows);
                true
            }
            _ => false,
        }
    }

    /// Checks the quota for `rows` new rows, given a count of `stored` rows. Caches a new reservation.
    ///
    /// # Errors
    /// [`DbError::ResponseQuotaExceeded`].
    pub(crate) fn check(&self, rows: i64, stored: i64) -> Result<(), DbError> {
        let mut users = self.quota.users();
        // the count may not include the rows that other jobs have reserved
        let in_flight = users.get(self.user).map_or(0, |usage| usage.in_flight);
        let available = self.quota.limit - stored - (in_flight - self.reserved.get()) - rows;
        if available < 0 {
            return Err(DbError::ResponseQuotaExceeded(self.quota.limit));
        }
        if users.len() >= MAX_USERS_CACHED {
            users.retain(|_, usage| usage.in_flight > 0 || usage.counted_at.elapsed() < RESERVATION_TTL);
        }
        let available = (available / QUOTA_SHARE).min(MAX_RESERVATION);
        users.insert(self.user.to_owned(), CachedUsage { counted_at: Instant::now(), available, in_flight });
        Ok(())
    }
}

impl Drop for QuotaReservation<'_> {
    fn drop(&mut self) {
        if self.reserved.get() > 0
            && let Some(usage) = self.quota.users().get_mut(self.user)
        {
            usage.in_flight -= self.reserved.get();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_reserved_far_from_the_limit_and_not_near_it() {
        let quota = ResponseQuota::new(100);
        let reservation = quota.reservation("alice");
        assert!(!reservation.reserve(1), "the rows are not counted yet");
        reservation.check(1, 0).unwrap();
        assert_eq!((0..10).filter(|_| quota.reservation("alice").reserve(1)).count(), 99 / 16);
        assert!(!quota.reservation("bob").reserve(1), "another user has no reservation");
        reservation.check(1, 90).unwrap();
        assert!(!reservation.reserve(1));
    }

    #[test]
    fn rows_in_flight_count_towards_the_quota() {
        let quota = ResponseQuota::new(100);
        quota.reservation("alice").check(1, 50).unwrap();
        let slow = quota.reservation("alice");
        assert!(slow.reserve(1));
        assert!(quota.reservation("alice").check(1, 99).is_err(), "the row in flight may still be committed");
        drop(slow);
        quota.reservation("alice").check(1, 99).unwrap();
        assert!(quota.reservation("alice").check(1, 100).is_err());
    }
}
