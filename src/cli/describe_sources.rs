//! Where keys and sessions are looked for, as the rest of a sentence.

use crate::config::{Config, KeySource, SessionSource};
use crate::db::DatabaseUrl;
use crate::http_client::without_query;

/// Where the public keys are.
pub(crate) fn of_keys(source: &KeySource) -> String {
    match source {
        KeySource::Url(url) | KeySource::FrontEnd(url) => format!("at {}", without_query(url)),
        KeySource::File(path) => format!("in {}", path.display()),
        KeySource::Table => "in Better Auth's jwks table".to_owned(),
    }
}

/// The source where there is no database: then no table takes the place of a front end. `None` where the table is the source.
pub(crate) fn without_table(source: KeySource) -> Option<KeySource> {
    match source {
        KeySource::Table => None,
        KeySource::FrontEnd(url) => Some(KeySource::Url(url)),
        source => Some(source),
    }
}

/// Where sessions are.
pub(crate) fn of_sessions(config: &Config) -> String {
    match &config.auth.sessions {
        SessionSource::Database { .. } => format!("in {}", config.database.url),
        SessionSource::Redis(redis) => format!("in Better Auth's secondary storage, {:?}", redis.url),
        SessionSource::FrontEnd(url) => format!("at {}", without_query(url)),
        SessionSource::Cookie => "in the cookie session_data".to_owned(),
    }
}

/// Says so where there is no database file: to open one would make it.
pub(crate) fn missing_file(config: &Config) -> Option<String> {
    match &config.database.url {
        DatabaseUrl::Sqlite(file) if !file.is_file() => {
            Some(format!("there is no database at {}", config.database.url))
        }
        _ => None,
    }
}
