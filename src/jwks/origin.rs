//! Where keys are loaded from, and what takes the place of a front end that cannot be asked.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::auth::{KeySet, RejectedJwk};
use crate::config::KeySource;
use crate::db::Db;
use crate::jwks::fetch::{Answer, fetch};

pub(crate) enum Source {
    Url(Url),
    File(PathBuf),
    FrontEnd(Url, Db),
    Table(Db),
}

/// Keys, those that are refused, and where both were.
pub(crate) struct Loaded {
    pub keys: KeySet,
    pub refused: Vec<RejectedJwk>,
    pub place: KeyOrigin,
    /// What the clock said of the server that they came from.
    pub date: Option<DateTime<Utc>>,
}

/// Where keys were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// At a URL.
    Url,
    /// In `JWKS_FILE`.
    File,
    /// In Better Auth's `jwks` table.
    Table,
    /// There are none: no table, and a front end that publishes none.
    Nowhere,
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "come from their URL",
            Self::File => "come from JWKS_FILE",
            Self::Table => "come from Better Auth's jwks table",
            Self::Nowhere => "are published nowhere, so that only JWTs with a shared secret are accepted",
        })
    }
}

impl Source {
    pub(crate) fn new(source: &KeySource, db: Db) -> Self {
        match source {
            KeySource::Url(url) => Self::Url(url.clone()),
            KeySource::File(path) => Self::File(path.clone()),
            KeySource::FrontEnd(url) => Self::FrontEnd(url.clone(), db),
            KeySource::Table => Self::Table(db),
        }
    }

    /// Loads the keys. `before` is where those came from that are now in use, if there are any.
    ///
    /// # Errors
    /// The source cannot be reached or is no key set, and why.
    pub(crate) async fn load(&self, before: Option<KeyOrigin>) -> Result<Loaded, String> {
        match self {
            Self::Url(url) => match fetch(url).await {
                Ok(answer) => Ok(answer.into()),
                Err(failure) => Err(failure.why),
            },
            Self::File(path) => {
                let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
                let set = KeySet::from_json(&text).map_err(|problem| format!("{}: {problem}", path.display()))?;
                Ok(Loaded::new(KeyOrigin::File, set))
            }
            Self::FrontEnd(url, db) => from_front_end(url, db, before).await,
            Self::Table(db) => Ok(match table(db).await? {
                Some(jwks) => Loaded::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)),
                None => Loaded::new(KeyOrigin::Nowhere, Default::default()),
            }),
        }
    }
}

impl Loaded {
    fn new(place: KeyOrigin, (keys, refused): (KeySet, Vec<RejectedJwk>)) -> Self {
        Self { keys, refused, place, date: None }
    }
}

impl From<Answer> for Loaded {
    fn from(Answer { set, date }: Answer) -> Self {
        Self { date, ..Self::new(KeyOrigin::Url, set) }
    }
}

/// A front end that has given keys once, and then gives none, is away: only other keys take the place of its own.
async fn from_front_end(url: &Url, db: &Db, before: Option<KeyOrigin>) -> Result<Loaded, String> {
    let failure = match fetch(url).await {
        Ok(answer) => return Ok(answer.into()),
        Err(failure) => failure,
    };
    let is_new = before != Some(KeyOrigin::Url);
    match table(db).await.map_err(|cause| format!("{}; and the jwks table: {cause}", failure.why))? {
        Some(jwks) if is_new || !jwks.is_empty() => {
            log::debug!("{}", failure.why);
            Ok(Loaded::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)))
        }
        None if is_new && failure.is_absence => Ok(Loaded::new(KeyOrigin::Nowhere, Default::default())),
        _ => Err(failure.why),
    }
}

async fn table(db: &Db) -> Result<Option<Vec<Value>>, String> {
    db.public_keys(Utc::now()).await.map_err(|error| error.to_string())
}
