//! Remembers recently judged credentials, to refuse a request over a limit before it costs a signature or a look-up.
//!
//! An entry never lets a request in. It only finds the limit to look at first.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::auth::{CredentialKind, CredentialText, KeySetId, SessionToken};

/// The most entries. With some 200 bytes for each, they take 4 MB.
const CAPACITY: usize = 20_000;
/// Bounds how long a revoked credential finds its user's limit.
const ACCEPTED_FOR: Duration = Duration::from_secs(60);
/// Bounds how long a session that a replica did not have yet is refused, to an address over its limit.
const REFUSED_FOR: Duration = Duration::from_secs(10);

/// Credentials judged under one set of secrets; a change of secrets begins with an empty one.
///
/// Its keys are hashes with a random key of this process: no credential can be read from it.
pub struct RecentCredentials {
    entries: Cache<u64, Entry>,
    hasher: RandomState,
}

#[derive(Clone)]
struct Entry {
    judged: Judged,
    since: Instant,
    lifetime: Duration,
}

/// The outcome of a recent credential.
#[derive(Clone)]
pub(crate) enum Judged {
    /// It proved this user.
    Accepted(Arc<str>, CredentialKind),
    /// It was refused, from an address over its limit.
    Refused,
}

/// The key of a credential under one key set.
#[derive(Clone, Copy)]
pub(crate) struct CredentialKey(u64);

impl Default for RecentCredentials {
    fn default() -> Self {
        Self { entries: Cache::new(CAPACITY), hasher: RandomState::new() }
    }
}

impl RecentCredentials {
    /// The key of a credential as it was sent. `key_set` is the id of the public keys: with others, it may be judged otherwise.
    pub(crate) fn key(&self, text: CredentialText<'_>, key_set: KeySetId) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("text", text, key_set)))
    }

    /// The key of a session token whose signature is good, however it was encoded.
    pub(crate) fn session_key(&self, token: &SessionToken) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("session", token.expose())))
    }

    /// Finds the outcome, while it is recent.
    pub(crate) fn find(&self, key: CredentialKey) -> Option<Judged> {
        self.entries.get(&key.0).filter(|entry| entry.since.elapsed() < entry.lifetime).map(|entry| entry.judged)
    }

    /// Remembers that these credentials proved this user.
    pub(crate) fn accepted(&self, keys: impl IntoIterator<Item = CredentialKey>, user: &str, kind: CredentialKind) {
        let entry =
            Entry { judged: Judged::Accepted(user.into(), kind), since: Instant::now(), lifetime: ACCEPTED_FOR };
        for key in keys {
            self.entries.insert(key.0, entry.clone());
        }
    }

    /// Remembers that this credential was refused.
    pub(crate) fn refused(&self, key: CredentialKey) {
        self.entries.insert(key.0, Entry { judged: Judged::Refused, since: Instant::now(), lifetime: REFUSED_FOR });
    }
}
