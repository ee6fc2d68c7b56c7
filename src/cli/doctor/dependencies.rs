//! Where sessions and public keys are.

use std::time::Duration;

use chrono::Utc;
use tokio::time::timeout;

use crate::auth::{Credential, CredentialHeaders, KeySet, SessionToken, signed_cookie_value};
use crate::cli::describe_sources;
use crate::cli::doctor::claims;
use crate::cli::doctor::clock::Clock;
use crate::cli::doctor::report::{CheckResult, counted};
use crate::config::{Config, KeySource, SessionSource};
use crate::db::Db;
use crate::jwks::{self, KeyOrigin, LoadedKeys};
use crate::sessions::Sessions;

/// How long is waited for either.
const PATIENCE: Duration = Duration::from_secs(10);

/// No session's: Better Auth's have 32 characters.
const NO_TOKEN: &str = "taskapidoctor";

/// Adds their lines.
pub(crate) async fn check(config: &Config, is_there: bool, lines: &mut Vec<CheckResult>, clocks: &mut Vec<Clock>) {
    let db = match Db::open(&config.database) {
        Ok(db) => db,
        Err(error) => {
            lines.extend(
                ["sessions", "key set", "JWT claims"].map(|name| CheckResult::skipped(name, error.to_string())),
            );
            return;
        }
    };
    let late = |name| CheckResult::bad(name, "no answer in time", "is it reachable from here?");
    lines.push(timeout(PATIENCE, sessions(config, &db, is_there)).await.unwrap_or_else(|_| late("sessions")));
    lines.push(timeout(PATIENCE, key_set(config, &db, is_there, clocks)).await.unwrap_or_else(|_| late("key set")));
    lines.push(timeout(PATIENCE, claims::check(config, &db, is_there)).await.unwrap_or_else(|_| late("JWT claims")));
}

async fn sessions(config: &Config, db: &Db, is_there: bool) -> CheckResult {
    let place = describe_sources::of_sessions(config);
    let found = match &config.auth.sessions {
        SessionSource::Cookie => {
            return CheckResult::good(
                "sessions",
                format!("in the cookie {}", config.auth.session_data.cookie.as_str()),
            );
        }
        SessionSource::Database { .. } if !is_there => return CheckResult::skipped("sessions", "there is no database"),
        SessionSource::Database { is_required } => match tables(db).await {
            Ok(found) => format!("{found}, {place}"),
            Err(why) if *is_required => return no_tables(why),
            Err(why) => {
                return CheckResult::warning(
                    "sessions",
                    format!("JWTs work, cookies are answered with 503: {why}"),
                    "is DATABASE_URL that of Better Auth, and has it migrated? SESSION_SOURCE names other places",
                );
            }
        },
        SessionSource::Redis(_) | SessionSource::FrontEnd(_) => place.clone(),
    };
    let Some(token) = token(config) else { return CheckResult::skipped("sessions", "there is no secret") };
    match Sessions::new(&config.auth, db).find(&token).await {
        Ok(_) => CheckResult::good("sessions", format!("looked up: {found}")),
        Err(away) => CheckResult::bad(
            "sessions",
            format!("cannot be looked up {place}: {}", away.0),
            "is it reachable from here, and are SESSION_SOURCE and what belongs to it right?",
        ),
    }
}

fn no_tables(why: String) -> CheckResult {
    let change = "is DATABASE_URL that of Better Auth, has it migrated, may this role read its tables? SESSION_TABLE and \
                  BETTER_AUTH_COLUMNS name others";
    CheckResult::bad("sessions", why, change)
}

/// The tables with their names and how times are written in them.
async fn tables(db: &Db) -> Result<String, String> {
    let found = db.better_auth_tables().await.map_err(|error| error.to_string())?;
    let tables = found.sessions?;
    let dates = db.session_dates().await.map_err(|error| error.to_string())?;
    Ok(format!("{tables}, times as {}", dates.unwrap_or_default()))
}

/// A well-signed token of nobody's.
fn token(config: &Config) -> Option<SessionToken> {
    let cookie =
        format!("{}={}", config.auth.cookie.as_str(), signed_cookie_value(NO_TOKEN, config.auth.secrets.first()?));
    let presented = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match config.auth.session_verifier(config.auth.bearer_unsigned).verify(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => Some(token),
        _ => None,
    }
}

async fn key_set(config: &Config, db: &Db, is_there: bool, clocks: &mut Vec<Clock>) -> CheckResult {
    let source = config.auth.keys.clone();
    let source = if is_there { Some(source) } else { describe_sources::without_table(source) };
    let Some(source) = source else { return CheckResult::skipped("key set", "there is no database") };
    match jwks::load_once(&source, db).await {
        Ok(found) => {
            clocks.extend(found.date.map(|date| Clock::new("the key set's server", date)));
            judge(config, &found)
        }
        Err(why) => CheckResult::bad(
            "key set",
            format!("it cannot be had: {why}"),
            "is BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE) right, and does the front end answer from here? Until then JWTs are answered with 503",
        ),
    }
}

fn judge(config: &Config, found: &LoadedKeys) -> CheckResult {
    let offered = found.keys.algorithms();
    let names: Vec<&str> = offered.iter().map(|algorithm| algorithm.name()).collect();
    let source = &config.auth.keys;
    let place = match (source, found.origin) {
        (KeySource::FrontEnd(_), KeyOrigin::Table) => {
            format!("in Better Auth's jwks table, since they cannot be had {}", describe_sources::of_keys(source))
        }
        _ => describe_sources::of_keys(source),
    };
    let what = format!("{} ({}), {place}", counted(found.keys.len(), "key"), names.join(", "));
    let bad = found.rejected.first().map(|key| format!("{what}; of {} refused: {}", found.rejected.len(), key.reason));
    match bad {
        Some(bad) if found.keys.is_empty() => {
            CheckResult::bad("key set", bad, "let the jwt plugin make keys of EdDSA, ES256, ES512, RS256 or PS256")
        }
        Some(bad) => CheckResult::warning("key set", bad, "tokens signed with such a key are refused"),
        None if found.keys.is_empty() => CheckResult::warning(
            "key set",
            format!("no keys, {place}: JWTs of the jwt plugin are refused"),
            "nothing, if only cookies are used; else is the jwt plugin on, and BETTER_AUTH_URL right?",
        ),
        None if !offered.iter().any(|algorithm| config.auth.algorithms.contains(algorithm)) => CheckResult::bad(
            "key set",
            format!("{what}; JWT_ALGORITHMS has none of them"),
            "add the keys' algorithm to JWT_ALGORITHMS",
        ),
        None => CheckResult::good("key set", what),
    }
}
