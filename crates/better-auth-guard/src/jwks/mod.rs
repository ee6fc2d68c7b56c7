//! Caches the key set and refreshes it.
//!
//! A token whose key is not in the fetched set is invalid. If the key set is unavailable, the token cannot be verified. The last
//! fetched set stays valid for a day while its source is unreachable. A front end may respond with 404, or have an empty table, while
//! it is deployed. So neither removes the keys that it published before.

mod any_source;
mod better_auth;
mod file;
mod http_client;
#[cfg(feature = "reqwest")]
mod reqwest_client;
mod source;
mod url;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::credential::Credential;
use crate::credential_kind::CredentialKind;
use crate::endpoints::without_query;
use crate::invalid_credential::{CredentialErrorReason, InvalidCredential};
use crate::key_set::{KeySet, RejectedJwk};
use crate::source_location::SourceLocation;
use crate::verifier::{CredentialHeaders, Verifier};
pub use any_source::Jwks;
pub use better_auth::{BetterAuthJwks, JwksTable};
pub use file::JwksFile;
pub use http_client::{HttpClient, HttpResponse};
pub use source::{JwksSource, KeyOrigin, LoadedKeys};
pub use url::JwksUrl;

/// The minimum interval between fetches, for any number of unknown keys.
const MIN_INTERVAL: Duration = Duration::from_secs(2);
/// The interval of refreshes without a request for one.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// The maximum age of a set. An older set is not used.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// The maximum time that a request waits for newer keys.
///
/// It covers the fetch timeout of 2.5 s and 1 s for the table.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(3500);

/// The cached key set and its refresh.
///
/// One task, [`JwksCache::run_refresh_loop`], fetches. Requests notify it and wait for the end of an attempt. So only one fetch
/// is in flight, and the end of a request does not cancel it.
pub struct JwksCache {
    source: Jwks,
    current: RwLock<Option<Fetched>>,
    /// The last time that a request needed an unknown key.
    refresh_requested_at: watch::Sender<Option<Instant>>,
    is_fetching: AtomicBool,
    last_attempt: watch::Sender<Option<Attempt>>,
    times_fetched: AtomicU64,
    times_failed: AtomicU64,
}

/// Statistics of the key set, for metrics and readiness.
#[derive(Clone, Copy, Debug)]
pub struct JwksStats {
    /// The number of keys in use.
    pub keys: usize,
    /// The time since the fetch, or `None` without a valid set.
    pub age: Option<Duration>,
    /// Successful attempts.
    pub fetched: u64,
    /// Failed attempts.
    pub failed: u64,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    origin: KeyOrigin,
    fetched_at: Instant,
}

/// A completed fetch attempt.
#[derive(Clone)]
struct Attempt {
    started: Instant,
    outcome: Result<(), String>,
}

impl JwksCache {
    /// Creates an empty cache for this source. Nothing is fetched yet.
    pub fn new(source: Jwks) -> Self {
        Self {
            source,
            current: RwLock::default(),
            refresh_requested_at: watch::Sender::default(),
            is_fetching: AtomicBool::new(false),
            last_attempt: watch::Sender::default(),
            times_fetched: AtomicU64::new(0),
            times_failed: AtomicU64::new(0),
        }
    }

    /// Returns the statistics of the key set.
    pub fn stats(&self) -> JwksStats {
        let fetched = self.fetched();
        JwksStats {
            keys: fetched.as_ref().map_or(0, |fetched| fetched.keys.len()),
            age: fetched.map(|fetched| fetched.fetched_at.elapsed()),
            fetched: self.times_fetched.load(Ordering::Relaxed),
            failed: self.times_failed.load(Ordering::Relaxed),
        }
    }

    /// Returns the last fetched keys. The set is empty before the first fetch and after a day without one.
    pub fn current(&self) -> Arc<KeySet> {
        self.fetched().map(|fetched| fetched.keys).unwrap_or_default()
    }

    /// Returns where the keys are, for explanations.
    pub(crate) fn location(&self) -> Option<&SourceLocation> {
        self.source.location()
    }

    fn fetched(&self) -> Option<Fetched> {
        let current = self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        current.clone().filter(|fetched| fetched.fetched_at.elapsed() < MAX_AGE)
    }

