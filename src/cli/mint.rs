//! Runs `task-api mint`.

use std::time::Duration;

use better_auth_guard::{Algorithm, ClaimCheck, mint, signed_cookie_value};
use chrono::Utc;
use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::db::{NewSession, create_session};

/// Better Auth's default session lifetime (`session.expiresIn`).
const SESSION_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Signs a JWT that this configuration accepts. Claims in `extra` override the default claims.
pub(crate) fn jwt(config: &Config, user: &str, ttl: Duration, extra: Map<String, Value>) -> Result<String, String> {
    if user.is_empty() {
        return Err("--user must not be empty".into());
    }
    if !config.auth.algorithms.contains(&Algorithm::Hs256) {
        return Err("JWT_ALGORITHMS must include HS256: the service would reject this token".into());
    }
    let secret = config.auth.signing_secret().ok_or("BETTER_AUTH_SECRET is not set")?;
    let now = Utc::now().timestamp();
    let expiry = i64::try_from(ttl.as_secs()).ok().and_then(|ttl| now.checked_add(ttl)).ok_or("--ttl is too long")?;
    let mut claims = json!({ "iat": now, "exp": expiry });
    // a path builds nested objects: user.id is {"user":{"id":…}}
    let user = config.auth.user_claim.iter().rev().fold(json!(user), |value, name| json!({ name.as_str(): value }));
    let defaults = [user, first(&config.auth.issuer).map_or(json!({}), |issuer| json!({ "iss": issuer }))];
    for part in defaults.iter().filter_map(Value::as_object).chain([&audience(config), &extra]) {
        claims.as_object_mut().expect("`claims` is an object").extend(part.clone());
    }
    Ok(mint(&claims, secret))
}

fn audience(config: &Config) -> Map<String, Value> {
    first(&config.auth.audience).map(|audience| ("aud".to_owned(), json!(audience))).into_iter().collect()
}

/// Inserts a session and prints the value of its `Cookie` header.
pub(crate) fn cookie(config: &Config, user: &str) -> Result<(), String> {
    if user.is_empty() {
        return Err("--user must not be empty".into());
    }
    let secret = config.auth.secrets.first().ok_or("BETTER_AUTH_SECRET is not set")?;
    let (id, token, now) = (random_id(), random_id(), Utc::now());
    let session = NewSession { user_id: user, id: &id, token: &token, expires_at: now + SESSION_TTL, now };
    create_session(&config.database, &session, config.development)
        .map_err(|problem| format!("cannot insert the session into {}: {problem}", config.database.url))?;
    println!("{}={}", config.auth.cookie.as_str(), signed_cookie_value(&token, secret));
    Ok(())
}

/// Generates 32 letters and digits, like Better Auth's `generateId(32)`.
fn random_id() -> String {
    rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect()
}

/// Returns the first configured value. The default from `BETTER_AUTH_URL` does not apply to tokens signed with a secret.
fn first(check: &ClaimCheck) -> Option<&String> {
    match check {
        ClaimCheck::Configured(values) => values.first(),
        ClaimCheck::Off | ClaimCheck::BaseUrl(_) => None,
    }
}
