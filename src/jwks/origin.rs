//! Loads keys from their source. The `jwks` table is the fallback for an unreachable front end.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::auth::{KeySet, RejectedJwk};
use crate::config::KeySource;
use crate::db::Db;
use crate::jwks::fetch::{FetchedKeySet, fetch};

pub(crate) enum Source {
    Url(Url),
    File(PathBuf),
    BetterAuth(Url, Db),
    Table(Db),
}

/// Keys, rejected keys, and their origin.
pub(crate) struct Loaded {
    pub keys: KeySet,
    pub rejected: Vec<RejectedJwk>,
    pub origin: KeyOrigin,
    /// The `Date` of the server's response.
    pub date: Option<DateTime<Utc>>,
}

/// The origin of loaded keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// A URL.
    Url,
    /// `JWKS_FILE`.
    File,
    /// Better Auth's `jwks` table.
    Table,
    /// No keys: the table is missing, and the front end publishes none.
    NotPublished,
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "loaded: source=url",
            Self::File => "loaded: source=JWKS_FILE",
            Self::Table => "loaded: source=jwks_table",
            Self::NotPublished => "unavailable: source=none; only HS256 JWTs are accepted",
        })
    }
}

impl Source {
    pub(crate) fn new(source: &KeySource, db: Db) -> Self {
        match source {
            KeySource::Url(url) => Self::Url(url.clone()),
            KeySource::File(path) => Self::File(path.clone()),
            KeySource::BetterAuth(url) => Self::BetterAuth(url.clone(), db),
            KeySource::Table => Self::Table(db),
        }
    }

    /// Loads the keys. `previous` is the origin of the keys in use.
    ///
    /// # Errors
    /// The source is unreachable or is not a valid key set.
    pub(crate) async fn load(&self, previous: Option<KeyOrigin>) -> Result<Loaded, String> {
        match self {
            Self::Url(url) => match fetch(url).await {
                Ok(fetched) => Ok(fetched.into()),
                Err(failure) => Err(failure.cause),
            },
            Self::File(path) => {
                let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                let set = KeySet::from_json(&text).map_err(|problem| format!("{}: {problem}", path.display()))?;
                Ok(Loaded::new(KeyOrigin::File, set))
            }
            Self::BetterAuth(url, db) => load_from_front_end(url, db, previous).await,
            Self::Table(db) => Ok(match load_table(db).await? {
                Some(jwks) => Loaded::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)),
                None => Loaded::new(KeyOrigin::NotPublished, Default::default()),
            }),
        }
    }
}

impl Loaded {
    fn new(origin: KeyOrigin, (keys, rejected): (KeySet, Vec<RejectedJwk>)) -> Self {
        Self { keys, rejected, origin, date: None }
    }
}

impl From<FetchedKeySet> for Loaded {
    fn from(FetchedKeySet { set, date }: FetchedKeySet) -> Self {
        Self { date, ..Self::new(KeyOrigin::Url, set) }
    }
}

/// Loads keys from the front end, with the table as the fallback.
///
/// A missing or empty table does not replace keys of the front end that are in use. The front end then counts as unreachable.
async fn load_from_front_end(url: &Url, db: &Db, previous: Option<KeyOrigin>) -> Result<Loaded, String> {
    let failure = match fetch(url).await {
        Ok(fetched) => return Ok(fetched.into()),
        Err(failure) => failure,
    };
    let has_no_keys_of_url = previous != Some(KeyOrigin::Url);
    match load_table(db).await.map_err(|cause| format!("{}; and the jwks table: {cause}", failure.cause))? {
        Some(jwks) if has_no_keys_of_url || !jwks.is_empty() => {
            log::debug!("{}", failure.cause);
            Ok(Loaded::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)))
        }
        None if has_no_keys_of_url && failure.is_not_found => {
            Ok(Loaded::new(KeyOrigin::NotPublished, Default::default()))
        }
        _ => Err(failure.cause),
    }
}

async fn load_table(db: &Db) -> Result<Option<Vec<Value>>, String> {
    db.public_keys(Utc::now()).await.map_err(|error| error.to_string())
}
