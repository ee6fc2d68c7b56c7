//! Checks the source of sessions.

use better_auth_guard::sessions::{RedisSessions, Unavailable};
use better_auth_guard::{Credential, CredentialHeaders, KeySet, SessionToken, signed_cookie_value};
use chrono::Utc;

use crate::cli::describe_sources;
use crate::cli::doctor::report::CheckResult;
use crate::cli::doctor::settings::{Lookup, is_set};
use crate::config::{Config, RedisSettings, SessionSource};
use crate::db::Db;
use crate::sessions::Sessions;

const NAME: &str = "sessions";

/// A token that no session has: Better Auth's tokens have 32 characters.
const UNUSED_TOKEN: &str = "taskapidoctor";

/// What is known of the sessions.
pub(super) enum SessionFacts {
    /// A look-up succeeded. The text describes the source.
    Found(String),
    /// A look-up succeeded, but Better Auth's keys in Redis have other prefixes than the configured one.
    OtherPrefixes(Vec<String>),
    /// The tables are missing, with the tables that exist but that the role may not read.
    NoTables { error: String, unreadable: Vec<String> },
    /// The look-up failed.
    Unavailable(String),
    /// The session is in the cookie.
    InCookie,
    /// No look-up was possible.
    NotChecked(&'static str),
}

impl SessionFacts {
    /// Returns whether a request with a cookie can be authenticated.
    pub(super) fn are_found(&self) -> bool {
        matches!(self, Self::Found(_) | Self::InCookie)
    }
}

/// Looks up a session that does not exist.
pub(super) async fn find(config: &Config, db: &Db, has_database: bool) -> SessionFacts {
    let mut description = describe_sources::sessions(config).to_string();
    match &config.auth.sessions {
        SessionSource::Cookie => return SessionFacts::InCookie,
        SessionSource::Database { .. } if !has_database => return SessionFacts::NotChecked("no database"),
        SessionSource::Database { .. } => match describe_tables(db).await {
            Ok(tables) => description = format!("{tables}, {description}"),
            Err(error) => {
                // without a connection, nothing is known of the tables
                return match db.unreadable_tables().await {
                    Ok(unreadable) => SessionFacts::NoTables { error, unreadable },
                    Err(_) => SessionFacts::Unavailable(error),
                };
            }
        },
        SessionSource::Redis(_) | SessionSource::BetterAuth(_) => {}
    }
    let Some(token) = unused_token(config) else { return SessionFacts::NotChecked("no secret") };
    match (Sessions::new(&config.auth, db).find(&token).await, &config.auth.sessions) {
        (Err(Unavailable(cause)), _) => SessionFacts::Unavailable(cause),
        (Ok(_), SessionSource::Redis(redis)) => find_in_redis(redis, description).await,
        (Ok(_), _) => SessionFacts::Found(description),
    }
}

/// Compares the prefix with those of Better Auth's keys.
async fn find_in_redis(redis: &RedisSettings, description: String) -> SessionFacts {
    let accepted = redis.prefix.as_ref().map_or_else(|| vec!["better-auth:", ""], |prefix| vec![prefix]);
    match RedisSessions::new(redis.url.clone(), redis.prefix.clone()).find_prefixes().await {
        // without SCAN the prefixes are unknown
        Err(cause) => SessionFacts::Found(format!("{description}; the prefix is not verified: {cause}")),
        Ok(prefixes) if prefixes.is_empty() => {
            SessionFacts::Found(format!("{description}; the prefix is not verified: no user has signed in yet"))
        }
        Ok(prefixes) if prefixes.iter().any(|prefix| accepted.contains(&prefix.as_str())) => {
            SessionFacts::Found(format!("{description}, with the prefix of Better Auth's keys"))
        }
        Ok(prefixes) => SessionFacts::OtherPrefixes(prefixes),
    }
}

/// Describes the names of the tables and their format of times.
async fn describe_tables(db: &Db) -> Result<String, String> {
    let tables = db.session_tables().await.map_err(|error| error.to_string())?;
    let dates = db.session_dates().await.map_err(|error| error.to_string())?;
    Ok(format!("{tables}, times as {}", dates.unwrap_or_default()))
}

/// Returns a token with a valid signature that no session has.
pub(super) fn unused_token(config: &Config) -> Option<SessionToken> {
    let cookie =
        format!("{}={}", config.auth.cookie.as_str(), signed_cookie_value(UNUSED_TOKEN, config.auth.secrets.first()?));
    let presented = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match config.auth.session_verifier(config.auth.bearer_unsigned).verify(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => Some(token),
        _ => None,
    }
}

/// Judges the facts. `has_keys`: whether JWTs of the jwt plugin are accepted.
pub(super) fn check(
    config: &Config,
    lookup: Lookup<'_>,
    facts: &SessionFacts,
    has_keys: bool,
    role: Option<String>,
) -> CheckResult {
    let source = describe_sources::sessions(config);
    match facts {
        SessionFacts::Found(description) => CheckResult::passed(NAME, format!("look-up succeeded: {description}")),
        SessionFacts::InCookie => {
            CheckResult::passed(NAME, format!("in the cookie {}", config.auth.cookie_cache.cookie.as_str()))
        }
        SessionFacts::NotChecked(reason) => CheckResult::skipped(NAME, reason),
        SessionFacts::OtherPrefixes(prefixes) => {
            let found = prefixes.iter().map(|prefix| format!("{prefix:?}")).collect::<Vec<_>>().join(", ");
            CheckResult::failed(
                NAME,
                format!(
                    "{source}: Better Auth's keys have the prefix {found}, not REDIS_KEY_PREFIX: every cookie gets 401"
                ),
                format!("set REDIS_KEY_PREFIX to {found}, or REDIS_URL to Better Auth's Redis"),
            )
        }
        SessionFacts::NoTables { error, unreadable } => no_tables(config, lookup, error, unreadable, has_keys, role),
        SessionFacts::Unavailable(cause) => CheckResult::failed(
            NAME,
            format!("cannot be looked up {source}: {cause}"),
            "check that it is reachable from here, and check SESSION_SOURCE and its related settings",
        ),
    }
}

/// Without tables, requests with cookies get 503. That is a warning only where clients are meant to send JWTs.
fn no_tables(
    config: &Config,
    lookup: Lookup<'_>,
    error: &str,
    unreadable: &[String],
    has_keys: bool,
    role: Option<String>,
) -> CheckResult {
    if !unreadable.is_empty() {
        let (tables, role) = (unreadable.join(", "), role.unwrap_or_else(|| "the role".into()));
        return CheckResult::failed(
            NAME,
            format!("the role {role} may not read {tables}: requests with cookies get 503"),
            format!("GRANT SELECT ON {tables} TO {role}; see deploy/postgres/init.sh"),
        );
    }
    let url = &config.database.url;
    if !is_set(lookup, "DATABASE_URL") {
        return CheckResult::failed(
            NAME,
            format!(
                "DATABASE_URL is not set, and the default {url} is not Better Auth's database: requests with cookies get 503: {error}"
            ),
            format!("set DATABASE_URL to Better Auth's database; if clients send JWTs only, set it to {url}"),
        );
    }
    let is_required = matches!(config.auth.sessions, SessionSource::Database { is_required: true });
    if is_required {
        return CheckResult::failed(
            NAME,
            error,
            "set DATABASE_URL to Better Auth's database, let Better Auth migrate it, and let this role read its tables; \
             SESSION_TABLE and BETTER_AUTH_COLUMNS set other names",
        );
    }
    if has_keys || config.auth.jwt_secret.is_some() {
        return CheckResult::warning(
            NAME,
            format!("JWTs work, requests with cookies get 503: {error}"),
            "set DATABASE_URL to Better Auth's database and let Better Auth migrate it, or set SESSION_SOURCE",
        );
    }
    CheckResult::failed(
        NAME,
        format!("requests with cookies get 503, and without public keys so does each JWT of the jwt plugin: {error}"),
        "set DATABASE_URL to Better Auth's database and let Better Auth migrate it, or set SESSION_SOURCE; \
         if clients send HS256 JWTs only, set JWT_SECRET",
    )
}
