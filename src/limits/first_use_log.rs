//! Which credentials have been used of late.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::auth::CredentialKind;

/// After so long a use is a first one again.
const REMEMBERED_FOR: Duration = Duration::from_secs(3600);
/// How many credentials are remembered.
const REMEMBERED: usize = 100_000;

/// Remembers credentials, none of which can be read from it: a hash of each, keyed with a secret of this process.
pub struct FirstUseLog {
    last: Cache<u64, Instant>,
    hasher: RandomState,
}

impl Default for FirstUseLog {
    fn default() -> Self {
        Self { last: Cache::new(REMEMBERED), hasher: RandomState::new() }
    }
}

impl FirstUseLog {
    /// Whether this user's credential was not used before, or not for an hour.
    pub(crate) fn is_first_use(&self, kind: CredentialKind, user: &str, credential: impl Hash) -> bool {
        let digest = self.hasher.hash_one((kind as u8, user, credential));
        let is_known = self.last.get(&digest).is_some_and(|logged| logged.elapsed() < REMEMBERED_FOR);
        if !is_known {
            self.last.insert(digest, Instant::now());
        }
        !is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_new_once() {
        let seen = FirstUseLog::default();
        assert!(seen.is_first_use(CredentialKind::Jwt, "alice", b"a.b.c"));
        assert!(!seen.is_first_use(CredentialKind::Jwt, "alice", b"a.b.c"));
        assert!(seen.is_first_use(CredentialKind::Jwt, "alice", b"a.b.d"));
        assert!(seen.is_first_use(CredentialKind::BearerSession, "alice", b"a.b.c"));
    }
}
