//! The source of sessions, and the names of Better Auth's tables.

use better_auth_guard::diesel::BetterAuthNames;
use better_auth_guard::endpoints::{self, EndpointError, get_session_url};
use better_auth_guard::sessions::RedisUrl;
use url::Url;

use crate::config::settings_reader::SettingsReader;

/// The source of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionSource {
    /// Better Auth's tables.
    Database {
        /// Whether the service is not ready without these tables.
        is_required: bool,
    },
    /// Better Auth's secondary storage in Redis.
    Redis(RedisSettings),
    /// Better Auth over HTTP, at this URL of `get-session`.
    BetterAuth(Url),
    /// No look-up: the signed cookie is the session, for a Better Auth without a database.
    Cookie,
}

/// Settings of Better Auth's secondary storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSettings {
    /// The URL (`REDIS_URL`).
    pub url: RedisUrl,
    /// The prefix of every key (`REDIS_KEY_PREFIX`). `None`: both usual prefixes are tried.
    pub prefix: Option<String>,
}

/// Reads `SESSION_SOURCE` and the settings of each source.
pub(crate) fn session_source(reader: &mut SettingsReader<'_>, base_url: Option<&str>) -> SessionSource {
    let allow_http = reader.flag("SESSION_ALLOW_HTTP");
    match reader.text_or("SESSION_SOURCE", "auto").as_str() {
        "auto" => SessionSource::Database { is_required: false },
        "redis" => redis(reader),
        "http" => better_auth(reader, base_url, allow_http),
        "cookie" => SessionSource::Cookie,
        source => {
            if source != "database" {
                reader.problem("SESSION_SOURCE", "must be auto, database, redis, http or cookie");
            }
            SessionSource::Database { is_required: true }
        }
    }
}

fn redis(reader: &mut SettingsReader<'_>) -> SessionSource {
    if reader.text("REDIS_URL").is_none() {
        reader.problem("REDIS_URL", "must be set for SESSION_SOURCE=redis");
    }
    let url = reader.optional("REDIS_URL", str::parse).unwrap_or_else(RedisUrl::local);
    SessionSource::Redis(RedisSettings { url, prefix: reader.text("REDIS_KEY_PREFIX") })
}

/// Derives the URL of `get-session` from `BETTER_AUTH_URL`.
///
/// The service sends session cookies to it, so it must be `https`, except on this machine.
fn better_auth(reader: &mut SettingsReader<'_>, base_url: Option<&str>, allow_http: bool) -> SessionSource {
    let fallback = SessionSource::Database { is_required: true };
    let Some(base_url) = base_url else {
        reader.problem("BETTER_AUTH_URL", "must be set for SESSION_SOURCE=http");
        return fallback;
    };
    // the reader of BETTER_AUTH_URL reports an invalid URL
    let Ok(url) = Url::parse(base_url).map(get_session_url) else { return fallback };
    match endpoints::check(&url, allow_http) {
        Ok(()) | Err(EndpointError::NotHttp) => {} // the reader of BETTER_AUTH_URL reports another scheme
        Err(EndpointError::HasUserInfo) => {
            reader.problem("BETTER_AUTH_URL", "must not contain a user name or a password for SESSION_SOURCE=http");
        }
        Err(EndpointError::PlainHttp) => reader.problem(
            "BETTER_AUTH_URL",
            "must be https for SESSION_SOURCE=http, except on this machine or with SESSION_ALLOW_HTTP=true",
        ),
    }
    SessionSource::BetterAuth(url)
}

