//! The key set in use: where it comes from, and when it is fetched again.
//!
//! The first of these that is configured is the source:
//!
//! 1. `JWKS_URL`, alone: where it cannot be had, nothing takes its place.
//! 2. `JWKS_FILE`, alone.
//! 3. The key set of the front end, at `BETTER_AUTH_URL` + `/api/auth/jwks`. It is asked first, because it serves what Better Auth
//!    signs with. But it may be out of the service's reach, or have no such route, while both share a database: where it cannot be
//!    had for whatever reason, the keys are those of Better Auth's `jwks` table. Without a table there are no keys if the front end
//!    answers 404 (it has no jwt plugin), and otherwise nothing is known.
//!    A URL with plain http to another machine is not asked, unless `JWKS_ALLOW_HTTP=true`.
//! 4. Without `BETTER_AUTH_URL`, the table; without a table there are no keys.
//!
//! A key that is not in a set that could be had is unknown (401). Where nothing is known it is not: 503. What was fetched last serves
//! on for a day while its source is away. That is also why a front end that gave keys once, and later answers 404 or has an empty
//! table behind it, does not take them back: that is what a front end looks like while it is deployed.

mod fetch;
mod origin;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout, timeout_at};

use crate::auth::{KeySet, RejectedJwk};
use crate::config::KeySource;
use crate::db::Db;
use crate::jwks::origin::{Loaded, Source};
pub use origin::KeyOrigin;

/// From one fetch to the next there is at least this much time, however many unknown keys are asked for.
const MIN_INTERVAL: Duration = Duration::from_secs(2);
/// How often the set is fetched without being asked for.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// A set that could not be renewed for so long is not believed any more.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request waits for newer keys: as long as one fetch may take, and a second for the table after it.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(3500);

/// The keys in use, and the way to newer ones.
///
/// One task, [`JwksCache::run_refresh_loop`], fetches; requests tell it that they wait, and are told when an attempt has ended. So there is one
/// fetch at a time, and none that ends with the request that caused it.
pub struct JwksCache {
    source: Source,
    current: RwLock<Option<Fetched>>,
    /// When a key was last asked for that is not among the current ones.
    wanted: watch::Sender<Option<Instant>>,
    is_fetching: AtomicBool,
    last_attempt: watch::Sender<Option<Attempt>>,
    times_fetched: AtomicU64,
    times_failed: AtomicU64,
}

/// How the key set is, for those who watch over the service.
#[derive(Clone, Copy, Debug)]
pub struct JwksStats {
    /// How many keys are in use.
    pub keys: usize,
    /// Since they were fetched; `None` where there are none that are believed.
    pub age: Option<Duration>,
    /// Attempts to fetch that gave a set.
    pub fetched: u64,
    /// Attempts that gave none.
    pub failed: u64,
}

/// What one look at a source gave.
pub struct LoadedKeys {
    /// The keys.
    pub keys: KeySet,
    /// Keys that are not used.
    pub refused: Vec<RejectedJwk>,
    /// Where they were.
    pub place: KeyOrigin,
    /// What the clock said of the server that they came from, where it said so.
    pub date: Option<DateTime<Utc>>,
}

/// Loads the keys of a source once, as the service does when it starts.
///
/// # Errors
/// The source cannot be reached or is no key set, and why.
pub async fn load_once(source: &KeySource, db: &Db) -> Result<LoadedKeys, String> {
    let Loaded { keys, refused, place, date } = Source::new(source, db.clone()).load(None).await?;
    Ok(LoadedKeys { keys, refused, place, date })
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    place: KeyOrigin,
    at: Instant,
}

/// An attempt to fetch that has ended.
#[derive(Clone)]
struct Attempt {
    began: Instant,
    outcome: Result<(), String>,
}

impl JwksCache {
    /// Keys from this source. Nothing is fetched yet.
    pub fn new(source: &KeySource, db: Db) -> Self {
        Self {
            source: Source::new(source, db),
            current: RwLock::default(),
            wanted: watch::Sender::default(),
            is_fetching: AtomicBool::new(false),
            last_attempt: watch::Sender::default(),
            times_fetched: AtomicU64::new(0),
            times_failed: AtomicU64::new(0),
        }
    }

