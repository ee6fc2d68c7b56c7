//! Detects the first use of a credential, and the first occurrence of ignored input, for the log.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::{Duration, Instant};

use better_auth_guard::CredentialKind;
use quick_cache::sync::Cache;

/// The time after which a use counts as a first use again.
const TTL: Duration = Duration::from_secs(3600);
/// The default maximum number of keys.
const CAPACITY: usize = 100_000;

/// Stores keyed hashes of recent credentials, or of names. The key is random per process, so no credential can be recovered.
pub struct FirstUseLog {
    last_logged: Cache<u64, Instant>,
    hasher: RandomState,
}

impl Default for FirstUseLog {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl FirstUseLog {
    /// Creates a log of at most `capacity` keys.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { last_logged: Cache::new(capacity), hasher: RandomState::new() }
    }

    /// Returns whether this is the credential's first use within an hour.
    pub(crate) fn is_first_use(&self, kind: CredentialKind, user: &str, credential: impl Hash) -> bool {
        self.is_first((kind as u8, user, credential))
    }

    /// Returns whether this is the first call with this key within an hour.
    pub(crate) fn is_first(&self, key: impl Hash) -> bool {
        let digest = self.hasher.hash_one(key);
        let is_recent = self.last_logged.get(&digest).is_some_and(|logged| logged.elapsed() < TTL);
        if !is_recent {
            self.last_logged.insert(digest, Instant::now());
        }
        !is_recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_first_use_once() {
        let log = FirstUseLog::default();
        assert!(log.is_first_use(CredentialKind::Jwt, "alice", b"a.b.c"));
        assert!(!log.is_first_use(CredentialKind::Jwt, "alice", b"a.b.c"));
        assert!(log.is_first_use(CredentialKind::Jwt, "alice", b"a.b.d"));
        assert!(log.is_first_use(CredentialKind::BearerSession, "alice", b"a.b.c"));
    }
}
