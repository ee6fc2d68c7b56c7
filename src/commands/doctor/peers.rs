//! Where sessions and public keys are.

use std::time::Duration;

use chrono::Utc;
use tokio::time::timeout;

use super::super::places;
use super::table::Line;
use super::{Clock, claims, counted};
use crate::auth::{Credential, KeySet, Presented, SessionToken, signed_cookie_value};
use crate::config::{Config, KeySource, SessionSource};
use crate::keys::{self, Found, Place};
use crate::sessions::Sessions;
use crate::store::Db;

/// How long is waited for either.
const PATIENCE: Duration = Duration::from_secs(10);

/// No session's: Better Auth's have 32 characters.
const NO_TOKEN: &str = "taskapidoctor";

/// Adds their lines.
pub(super) async fn check(config: &Config, is_there: bool, lines: &mut Vec<Line>, clocks: &mut Vec<Clock>) {
    let db = match Db::open(&config.database) {
        Ok(db) => db,
        Err(error) => {
            lines.extend(["sessions", "key set", "JWT claims"].map(|name| Line::skipped(name, error.to_string())));
            return;
        }
    };
    let late = |name| Line::bad(name, "no answer in time", "is it reachable from here?");
    lines.push(timeout(PATIENCE, sessions(config, &db, is_there)).await.unwrap_or_else(|_| late("sessions")));
    lines.push(timeout(PATIENCE, key_set(config, &db, is_there, clocks)).await.unwrap_or_else(|_| late("key set")));
    lines.push(timeout(PATIENCE, claims::check(config, &db, is_there)).await.unwrap_or_else(|_| late("JWT claims")));
}

async fn sessions(config: &Config, db: &Db, is_there: bool) -> Line {
    let place = places::of_sessions(config);
    let found = match &config.auth.sessions {
        SessionSource::Cookie => {
            return Line::good("sessions", format!("in the cookie {}", config.auth.session_data.cookie.as_str()));
        }
        SessionSource::Database { .. } if !is_there => return Line::skipped("sessions", "there is no database"),
        SessionSource::Database { is_required } => match tables(db).await {
            Ok(found) => format!("{found}, {place}"),
            Err(why) if *is_required => return no_tables(why),
            Err(why) => {
                return Line::warning(
                    "sessions",
                    format!("JWTs work, cookies are answered with 503: {why}"),
                    "is DATABASE_URL that of Better Auth, and has it migrated? SESSION_SOURCE names other places",
                );
            }
        },
        SessionSource::Redis(_) | SessionSource::FrontEnd(_) => place.clone(),
    };
    let Some(token) = token(config) else { return Line::skipped("sessions", "there is no secret") };
    match Sessions::new(&config.auth, db).find(&token).await {
        Ok(_) => Line::good("sessions", format!("looked up: {found}")),
        Err(away) => Line::bad(
            "sessions",
            format!("cannot be looked up {place}: {}", away.0),
            "is it reachable from here, and are SESSION_SOURCE and what belongs to it right?",
        ),
    }
}

fn no_tables(why: String) -> Line {
    let change = "is DATABASE_URL that of Better Auth, has it migrated, may this role read its tables? SESSION_TABLE and \
                  BETTER_AUTH_COLUMNS name others";
    Line::bad("sessions", why, change)
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
    let presented = Presented { cookie: vec![cookie.as_bytes()], ..Presented::default() };
    match config.auth.session_verifier(config.auth.bearer_unsigned).judge(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => Some(token),
        _ => None,
    }
}

async fn key_set(config: &Config, db: &Db, is_there: bool, clocks: &mut Vec<Clock>) -> Line {
    let source = config.auth.keys.clone();
    let source = if is_there { Some(source) } else { places::without_table(source) };
    let Some(source) = source else { return Line::skipped("key set", "there is no database") };
    match keys::look(&source, db).await {
        Ok(found) => {
            clocks.extend(found.date.map(|date| Clock::new("the key set's server", date)));
            judge(config, &found)
        }
        Err(why) => Line::bad(
            "key set",
            format!("it cannot be had: {why}"),
            "is BETTER_AUTH_URL (or JWKS_URL, JWKS_FILE) right, and does the front end answer from here? Until then JWTs are answered with 503",
        ),
    }
}

fn judge(config: &Config, found: &Found) -> Line {
    let offered = found.keys.algorithms();
    let names: Vec<&str> = offered.iter().map(|algorithm| algorithm.name()).collect();
    let source = &config.auth.keys;
    let place = match (source, found.place) {
        (KeySource::FrontEnd(_), Place::Table) => {
            format!("in Better Auth's jwks table, since they cannot be had {}", places::of_keys(source))
        }
        _ => places::of_keys(source),
    };
    let what = format!("{} ({}), {place}", counted(found.keys.len(), "key"), names.join(", "));
    let bad = found.refused.first().map(|key| format!("{what}; of {} refused: {}", found.refused.len(), key.why));
    match bad {
        Some(bad) if found.keys.is_empty() => {
            Line::bad("key set", bad, "let the jwt plugin make keys of EdDSA, ES256, ES512, RS256 or PS256")
        }
        Some(bad) => Line::warning("key set", bad, "tokens signed with such a key are refused"),
        None if found.keys.is_empty() => Line::warning(
            "key set",
            format!("no keys, {place}: JWTs of the jwt plugin are refused"),
            "nothing, if only cookies are used; else is the jwt plugin on, and BETTER_AUTH_URL right?",
        ),
        None if !offered.iter().any(|algorithm| config.auth.algorithms.contains(algorithm)) => Line::bad(
            "key set",
            format!("{what}; JWT_ALGORITHMS has none of them"),
            "add the keys' algorithm to JWT_ALGORITHMS",
        ),
        None => Line::good("key set", what),
    }
}
