//! Bounds the imports and exports that one user runs at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// At most so many requests of one kind at a time for each user. Each instance of the service counts on its own.
pub(super) struct ConcurrencyLimit {
    limit: usize,
    running: Mutex<HashMap<String, usize>>,
}

impl ConcurrencyLimit {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, running: Mutex::default() })
    }

    /// Begins a request of this user; `None`: as many as are allowed are running.
    pub(super) fn begin(self: &Arc<Self>, user: &str) -> Option<Running> {
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
pub(super) struct Running {
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
