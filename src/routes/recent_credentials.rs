//! Remembers recently judged credentials, to refuse a request over a limit before it costs a signature or a look-up.
//!
//! An entry never lets a request in. It only finds the limit to look at first.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServiceRequest;
use quick_cache::sync::Cache;

use super::call::Call;
use super::{events, rate_limit};
use crate::app::{State, Trust};
use crate::auth::{CredentialText, KeySetId, Kind, Presented, SessionToken, UserId};
use crate::error::ApiResult;

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
    until: Instant,
}

/// The outcome of a recent credential.
#[derive(Clone)]
enum Judged {
    /// It proved this user.
    Accepted(Arc<str>, Kind),
    /// It was refused, from an address over its limit.
    Refused,
}

/// The key of a credential under one key set.
#[derive(Clone, Copy)]
struct CredentialKey(u64);

impl Default for RecentCredentials {
    fn default() -> Self {
        Self { entries: Cache::new(CAPACITY), hasher: RandomState::new() }
    }
}

impl RecentCredentials {
    /// The key of a credential as it was sent. `key_set` is the id of the public keys: with others, it may be judged otherwise.
    fn key(&self, text: CredentialText<'_>, key_set: KeySetId) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("text", text, key_set)))
    }

    /// The key of a session token whose signature is good, however it was encoded.
    fn session_key(&self, token: &SessionToken) -> CredentialKey {
        CredentialKey(self.hasher.hash_one(("session", token.expose())))
    }

    /// Finds the outcome, while it is recent.
    fn find(&self, key: CredentialKey) -> Option<Judged> {
        self.entries.get(&key.0).filter(|entry| Instant::now() < entry.until).map(|entry| entry.judged)
    }

    /// Remembers that these credentials proved this user.
    fn accepted(&self, keys: impl IntoIterator<Item = CredentialKey>, user: &str, kind: Kind) {
        let entry = Entry { judged: Judged::Accepted(user.into(), kind), until: Instant::now() + ACCEPTED_FOR };
        for key in keys {
            self.entries.insert(key.0, entry.clone());
        }
    }

    /// Remembers that this credential was refused.
    fn refused(&self, key: CredentialKey) {
        self.entries.insert(key.0, Entry { judged: Judged::Refused, until: Instant::now() + REFUSED_FOR });
    }
}

/// The credential of one request, on its way through the guard.
pub(super) struct Attempt<'a> {
    pub(super) state: &'a State,
    pub(super) trust: &'a Trust,
    pub(super) request: &'a ServiceRequest,
    keys: Vec<CredentialKey>,
    is_remembered: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(state: &'a State, trust: &'a Trust, request: &'a ServiceRequest) -> Self {
        Self { state, trust, request, keys: Vec::new(), is_remembered: true }
    }

    /// Refuses the credential before its signature is checked, if it was judged recently and a limit is exceeded.
    ///
    /// # Errors
    /// 429: its user has exceeded `RATE_LIMIT`; or it was refused, and its address has exceeded `REFUSAL_LIMIT`.
    pub(super) fn refuse_text(&mut self, presented: &Presented<'_>) -> ApiResult<()> {
        let Some(text) = self.trust.verifier.credential_text(presented) else { return Ok(()) };
        self.refuse(self.trust.recent.key(text, self.state.keys.current().id()))
    }

    /// Refuses a session token before its session is looked up: other encodings of a credential share the session.
    ///
    /// # Errors
    /// As of [`refuse_text`](Self::refuse_text).
    pub(super) fn refuse_session(&mut self, token: &SessionToken) -> ApiResult<()> {
        self.refuse(self.trust.recent.session_key(token))
    }

    fn refuse(&mut self, key: CredentialKey) -> ApiResult<()> {
        self.keys.push(key);
        let exceeded = match self.trust.recent.find(key) {
            Some(Judged::Accepted(user, kind)) => {
                let exceeded = self.state.user_limit.as_ref().and_then(|limiter| limiter.exhausted_user(&user));
                if exceeded.is_some() {
                    Call::set_user(self.request, &user, kind);
                }
                exceeded
            }
            Some(Judged::Refused) => {
                let client = events::client(self.state, self.request.request());
                self.state.refusal_limit.as_ref().and_then(|limiter| limiter.exhausted_address(client))
            }
            None => {
                self.is_remembered = false;
                None
            }
        };
        exceeded.map_or(Ok(()), |standing| Err(rate_limit::exceeded(self.state, standing)))
    }

    /// Remembers the user that this credential has proved.
    pub(super) fn remember(self, user: &UserId, kind: Kind) {
        if !self.is_remembered {
            self.trust.recent.accepted(self.keys, user.as_str(), kind);
        }
    }

    /// Remembers that this credential was refused to an address over its limit.
    pub(super) fn remember_refusal(self) {
        self.keys.into_iter().for_each(|key| self.trust.recent.refused(key));
    }
}
