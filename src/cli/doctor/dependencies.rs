//! Checks the sources of sessions and public keys.

use std::time::Duration;

use better_auth_guard::{
    Credential, CredentialHeaders, KeyOrigin, KeySet, LoadedKeys, SessionToken, signed_cookie_value,
};
use chrono::Utc;
use tokio::time::timeout;

use crate::cli::describe_sources;
use crate::cli::doctor::claims;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::{CheckResult, counted};
use crate::config::{Config, KeySource, SessionSource};
use crate::db::Db;
use crate::jwks;
use crate::sessions::Sessions;

/// The timeout of each check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A token that no session has: Better Auth's tokens have 32 characters.
const UNUSED_TOKEN: &str = "taskapidoctor";

/// Adds the lines of sessions, key set and JWT claims.
pub(crate) async fn check(config: &Config, has_database: bool, lines: &mut Vec<CheckResult>, clocks: &mut Vec<Clock>) {
    let db = match Db::open(&config.database) {
        Ok(db) => db,
        Err(error) => {
            lines.extend(
                ["sessions", "key set", "JWT claims"].map(|name| CheckResult::skipped(name, error.to_string())),
            );
            return;
        }
    };
    let timed_out = |name| CheckResult::failed(name, "timeout", "check that it is reachable from here");
    let result = timeout(TIMEOUT, sessions(config, &db, has_database)).await;
    lines.push(result.unwrap_or_else(|_| timed_out("sessions")));
    let result = timeout(TIMEOUT, key_set(config, &db, has_database, clocks)).await;
    lines.push(result.unwrap_or_else(|_| timed_out("key set")));
    let result = timeout(TIMEOUT, claims::check(config, &db, has_database)).await;
    lines.push(result.unwrap_or_else(|_| timed_out("JWT claims")));
}

async fn sessions(config: &Config, db: &Db, has_database: bool) -> CheckResult {
    let source = describe_sources::sessions(config);
    let description = match &config.auth.sessions {
        SessionSource::Cookie => {
            return CheckResult::passed(
                "sessions",
                format!("in the cookie {}", config.auth.cookie_cache.cookie.as_str()),
            );
        }
        SessionSource::Database { .. } if !has_database => return CheckResult::skipped("sessions", "no database"),
        SessionSource::Database { is_required } => match describe_tables(db).await {
            Ok(tables) => format!("{tables}, {source}"),
            Err(error) if *is_required => return tables_unavailable(error),
            Err(error) => {
                return CheckResult::warning(
                    "sessions",
                    format!("JWTs work, requests with cookies get 503: {error}"),
                    "set DATABASE_URL to Better Auth's database and let Better Auth migrate it, or set SESSION_SOURCE",
                );
            }
        },
        SessionSource::Redis(_) | SessionSource::BetterAuth(_) => source.to_string(),
    };
    let Some(token) = unused_token(config) else { return CheckResult::skipped("sessions", "no secret") };
    match Sessions::new(&config.auth, db).find(&token).await {
        Ok(_) => CheckResult::passed("sessions", format!("look-up succeeded: {description}")),
        Err(unavailable) => CheckResult::failed(
            "sessions",
            format!("cannot be looked up {source}: {}", unavailable.0),
            "check that it is reachable from here, and check SESSION_SOURCE and its related settings",
        ),
    }
}

fn tables_unavailable(error: String) -> CheckResult {
    let fix = "set DATABASE_URL to Better Auth's database, let Better Auth migrate it, and let this role read its tables; \
               SESSION_TABLE and BETTER_AUTH_COLUMNS set other names";
    CheckResult::failed("sessions", error, fix)
}

/// Describes the names of the tables and their format of times.
async fn describe_tables(db: &Db) -> Result<String, String> {
    let tables = db.session_tables().await.map_err(|error| error.to_string())?;
    let dates = db.session_dates().await.map_err(|error| error.to_string())?;
    Ok(format!("{tables}, times as {}", dates.unwrap_or_default()))
}

/// Returns a token with a valid signature that no session has.
fn unused_token(config: &Config) -> Option<SessionToken> {
    let cookie =
        format!("{}={}", config.auth.cookie.as_str(), signed_cookie_value(UNUSED_TOKEN, config.auth.secrets.first()?));
    let presented = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match config.auth.session_verifier(config.auth.bearer_unsigned).verify(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => Some(token),
        _ => None,
    }
}

async fn key_set(config: &Config, db: &Db, has_database: bool, clocks: &mut Vec<Clock>) -> CheckResult {
    let source = config.auth.keys.clone();
    let source = if has_database { Some(source) } else { describe_sources::without_table(source) };
    let Some(source) = source else { return CheckResult::skipped("key set", "no database") };
    match jwks::source(&source, db.clone()).load(None).await {
        Ok(loaded) => {
            clocks.extend(loaded.date.map(|date| Clock::new("the key set's server", date)));
            check_keys(config, &loaded)
        }
        Err(error) => CheckResult::failed(
            "key set",
            format!("unavailable: {error}"),
            "check BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE), and that the front end is reachable from here; until then JWTs get 503",
        ),
    }
}

fn check_keys(config: &Config, loaded: &LoadedKeys) -> CheckResult {
    let algorithms = loaded.keys.algorithms();
    let names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let source = &config.auth.keys;
    let origin = match (source, loaded.origin) {
        (KeySource::BetterAuth(_), KeyOrigin::Table) => {
            format!("in Better Auth's jwks table, because they are unavailable {}", describe_sources::keys(source))
        }
        _ => describe_sources::keys(source).to_string(),
    };
    let summary = format!("{} ({}), {origin}", counted(loaded.keys.len(), "key"), names.join(", "));
    let rejected = loaded.rejected.first();
    let rejected =
        rejected.map(|key| format!("{summary}; {} rejected: {}", counted(loaded.rejected.len(), "key"), key.reason));
    match rejected {
        Some(rejected) if loaded.keys.is_empty() => CheckResult::failed(
            "key set",
            rejected,
            "configure the jwt plugin to use EdDSA, ES256, ES512, RS256 or PS256",
        ),
        Some(rejected) => {
            CheckResult::warning("key set", rejected, "the service rejects tokens signed with these keys")
        }
        None if loaded.keys.is_empty() => CheckResult::warning(
            "key set",
            format!("no keys, {origin}: the service rejects JWTs of the jwt plugin"),
            "enable the jwt plugin and check BETTER_AUTH_URL; ignore this if clients use cookies only",
        ),
        None if !algorithms.iter().any(|algorithm| config.auth.algorithms.contains(algorithm)) => CheckResult::failed(
            "key set",
            format!("{summary}; JWT_ALGORITHMS contains none of them"),
            "add the algorithm of the keys to JWT_ALGORITHMS",
        ),
        None => CheckResult::passed("key set", summary),
    }
}
