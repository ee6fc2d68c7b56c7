//! Caches outcomes of recent credentials. A request over a limit is then rejected before verification and look-up.
//!
//! An entry never authenticates a request. It only selects the limit to check first.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use better_auth_guard::{CredentialKind, CredentialText, KeySetId, SessionToken};
use quick_cache::sync::Cache;

/// The maximum number of entries. With about 200 bytes per entry, they need 4 MB.
const CAPACITY: usize = 20_000;
/// Limits the time that a revoked credential selects its user's limit.
const ACCEPTED_TTL: Duration = Duration::from_secs(60);
/// Limits the time that a new session is rejected if a replica did not have it yet.
///
/// This applies to addresses over their limit.
const REJECTED_TTL: Duration = Duration::from_secs(10);

/// Recent outcomes with one set of secrets. New secrets start with an empty cache.
///
/// The entries' keys are hashes with a random key of this process, so no credential can be recovered.
pub struct RecentCredentials {
    entries: Cache<u64, Entry>,
    hasher: RandomState,
}

#[derive(Clone)]
struct Entry {
    outcome: CredentialOutcome,
    inserted_at: Instant,
    lifetime: Duration,
}

/// The outcome of a recent credential.
#[derive(Clone)]
pub(crate) enum CredentialOutcome {
    /// The credential authenticated this user.
    Accepted(Arc<str>, CredentialKind),
    /// The credential was rejected, from an address over its limit.
    Rejected,
}

/// The cache key of a credential with one key set.
#[derive(Clone, Copy)]
pub(crate) struct CredentialKey(u64);

impl Default for RecentCredentials {
    fn default() -> Self {
        Self { entries: Cache::new(CAPACITY), hasher: RandomState::new() }
    }
}

impl RecentCredentials {
    /// Returns the key of a credential's raw text. `key_set` is part of the key: another key set may change the outcome.
    pub(crate) fn key(&self, text: CredentialText<'_>, key_set: KeySetId) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("text", text, key_set)))
    }

    /// Returns the key of a verified session token, independent of its encoding.
    pub(crate) fn session_key(&self, token: &SessionToken) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("session", token.expose())))
    }

    /// Returns the outcome until it expires.
    pub(crate) fn get(&self, key: CredentialKey) -> Option<CredentialOutcome> {
        self.entries.get(&key.0).filter(|entry| entry.inserted_at.elapsed() < entry.lifetime).map(|entry| entry.outcome)
    }

    /// Caches that these credentials authenticated this user.
    pub(crate) fn insert_accepted(
        &self,
        keys: impl IntoIterator<Item = CredentialKey>,
        user: &str,
        kind: CredentialKind,
    ) {
        let entry = Entry {
            outcome: CredentialOutcome::Accepted(user.into(), kind),
            inserted_at: Instant::now(),
            lifetime: ACCEPTED_TTL,
        };
        for key in keys {
            self.entries.insert(key.0, entry.clone());
        }
    }

    /// Caches that this credential was rejected.
    pub(crate) fn insert_rejected(&self, key: CredentialKey) {
        self.entries.insert(
            key.0,
            Entry { outcome: CredentialOutcome::Rejected, inserted_at: Instant::now(), lifetime: REJECTED_TTL },
        );
    }
}
