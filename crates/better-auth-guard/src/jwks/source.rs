//! Sources of key sets.

use std::fmt;

use chrono::{DateTime, Utc};

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
