//! The key set in use: where it comes from, and when it is fetched again.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::auth::{KeySet, RefusedKey};
use crate::store::Db;

/// Between two fetches there is at least this much time, however many unknown keys are asked for.
const MIN_INTERVAL: Duration = Duration::from_secs(2);
/// How often the set is fetched without being asked for.
const REFRESH_EVERY: Duration = Duration::from_secs(300);
/// A set that could not be renewed for so long is not believed any more.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

enum Source {
    File(PathBuf),
    /// Better Auth's `jwks` table. Where there is none, there are no keys, and no asymmetric token is accepted.
    Table(Db),
}

/// The keys in use, and the way to newer ones.
pub struct Keys {
    source: Source,
    current: RwLock<Fetched>,
    /// Held while fetching, by one at a time; when the last attempt ended, and how.
    fetching: tokio::sync::Mutex<Option<(Instant, Result<(), String>)>>,
}

#[derive(Clone, Default)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Option<Instant>,
}

impl Keys {
    /// Keys from this file, or else from Better Auth's table in the database. Nothing is fetched yet.
    pub fn new(file: Option<PathBuf>, db: Db) -> Self {
        let source = match file {
            Some(file) => Source::File(file),
            None => Source::Table(db),
        };
        Self { source, current: RwLock::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// The keys as last fetched; none before the first time, or when that is too long ago.
    pub fn current(&self) -> Arc<KeySet> {
        let fetched = self.current.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        match fetched.at {
            Some(at) if at.elapsed() < MAX_AGE => fetched.keys,
            _ => Arc::default(),
        }
    }

    /// Keys that were fetched after this call began, for a token whose key is not among the current ones.
    ///
    /// # Errors
    /// The source cannot be reached, and why.
    pub async fn newer(&self) -> Result<Arc<KeySet>, String> {
        let asked = Instant::now();
        let mut last = self.fetching.lock().await;
        // whoever held the lock before us may have tried what we came for
        if let Some((at, outcome)) = &*last {
            if *at >= asked {
                return outcome.clone().map(|()| self.current());
            }
            tokio::time::sleep(MIN_INTERVAL.saturating_sub(at.elapsed())).await;
        }
        let outcome = self.fetch().await;
        *last = Some((Instant::now(), outcome.clone()));
        outcome.map(|()| self.current())
    }

    /// Fetches at once, and then again and again, so that a key that was withdrawn does not stay. Never ends.
    pub async fn keep_fresh(&self) {
        loop {
            // a failure is logged where it happens, and what was fetched before serves on
            let _ = self.newer().await;
            tokio::time::sleep(REFRESH_EVERY).await;
        }
    }

    async fn fetch(&self) -> Result<(), String> {
        let (keys, refused) = match self.load().await {
            Ok(loaded) => loaded,
            Err(cause) => {
                log::warn!("the key set could not be fetched: {cause}");
                return Err(cause);
            }
        };
        for RefusedKey { kid, why } in refused {
            log::warn!("a key of the key set is not used (kid {}): {why}", kid.as_deref().unwrap_or("none"));
        }
        log::debug!("the key set has {} keys", keys.len());
        let fetched = Fetched { keys: Arc::new(keys), at: Some(Instant::now()) };
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = fetched;
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