/// Reads `SESSION_TABLE`, `USER_TABLE`, `JWKS_TABLE`, `BETTER_AUTH_COLUMNS` and `SESSION_TIMEZONE`.
pub(crate) fn names(reader: &mut SettingsReader<'_>) -> BetterAuthNames {
    BetterAuthNames {
        session: reader.optional("SESSION_TABLE", str::parse),
        user: reader.optional("USER_TABLE", str::parse),
        jwks: reader.optional("JWKS_TABLE", str::parse),
        columns: reader.list("BETTER_AUTH_COLUMNS", str::parse),
        time_zone: reader.read("SESSION_TIMEZONE", "UTC", |text| {
            text.parse::<chrono_tz::Tz>().map_err(|_| "must be the IANA name of a time zone, such as Europe/Berlin")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the source from these variables. Returns it with all problems.
    fn read(variables: &[(&str, &str)]) -> (SessionSource, Vec<String>) {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        let mut reader = SettingsReader::new(&lookup);
        let base = reader.text("BETTER_AUTH_URL");
        let source = session_source(&mut reader, base.as_deref());
        names(&mut reader);
        (source, reader.problems)
    }

    #[test]
    fn each_source_requires_its_settings() {
        assert_eq!(read(&[]), (SessionSource::Database { is_required: false }, vec![]));
        assert_eq!(read(&[("SESSION_SOURCE", "auto")]).0, SessionSource::Database { is_required: false });
        assert_eq!(read(&[("SESSION_SOURCE", "database")]).0, SessionSource::Database { is_required: true });
        for (source, missing) in [("redis", "REDIS_URL "), ("http", "BETTER_AUTH_URL "), ("memory", "SESSION_SOURCE ")]
        {
            let (_, problems) = read(&[("SESSION_SOURCE", source)]);
            assert!(problems.len() == 1 && problems[0].starts_with(missing), "{problems:?}");
        }
        let redis = [("SESSION_SOURCE", "redis"), ("REDIS_URL", "rediss://me:hunter2@cache.example:6380/1?x=y")];
        let (source, problems) = read(&redis);
        assert_eq!(problems, [""; 0]);
        let printed = format!("{source:?}");
        assert!(printed.contains("rediss://cache.example:6380/1") && !printed.contains("hunter2"), "{printed}");
        for invalid in ["cache:6379", "http://cache", "redis://", "rediss://cache:6379/#insecure"] {
            let (_, problems) = read(&[("SESSION_SOURCE", "redis"), ("REDIS_URL", invalid)]);
            assert!(problems.len() == 1 && problems[0].starts_with("REDIS_URL must be"), "{invalid}: {problems:?}");
        }
    }

    #[test]
    fn better_auth_requires_https_except_on_this_machine() {
        let read_http = |base: &str, allow: &str| {
            read(&[("SESSION_SOURCE", "http"), ("BETTER_AUTH_URL", base), ("SESSION_ALLOW_HTTP", allow)])
        };
        const QUERY: &str = "?disableCookieCache=true&disableRefresh=true";
        for (base, url) in [
            ("http://localhost:3000/", "http://localhost:3000/api/auth/get-session"),
            ("https://app.example.com?x#y", "https://app.example.com/api/auth/get-session"),
            ("https://app.example.com/auth/", "https://app.example.com/auth/get-session"),
        ] {
            let (source, problems) = read_http(base, "false");
            assert_eq!(problems, [""; 0]);
            assert_eq!(source, SessionSource::BetterAuth(Url::parse(&format!("{url}{QUERY}")).unwrap()));
        }
        assert_eq!(read_http("http://web:3000", "true").1, [""; 0]);
        for invalid in ["http://web:3000", "https://me:hunter2@app.example.com"] {
            let (_, problems) = read_http(invalid, "false");
            assert!(problems.len() == 1 && problems[0].starts_with("BETTER_AUTH_URL must"), "{problems:?}");
            assert!(!problems[0].contains("hunter2"));
        }
    }

    #[test]
    fn invalid_names_are_reported() {
        for (name, invalid) in [
            ("SESSION_TABLE", "a.b.c"),
            ("USER_TABLE", "."),
            ("JWKS_TABLE", "x."),
            ("BETTER_AUTH_COLUMNS", "token=session_token"),
            ("SESSION_TIMEZONE", "Berlin"),
        ] {
            let (_, problems) = read(&[(name, invalid)]);
            assert!(problems.len() == 1 && problems[0].starts_with(name), "{problems:?}");
        }
    }
}
