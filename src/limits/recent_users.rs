//! Remembers for which users a check was recent.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// The time after which a check is repeated.
const TTL: Duration = Duration::from_secs(60);
/// The maximum number of users.
const CAPACITY: usize = 10_000;

/// The users that were checked recently.
pub(crate) struct RecentUsers(Cache<String, Instant>);

impl Default for RecentUsers {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl RecentUsers {
    /// Returns whether the user was checked in the last minute.
    pub(crate) fn contains(&self, user: &str) -> bool {
        self.0.get(user).is_some_and(|checked_at| checked_at.elapsed() < TTL)
    }

    /// Remembers that the user was checked now.
    pub(crate) fn insert(&self, user: &str) {
        self.0.insert(user.to_owned(), Instant::now());
    }
}
