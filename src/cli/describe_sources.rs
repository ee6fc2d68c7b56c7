//! Describes the sources of keys and sessions as the end of a sentence.

use better_auth_guard::explain::SourceLocation;

use crate::config::{Config, KeySource, SessionSource};
use crate::db::DatabaseUrl;

/// Describes the source of the public keys.
pub(crate) fn keys(source: &KeySource) -> SourceLocation {
    match source {
        KeySource::Url(url) | KeySource::BetterAuth(url) => SourceLocation::Url(url.clone()),
        KeySource::File(path) => SourceLocation::Other(format!("in {}", path.display())),
        KeySource::Table => SourceLocation::Other("in Better Auth's jwks table".to_owned()),
    }
}

/// Returns the key source to use without a database. The front end then has no fallback to the `jwks` table. Returns `None` if the
/// table is the source.
pub(crate) fn without_table(source: KeySource) -> Option<KeySource> {
    match source {
        KeySource::Table => None,
        KeySource::BetterAuth(url) => Some(KeySource::Url(url)),
        source => Some(source),
    }
}

/// Describes the source of the sessions.
pub(crate) fn sessions(config: &Config) -> SourceLocation {
    let text = match &config.auth.sessions {
        SessionSource::BetterAuth(url) => return SourceLocation::Url(url.clone()),
        SessionSource::Database { .. } => format!("in {}", config.database.url),
        SessionSource::Redis(redis) => format!("in Better Auth's secondary storage, {:?}", redis.url),
        SessionSource::Cookie => "in the cookie session_data".to_owned(),
    };
    SourceLocation::Other(text)
}

/// Returns an error text if the SQLite file does not exist. Opening the database would create the file.
pub(crate) fn missing_file(config: &Config) -> Option<String> {
    match &config.database.url {
        DatabaseUrl::Sqlite(file) if !file.is_file() => {
            Some(format!("the database file of {} does not exist", config.database.url))
        }
        _ => None,
    }
}
