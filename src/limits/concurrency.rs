//! Limits the concurrent imports, exports and event streams of a user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

/// The maximum number of concurrent exports of a user.
const MAX_EXPORTS: usize = 2;
/// The minimum number of threads that parse imports. With two, one user's import does not block another's.
const MIN_PARSERS: usize = 2;

/// The concurrency limits of imports and exports.
pub struct Transfers {
    pub(crate) imports: Arc<ConcurrencyLimit>,
    pub(crate) exports: Arc<ConcurrencyLimit>,
    /// Permits for parsing imports.
    pub(crate) parsers: Arc<Semaphore>,
}

impl Default for Transfers {
    /// Returns one import and two exports per user.
    ///
    /// All users share one parser per core, at least two.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(MIN_PARSERS, usize::from);
        Self {
            imports: ConcurrencyLimit::new(1),
            exports: ConcurrencyLimit::new(MAX_EXPORTS),
            parsers: Arc::new(Semaphore::new(cores.max(MIN_PARSERS))),
        }
    }
}

/// Limits the concurrent requests of each user. Each instance of the service counts separately.
pub(crate) struct ConcurrencyLimit {
    limit: usize,
    running: Mutex<HashMap<String, usize>>,
}

impl ConcurrencyLimit {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, running: Mutex::default() })
    }

    /// Returns the maximum number of requests of a user.
    pub(crate) fn maximum(&self) -> usize {
        self.limit
    }

    /// Acquires a permit for a request of this user. Returns `None` at the limit.
    pub(crate) fn try_acquire(self: &Arc<Self>, user: &str) -> Option<ConcurrencyPermit> {
        let mut running = self.lock();
        let count = running.entry(user.to_owned()).or_default();
        if *count >= self.limit {
            return None;
        }
        *count = count.saturating_add(1);
        Some(ConcurrencyPermit { limit: self.clone(), user: user.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for a running request. Dropping it releases the permit.
pub(crate) struct ConcurrencyPermit {
    limit: Arc<ConcurrencyLimit>,
    user: String,
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        let mut running = self.limit.lock();
        if let Some(count) = running.get_mut(&self.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                running.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_each_user_and_removes_idle_users() {
        let limit = ConcurrencyLimit::new(2);
        let first = limit.try_acquire("alice").unwrap();
        let second = limit.try_acquire("alice").unwrap();
        assert!(limit.try_acquire("alice").is_none() && limit.try_acquire("bob").is_some());
        drop(first);
        assert!(limit.try_acquire("alice").is_some());
        drop(second);
        assert!(limit.lock().is_empty());
    }
}
