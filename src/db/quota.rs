//! How many tasks a user may have, the trash included: what is stored is what costs.
//!
//! To count up to ten thousand rows before each create would cost more than the create. So they are counted when a user is first
//! heard of, and the user is then given room for some creates that are not looked at: a sixteenth of what is free, and for a minute.
//! Near the limit that is none: each create is counted, in one transaction with it, and on PostgreSQL under a lock that other
//! instances heed too. Several instances may so exceed the quota together by the room that each of the others has just given, never
//! more; one instance never does.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::error::DbError;

/// The part of what is free that may be used before it is counted again.
const PART: i64 = 16;
/// No more than this at once, and for no longer.
const MOST: i64 = 256;
const FOR: Duration = Duration::from_secs(60);
/// So many users are remembered; beyond that, those of the last minute.
const REMEMBERED: usize = 10_000;

/// What is known of each user's room.
pub(crate) struct Quota {
    limit: i64,
    users: Mutex<HashMap<String, Known>>,
}

struct Known {
    counted: Instant,
    /// So many creates are let through uncounted.
    room: i64,
    /// So many have been, and may not be committed yet.
    under_way: i64,
}

impl Quota {
    /// At most `limit` tasks for each user.
    pub(crate) fn new(limit: i64) -> Self {
        Self { limit, users: Mutex::default() }
    }

    /// The room of one user, for one job.
    pub(crate) fn of<'q>(&'q self, user: &'q str) -> QuotaReservation<'q> {
        QuotaReservation { quota: self, user, taken: Cell::new(0) }
    }

    fn users(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One user's room. What a job has taken of it counts as under way until this is dropped, after the job's last commit.
pub(crate) struct QuotaReservation<'q> {
    quota: &'q Quota,
    user: &'q str,
    taken: Cell<i64>,
}

impl QuotaReservation<'_> {
    /// Takes room for so many tasks; `false`: they have to be counted.
    pub(crate) fn take(&self, wanted: i64) -> bool {
        match self.quota.users().get_mut(self.user) {
            Some(known) if known.room >= wanted && known.counted.elapsed() < FOR => {
                known.room -= wanted;
                known.under_way += wanted;
                self.taken.set(self.taken.get() + wanted);
                true
            }
            _ => false,
        }
    }

    /// Judges so many new tasks by a count of those that are there, and remembers how much room is left.
    pub(crate) fn judge(&self, wanted: i64, there: i64) -> Result<(), DbError> {
        let mut users = self.quota.users();
        // what others have taken may not be among those that were counted
        let under_way = users.get(self.user).map_or(0, |known| known.under_way);
        let free = self.quota.limit - there - (under_way - self.taken.get()) - wanted;
        if free < 0 {
            return Err(DbError::QuotaExceeded(self.quota.limit));
        }
        if users.len() >= REMEMBERED {
            users.retain(|_, known| known.under_way > 0 || known.counted.elapsed() < FOR);
        }
        let known = Known { counted: Instant::now(), room: (free / PART).min(MOST), under_way };
        users.insert(self.user.to_owned(), known);
        Ok(())
    }
}

impl Drop for QuotaReservation<'_> {
    fn drop(&mut self) {
        if self.taken.get() > 0
            && let Some(known) = self.quota.users().get_mut(self.user)
        {
            known.under_way -= self.taken.get();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_the_limit_room_is_given_and_near_it_none() {
        let quota = Quota::new(100);
        let room = quota.of("alice");
        assert!(!room.take(1), "nothing is known yet");
        room.judge(1, 0).unwrap();
        assert_eq!((0..10).filter(|_| quota.of("alice").take(1)).count(), 99 / 16);
        assert!(!quota.of("bob").take(1), "room is one user's");
        room.judge(1, 90).unwrap();
        assert!(!room.take(1));
    }

    #[test]
    fn what_is_under_way_is_counted_with_the_rest() {
        let quota = Quota::new(100);
        quota.of("alice").judge(1, 50).unwrap();
        let slow = quota.of("alice");
        assert!(slow.take(1));
        assert!(quota.of("alice").judge(1, 99).is_err(), "the one under way may still come");
        drop(slow);
        quota.of("alice").judge(1, 99).unwrap();
        assert!(quota.of("alice").judge(1, 100).is_err());
    }
}
