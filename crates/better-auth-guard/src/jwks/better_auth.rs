//! Loads the keys that Better Auth publishes.

use serde_json::Value;

use crate::jwks::source::{JwksSource, KeyOrigin, LoadedKeys};
use crate::jwks::url::JwksUrl;
use crate::key_set::KeySet;

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
                if previous == Some(KeyOrigin::Table) {
                    log::debug!("{}", failure.cause);
                } else {
                    log::warn!(
                        "the front end's key set is unavailable: the keys of the database's jwks table are trusted instead, \
                         and cannot be compared with it: cause={:?}",
                        failure.cause
                    );
                }
                Ok(LoadedKeys::new(KeyOrigin::Table, KeySet::from_jwks(&jwks)))
            }
            None if has_no_keys_of_url && failure.is_not_found => {
                Ok(LoadedKeys::new(KeyOrigin::NotPublished, Default::default()))
            }
            _ => Err(failure.cause),
        }
    }
}
