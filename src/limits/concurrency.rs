//! Bounds the imports and exports that one user runs at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

/// The most exports of one user at a time.
const MAX_EXPORTS: usize = 2;
/// The fewest threads that parse imports: with two, one user's import does not hold up another's.
const MIN_PARSERS: usize = 2;

/// Bounds what imports and exports take.
pub struct Transfers {
    pub(crate) imports: Arc<ConcurrencyLimit>,
    pub(crate) exports: Arc<ConcurrencyLimit>,
    /// A permit for each import that is being parsed.
    pub(crate) parsers: Arc<Semaphore>,
}

impl Default for Transfers {
    /// One import and two exports of each user at a time; imports of all users are parsed on as many threads as there are cores.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(MIN_PARSERS, usize::from);
        Self {
            imports: ConcurrencyLimit::new(1),
            exports: ConcurrencyLimit::new(MAX_EXPORTS),
            parsers: Arc::new(Semaphore::new(cores.max(MIN_PARSERS))),
        }
    }
}

/// At most so many requests of one kind at a time for each user. Each instance of the service counts on its own.
pub(crate) struct ConcurrencyLimit {
    limit: usize,
    running: Mutex<HashMap<String, usize>>,
}

impl ConcurrencyLimit {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, running: Mutex::default() })
    }

    /// Begins a request of this user; `None`: as many as are allowed are running.
    pub(crate) fn begin(self: &Arc<Self>, user: &str) -> Option<Running> {
        let mut running = self.running();
        let count = running.entry(user.to_owned()).or_default();
        if *count >= self.limit {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Running { limit: self.clone(), user: user.to_owned() })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running request. It ends when this is dropped.
pub(crate) struct Running {
    limit: Arc<ConcurrencyLimit>,
    user: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = self.limit.running();
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
    fn each_user_has_a_limit_and_leaves_nothing_behind() {
        let limit = ConcurrencyLimit::new(2);
        let first = limit.begin("alice").unwrap();
        let second = limit.begin("alice").unwrap();
        assert!(limit.begin("alice").is_none() && limit.begin("bob").is_some());
        drop(first);
        assert!(limit.begin("alice").is_some());
        drop(second);
        assert!(limit.running().is_empty());
    }
}
