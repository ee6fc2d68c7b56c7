//! `task-api mint`

use std::time::Duration;

use chrono::Utc;
use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::{Map, Value, json};

use crate::auth::{self, Algorithm, ClaimCheck};
use crate::config::Config;
use crate::db::{NewSession, create_session};

/// What Better Auth's own sessions live for by default (`session.expiresIn`).
const SESSION_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A JWT that this configuration accepts.
pub(crate) fn jwt(config: &Config, user: &str, ttl: Duration, more: Map<String, Value>) -> Result<String, String> {
    if user.is_empty() {
        return Err("--user must not be empty".into());
    }
    if !config.auth.algorithms.contains(&Algorithm::Hs256) {
        return Err("JWT_ALGORITHMS leaves HS256 out, so that a token made here would be refused".into());
    }
    let secret = config.auth.signing_secret().ok_or("BETTER_AUTH_SECRET is not set")?;
    let now = Utc::now().timestamp();
    let expiry = i64::try_from(ttl.as_secs()).ok().and_then(|ttl| now.checked_add(ttl)).ok_or("--ttl is too long")?;
    let mut claims = json!({ "iat": now, "exp": expiry });
    // from the inside out: user.id is {"user":{"id":…}}
    let user = config.auth.user_claim.iter().rev().fold(json!(user), |value, name| json!({ name.as_str(): value }));
    let given = [user, first(&config.auth.issuer).map_or(json!({}), |issuer| json!({ "iss": issuer }))];
    for part in given.iter().filter_map(Value::as_object).chain([&audience(config), &more]) {
        claims.as_object_mut().expect("made above").extend(part.clone());
    }
    Ok(auth::mint(&claims, secret))
}

fn audience(config: &Config) -> Map<String, Value> {
    first(&config.auth.audience).map(|audience| ("aud".to_owned(), json!(audience))).into_iter().collect()
}

/// Prints a `Cookie` header's value.
pub(crate) fn cookie(config: &Config, user: &str) -> Result<(), String> {
    if user.is_empty() {
        return Err("--user must not be empty".into());
    }
    let secret = config.auth.secrets.first().ok_or("BETTER_AUTH_SECRET is not set")?;
    let (id, token, now) = (random_id(), random_id(), Utc::now());
    let session = NewSession { user_id: user, id: &id, token: &token, expires_at: now + SESSION_LIFE, now };
    create_session(&config.database, &session, config.development)
        .map_err(|problem| format!("no session was written into {}: {problem}", config.database.url))?;
    println!("{}={}", config.auth.cookie.as_str(), auth::signed_cookie_value(&token, secret));
    Ok(())
}

/// 32 letters and digits, as Better Auth makes them (`generateId(32)`).
fn random_id() -> String {
    rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect()
}

/// Returns the first configured value. Tokens signed with the secret need no default of `BETTER_AUTH_URL`.
fn first(check: &ClaimCheck) -> Option<&String> {
    match check {
        ClaimCheck::Configured(values) => values.first(),
        ClaimCheck::Off | ClaimCheck::BaseUrl(_) => None,
    }
}