    /// How the key set is.
    pub fn stats(&self) -> JwksStats {
        let fetched = self.fetched();
        JwksStats {
            keys: fetched.as_ref().map_or(0, |fetched| fetched.keys.len()),
            age: fetched.map(|fetched| fetched.at.elapsed()),
            fetched: self.times_fetched.load(Ordering::Relaxed),
            failed: self.times_failed.load(Ordering::Relaxed),
        }
    }

    /// The keys as last fetched; none before the first time, or when that is too long ago.
    pub fn current(&self) -> Arc<KeySet> {
        self.fetched().map(|fetched| fetched.keys).unwrap_or_default()
    }

    fn fetched(&self) -> Option<Fetched> {
        let current = self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        current.clone().filter(|fetched| fetched.at.elapsed() < MAX_AGE)
    }

    /// The way to newer keys, for a token whose key is not among the current ones.
    pub fn wait_for_refresh(&self) -> RefreshWait<'_> {
        RefreshWait {
            keys: self,
            // before the next line, so that the end of what is under way is not missed
            attempts: self.last_attempt.subscribe(),
            is_under_way: self.is_fetching.load(Ordering::SeqCst),
            asked: Instant::now(),
            is_settled: false,
        }
    }

    /// Has the set fetched soon, though nobody waits for it.
    pub fn refresh(&self) {
        self.wanted.send_modify(|wanted| *wanted = (*wanted).max(Some(Instant::now())));
    }

    /// Fetches at once, then whenever somebody waits for newer keys, and else now and then, so that a key that was withdrawn does
    /// not stay. Never ends.
    pub async fn run_refresh_loop(&self) {
        let mut wanted = self.wanted.subscribe();
        loop {
            let began = Instant::now();
            self.is_fetching.store(true, Ordering::SeqCst);
            let outcome = self.fetch().await;
            let counter = if outcome.is_ok() { &self.times_fetched } else { &self.times_failed };
            counter.fetch_add(1, Ordering::Relaxed);
            self.is_fetching.store(false, Ordering::SeqCst);
            self.last_attempt.send_replace(Some(Attempt { began, outcome }));
            let since = wanted.wait_for(|asked| asked.is_some_and(|asked| asked > began));
            let _ = timeout(REFRESH_EVERY, since).await;
            sleep_until((began + MIN_INTERVAL).into()).await;
        }
    }

    async fn fetch(&self) -> Result<(), String> {
        let before = self.fetched().map(|fetched| fetched.place);
        let Loaded { keys, refused, place, .. } = self.source.load(before).await.inspect_err(|cause| {
            log::warn!("the key set could not be fetched: {cause}");
        })?;
        for RejectedJwk { kid, why } in refused {
            log::warn!("a key of the key set is not used (kid {}): {why}", kid.as_deref().unwrap_or("none"));
        }
        if before != Some(place) {
            log::info!("public keys {place}");
        }
        log::debug!("the key set has {} keys", keys.len());
        let fetched = Fetched { keys: Arc::new(keys), place, at: Instant::now() };
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(fetched);
        Ok(())
    }
}

/// Sets newer than the current one, as they come.
pub struct RefreshWait<'a> {
    keys: &'a JwksCache,
    attempts: watch::Receiver<Option<Attempt>>,
    is_under_way: bool,
    asked: Instant,
    is_settled: bool,
}

impl RefreshWait<'_> {
    /// The keys of the next attempt that ends. One that was under way may have them; one that began since `JwksCache::newer` was called
    /// is the last word, and after it there is nothing.
    ///
    /// # Errors
    /// The source cannot be reached, or not in time, and why.
    pub async fn next(&mut self) -> Result<Option<Arc<KeySet>>, String> {
        if self.is_settled {
            return Ok(None);
        }
        if !std::mem::take(&mut self.is_under_way) {
            // by the latest who asked: calls on other threads may overtake this one
            self.keys.wanted.send_modify(|wanted| *wanted = (*wanted).max(Some(self.asked)));
        }
        let ended = timeout_at((self.asked + REFRESH_TIMEOUT).into(), self.attempts.changed()).await;
        ended.map_err(|_| "the key set was not fetched in time")?.map_err(|_| "keys are not fetched any more")?;
        let Some(Attempt { began, outcome }) = self.attempts.borrow_and_update().clone() else { return Ok(None) };
        outcome?;
        self.is_settled = began >= self.asked;
        Ok(Some(self.keys.current()))
    }
}
