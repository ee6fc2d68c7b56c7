//! The public keys of JWTs: the configured source, with Better Auth's `jwks` table.
//!
//! The first configured source applies:
//!
//! 1. `JWKS_URL`, without a fallback.
//! 2. `JWKS_FILE`, without a fallback.
//! 3. The front end's key set at `BETTER_AUTH_URL` + `/api/auth/jwks`, with the table as the fallback. The service uses plain http to
//!    another machine only with `JWKS_ALLOW_HTTP=true`.
//! 4. Without `BETTER_AUTH_URL`, the table. Without a table there are no keys.

use better_auth_guard::explain::SourceLocation;
use better_auth_guard::{BetterAuthJwks, Jwks, JwksTable, JwksUrl};
use chrono::Utc;
use serde_json::Value;
use url::Url;

use crate::config::KeySource;
use crate::db::Db;

/// The `User-Agent` of requests to the front end.
pub(crate) const USER_AGENT: &str = concat!("task-api/", env!("CARGO_PKG_VERSION"));

/// Returns the configured source.
pub fn source(source: &KeySource, db: Db) -> Jwks {
    let key_set = |url: &Url| JwksUrl::with_user_agent(url.clone(), USER_AGENT);
    match source {
        KeySource::Url(url) => Jwks::new(key_set(url)).at(SourceLocation::Url(url.clone())),
        KeySource::File(path) => Jwks::file(path.clone()),
        KeySource::BetterAuth(url) => {
            Jwks::new(BetterAuthJwks { url: Some(key_set(url)), table: db }).at(SourceLocation::Url(url.clone()))
        }
        KeySource::Table => Jwks::new(BetterAuthJwks { url: None, table: db }),
    }
}

impl JwksTable for Db {
    async fn load(&self) -> Result<Option<Vec<Value>>, String> {
        self.public_keys(Utc::now()).await.map_err(|error| error.to_string())
    }
}