    /// Starts to wait for newer keys, for a token with an unknown key.
    pub fn wait_for_refresh(&self) -> RefreshWait<'_> {
        RefreshWait {
            cache: self,
            // subscribes before it reads `is_fetching`: it must not miss the end of an attempt in flight
            attempts: self.last_attempt.subscribe(),
            is_in_flight: self.is_fetching.load(Ordering::SeqCst),
            requested_at: Instant::now(),
            is_done: false,
        }
    }

    /// Requests a refresh without waiting for it.
    pub fn refresh(&self) {
        self.refresh_requested_at.send_modify(|latest| *latest = (*latest).max(Some(Instant::now())));
    }

    /// Fetches now, then for each refresh request and every 300 s. Never returns.
    ///
    /// The periodic refresh removes withdrawn keys.
    pub async fn run_refresh_loop(&self) {
        let mut requests = self.refresh_requested_at.subscribe();
        loop {
            let started = Instant::now();
            self.is_fetching.store(true, Ordering::SeqCst);
            let outcome = self.fetch().await;
            let counter = if outcome.is_ok() { &self.times_fetched } else { &self.times_failed };
            counter.fetch_add(1, Ordering::Relaxed);
            self.is_fetching.store(false, Ordering::SeqCst);
            self.last_attempt.send_replace(Some(Attempt { started, outcome }));
            let new_request = requests.wait_for(|latest| latest.is_some_and(|latest| latest > started));
            let _ = timeout(REFRESH_EVERY, new_request).await;
            sleep_until(started + MIN_INTERVAL).await;
        }
    }

    /// Verifies the credential of a request. If its key is unknown, waits for newer keys.
    ///
    /// Returns `Ok(None)` without a credential. The caller must look up a [`Credential::Session`].
    ///
    /// # Errors
    /// The credential is invalid, or newer keys are unavailable.
    pub async fn verify(
        &self,
        verifier: &Verifier,
        headers: &CredentialHeaders<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<(CredentialKind, Credential)>, VerifyError> {
        let mut outcome = verifier.verify(headers, &self.current(), now);
        let mut refresh = None;
        while let Err(InvalidCredential { kind, reason: CredentialErrorReason::UnknownKey }) = outcome {
            let refresh = refresh.get_or_insert_with(|| self.wait_for_refresh());
            let newer = refresh.next().await;
            match newer.map_err(|cause| VerifyError::Undecided(UndecidedCredential { kind, cause }))? {
                Some(keys) => outcome = verifier.verify(headers, &keys, now),
                None => break,
            }
        }
        outcome.map_err(VerifyError::Invalid)
    }

    async fn fetch(&self) -> Result<(), String> {
        let previous = self.fetched().map(|fetched| fetched.origin);
        let LoadedKeys { keys, rejected, origin, .. } = self.source.load(previous).await.inspect_err(|cause| {
            log::warn!("key set fetch failed: {cause}");
        })?;
        for RejectedJwk { kid, reason } in rejected {
            log::warn!("key rejected: kid={} reason={reason}", kid.as_deref().unwrap_or("none"));
        }
        if previous != Some(origin) {
            match self.location() {
                Some(SourceLocation::Url(url)) if origin == KeyOrigin::Url => {
                    log::info!("public keys {origin} url={}", without_query(url));
                }
                _ => log::info!("public keys {origin}"),
            }
        }
        log::debug!("key set fetched: keys={}", keys.len());
        let fetched = Fetched { keys: Arc::new(keys), origin, fetched_at: Instant::now() };
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(fetched);
        Ok(())
    }
}

/// Why [`JwksCache::verify`] did not accept a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VerifyError {
    /// The credential is invalid.
    Invalid(InvalidCredential),
    /// The credential's key is unknown, and newer keys are unavailable.
    Undecided(UndecidedCredential),
}

/// A credential that could not be verified, because newer keys are unavailable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndecidedCredential {
    /// The kind of the credential.
    pub kind: CredentialKind,
    /// The cause, for the log.
    pub cause: String,
}

/// Waits for key sets that are newer than the current one.
pub struct RefreshWait<'a> {
    cache: &'a JwksCache,
    attempts: watch::Receiver<Option<Attempt>>,
    is_in_flight: bool,
    requested_at: Instant,
    is_done: bool,
}

impl RefreshWait<'_> {
    /// Returns the keys of the next attempt that completes.
    ///
    /// An attempt in flight may already have the new key. An attempt that started after [`JwksCache::wait_for_refresh`] is the last
    /// one: after it, this function returns `None`.
    ///
    /// # Errors
    /// The source is unreachable, or the wait timed out after 3.5 s.
    pub async fn next(&mut self) -> Result<Option<Arc<KeySet>>, String> {
        if self.is_done {
            return Ok(None);
        }
        if !std::mem::take(&mut self.is_in_flight) {
            // keeps the latest timestamp: a call on another thread may run first
            self.cache.refresh_requested_at.send_modify(|latest| *latest = (*latest).max(Some(self.requested_at)));
        }
        let completed = timeout_at(self.requested_at + REFRESH_TIMEOUT, self.attempts.changed()).await;
        completed.map_err(|_| "the key set fetch timed out")?.map_err(|_| "the key set refresh has stopped")?;
        let Some(Attempt { started, outcome }) = self.attempts.borrow_and_update().clone() else { return Ok(None) };
        outcome?;
        self.is_done = started >= self.requested_at;
        Ok(Some(self.cache.current()))
    }
}
