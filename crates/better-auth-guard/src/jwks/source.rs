//! Sources of key sets.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::jwks::url::JwksUrl;
use crate::key_set::{KeySet, RejectedJwk};

/// A source of public keys.
pub trait JwksSource: Send + Sync + 'static {
    /// Loads the keys. `previous` is the origin of the keys in use.
    ///
    /// # Errors
    /// The source is unreachable, or its content is not a key set. The text is the cause, for the log; it must not contain a secret.
    fn load(&self, previous: Option<KeyOrigin>) -> impl Future<Output = Result<LoadedKeys, String>> + Send;
}

/// Keys loaded from a source.
pub struct LoadedKeys {
    /// The keys.
    pub keys: KeySet,
    /// The rejected keys.
    pub rejected: Vec<RejectedJwk>,
    /// The origin of the keys.
    pub origin: KeyOrigin,
    /// The `Date` of the server's response, if present.
    pub date: Option<DateTime<Utc>>,
}

impl LoadedKeys {
    /// Wraps a key set with its rejected keys.
    pub fn new(origin: KeyOrigin, (keys, rejected): (KeySet, Vec<RejectedJwk>)) -> Self {
        Self { keys, rejected, origin, date: None }
    }
}

/// The origin of loaded keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOrigin {
    /// A URL.
    Url,
    /// A file.
    File,
    /// Better Auth's `jwks` table.
    Table,
    /// A set in memory, or another source.
    Other,
    /// No keys: the table is missing, and the front end publishes none.
    NotPublished,
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "loaded: source=url",
            Self::File => "loaded: source=JWKS_FILE",
            Self::Table => "loaded: source=jwks_table",
            Self::Other => "loaded: source=other",
            Self::NotPublished => "unavailable: source=none; only HS256 JWTs are accepted",
        })
    }
}

type Load<'a> = Pin<Box<dyn Future<Output = Result<LoadedKeys, String>> + Send + 'a>>;

trait ErasedSource: Send + Sync {
    fn load(&self, previous: Option<KeyOrigin>) -> Load<'_>;
}

impl<S: JwksSource> ErasedSource for S {
    fn load(&self, previous: Option<KeyOrigin>) -> Load<'_> {
        Box::pin(JwksSource::load(self, previous))
    }
}

/// Any source of public keys.
pub struct Jwks(Box<dyn ErasedSource>);

impl Jwks {
    /// Uses any source.
    pub fn new(source: impl JwksSource) -> Self {
        Self(Box::new(source))
    }

    /// Fetches the key set at this URL with reqwest.
    #[cfg(feature = "reqwest")]
    pub fn url(url: url::Url) -> Self {
        Self::new(JwksUrl::new(url))
    }

    /// Reads the key set from a file. A changed file applies within 300 s, or sooner if a token has an unknown key.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(JwksFile(path.into()))
    }

    /// Uses a fixed set.
    pub fn set(keys: KeySet) -> Self {
        Self::new(FixedSet(keys))
    }

    /// Uses no public keys: only HS256 JWTs are accepted.
    pub fn none() -> Self {
        Self::set(KeySet::default())
    }

    /// Loads the keys once, without a cache. `previous` is the origin of the keys in use.
    ///
    /// # Errors
    /// As of [`JwksSource::load`].
    pub async fn load(&self, previous: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        self.0.load(previous).await
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwks(…)")
    }
}

/// A key set in a file: `{"keys":[…]}`.
#[derive(Clone, Debug)]
pub struct JwksFile(pub PathBuf);

impl JwksSource for JwksFile {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        let path = self.0.display();
        let text = std::fs::read(&self.0).map_err(|error| format!("{path}: {error}"))?;
        let set = KeySet::from_json(&text).map_err(|problem| format!("{path}: {problem}"))?;
        Ok(LoadedKeys::new(KeyOrigin::File, set))
    }
}

struct FixedSet(KeySet);

impl JwksSource for FixedSet {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        Ok(LoadedKeys::new(KeyOrigin::Other, (self.0.clone(), Vec::new())))
    }
}

/// Better Auth's `jwks` table.
pub trait JwksTable: Send + Sync + 'static {
    /// Reads the public keys as JWKs with their `kid`. Returns `None` without the table.
    ///
    /// # Errors
    /// The database is unreachable, or the table is ambiguous.
    fn load(&self) -> impl Future<Output = Result<Option<Vec<Value>>, String>> + Send;
}

/// The key set that Better Auth publishes, with its `jwks` table as the fallback.
///
/// The front end may be unreachable or have no such route, while both share a database. Without a table, the response 404 means that
/// there are no keys (the jwt plugin is missing). After any other failure the key set is unavailable.
pub struct BetterAuthJwks<T> {
    /// The front end's key set, or `None` for the table alone.
    pub url: Option<JwksUrl>,
    /// The table.
    pub table: T,
}

impl<T: JwksTable> JwksSource for BetterAuthJwks<T> {
    async fn load(&self, previous: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        let Some(url) = &self.url else {
            return Ok(match self.table.load().await? {
                Some(jwks) => LoadedKeys::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)),
                None => LoadedKeys::new(KeyOrigin::NotPublished, Default::default()),
            });
        };
        let failure = match url.fetch().await {
            Ok(loaded) => return Ok(loaded),
            Err(failure) => failure,
        };
        // a missing or empty table does not replace keys of the front end that are in use: the front end counts as unreachable
        let has_no_keys_of_url = previous != Some(KeyOrigin::Url);
        match self.table.load().await.map_err(|cause| format!("{}; and the jwks table: {cause}", failure.cause))? {
            Some(jwks) if has_no_keys_of_url || !jwks.is_empty() => {
                log::debug!("{}", failure.cause);
                Ok(LoadedKeys::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)))
            }
            None if has_no_keys_of_url && failure.is_not_found => {
                Ok(LoadedKeys::new(KeyOrigin::NotPublished, Default::default()))
            }
            _ => Err(failure.cause),
        }
    }
}
