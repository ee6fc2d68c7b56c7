//! The key set in use: where it comes from, and when it is fetched again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout, timeout_at};

use crate::auth::{KeySet, RefusedKey};
use crate::store::Db;

/// From one fetch to the next there is at least this much time, however many unknown keys are asked for.
const MIN_INTERVAL: Duration = Duration::from_secs(2);
/// How often the set is fetched without being asked for.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// A set that could not be renewed for so long is not believed any more.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request waits for newer keys: as long as one fetch may take, and a second for the table after it.
const PATIENCE: Duration = Duration::from_millis(3500);

enum Source {
    File(PathBuf),
    /// Better Auth's `jwks` table. Where there is none, there are no keys, and no asymmetric token is accepted.
    Table(Db),
}

/// The keys in use, and the way to newer ones.
///
/// One task, [`Keys::keep_fresh`], fetches; requests tell it that they wait, and are told when an attempt has ended. So there is one
/// fetch at a time, and none that ends with the request that caused it.
pub struct Keys {
    source: Source,
    current: RwLock<Option<Fetched>>,
    /// When a key was last asked for that is not among the current ones.
    wanted: watch::Sender<Option<Instant>>,
    is_fetching: AtomicBool,
    last_attempt: watch::Sender<Option<Attempt>>,
}

#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Instant,
}

/// An attempt to fetch that has ended.
#[derive(Clone)]
struct Attempt {
    began: Instant,
    outcome: Result<(), String>,
}

impl Keys {
    /// Keys from this file, or else from Better Auth's table in the database. Nothing is fetched yet.
    pub fn new(file: Option<PathBuf>, db: Db) -> Self {
        let source = match file {
            Some(file) => Source::File(file),
            None => Source::Table(db),
        };
        Self {
            source,
            current: RwLock::default(),
            wanted: watch::Sender::default(),
            is_fetching: AtomicBool::new(false),
            last_attempt: watch::Sender::default(),
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
    pub fn newer(&self) -> Newer<'_> {
        Newer {
            keys: self,
            // before the next line, so that the end of what is under way is not missed
            attempts: self.last_attempt.subscribe(),
            is_under_way: self.is_fetching.load(Ordering::SeqCst),
            asked: Instant::now(),
            is_settled: false,
        }
    }

    /// Fetches at once, then whenever somebody waits for newer keys, and else now and then, so that a key that was withdrawn does
    /// not stay. Never ends.
    pub async fn keep_fresh(&self) {
        let mut wanted = self.wanted.subscribe();
        loop {
            let began = Instant::now();
            self.is_fetching.store(true, Ordering::SeqCst);
            let outcome = self.fetch().await;
            self.is_fetching.store(false, Ordering::SeqCst);
            self.last_attempt.send_replace(Some(Attempt { began, outcome }));
            let since = wanted.wait_for(|asked| asked.is_some_and(|asked| asked > began));
            let _ = timeout(REFRESH_EVERY, since).await;
            sleep_until((began + MIN_INTERVAL).into()).await;
        }
    }

    async fn fetch(&self) -> Result<(), String> {
        let (keys, refused) = self.load().await.inspect_err(|cause| {
            log::warn!("the key set could not be fetched: {cause}");
        })?;
        for RefusedKey { kid, why } in refused {
            log::warn!("a key of the key set is not used (kid {}): {why}", kid.as_deref().unwrap_or("none"));
        }
        log::debug!("the key set has {} keys", keys.len());
        let fetched = Fetched { keys: Arc::new(keys), at: Instant::now() };
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(fetched);
        Ok(())
    }

    async fn load(&self) -> Result<(KeySet, Vec<RefusedKey>), String> {
        match &self.source {
            Source::File(path) => {
                let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                KeySet::from_json(&text).map_err(|problem| format!("{}: {problem}", path.display()))
            }
            Source::Table(db) => {
                let jwks = db.public_keys(Utc::now()).await.map_err(|error| error.to_string())?;
                Ok(KeySet::from_jwks(&jwks.unwrap_or_default()))
            }
        }
    }
}

/// Sets newer than the current one, as they come.
pub struct Newer<'a> {
    keys: &'a Keys,
    attempts: watch::Receiver<Option<Attempt>>,
    is_under_way: bool,
    asked: Instant,
    is_settled: bool,
}

impl Newer<'_> {
    /// The keys of the next attempt that ends. One that was under way may have them; one that began since [`Keys::newer`] was called
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
        let ended = timeout_at((self.asked + PATIENCE).into(), self.attempts.changed()).await;
        ended.map_err(|_| "the key set was not fetched in time")?.map_err(|_| "keys are not fetched any more")?;
        let Some(Attempt { began, outcome }) = self.attempts.borrow_and_update().clone() else { return Ok(None) };
        outcome?;
        self.is_settled = began >= self.asked;
        Ok(Some(self.keys.current()))
    }
}
