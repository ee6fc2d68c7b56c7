//! Verifies Better Auth's cookie cache, the cookie `session_data`.
//!
//! The cookie has a copy of the session and its user. Better Auth writes it if `session.cookieCache` is enabled. Without a
//! database, Better Auth keeps sessions only in this cookie. The formats are `compact` (1.2 to 1.7), `jwt` and `jwe` (from 1.4),
//! and a JWT signed by a key of the key set (from 1.7, with the jwt plugin's `sessionCookieCache`). The number of dots and `typ`
//! determine the format (`src/cookies/index.ts`, `src/plugins/jwt/cookie-cache.ts`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::Mac;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::cookie::{CookieName, SessionToken, find, mac};
use crate::invalid_credential::CredentialErrorReason;
use crate::json;
use crate::jwe::{self, JweKey};
use crate::jws::Jws;
use crate::key_set::KeySet;
use crate::secret::Secret;
use crate::session::SessionRecord;
use crate::user::UserId;
use crate::verified_token_cache::{TokenFingerprint, VerifiedTokenCache};

/// The `typ` and `aud` of the JWT signed with the key set.
const TYPE: &str = "better-auth.session-cache+jwt";
const AUDIENCE: &str = "better-auth:session-cache";
/// Better Auth 1.7 writes at most 100 chunks.
const MAX_CHUNKS: usize = 100;
/// Limits the joined value to the size of the request head.
const MAX_BYTES: usize = 64 * 1024;

/// How the service uses the cookie cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CookieCacheMode {
    /// Ignores the cookie.
    Off,
    /// A valid cookie replaces the session look-up. Otherwise the service looks up the session.
    ReplacesLookup,
    /// The cookie is the session. No look-up follows, and a request without a valid cookie is rejected.
    Required,
}

/// Settings of the cookie cache.
#[derive(Clone, Debug)]
pub struct CookieCacheSettings {
    /// How the service uses the cookie.
    pub mode: CookieCacheMode,
    /// The cookie's name. Chunks have the suffixes `.0`, `.1`, ….
    pub cookie: CookieName,
    /// Better Auth's `cookieCache.version`, by default `"1"`. A new version invalidates all caches.
    pub version: String,
}

/// The keys, caches and settings that verify the cookie.
pub(crate) struct CookieCacheContext<'a> {
    pub secrets: &'a [Secret],
    pub jwe: &'a [JweKey],
    pub keys: &'a KeySet,
    pub algorithms: &'a [Algorithm],
    pub cache: &'a VerifiedTokenCache<()>,
    pub version: &'a str,
}

/// The verified content of the cookie.
struct CachedSession {
    payload: Map<String, Value>,
    /// Unix milliseconds.
    expires_at: f64,
}

impl CookieName {
    /// Returns the cookie's value, joined from its chunks. No format is percent-encoded.
    pub fn find_joined(&self, headers: &[&[u8]]) -> Option<String> {
        if let Some(value) = find(self.as_str(), headers) {
            return Some(value.to_owned());
        }
        let mut joined = String::new();
        for number in 0..MAX_CHUNKS {
            match find(&format!("{}.{number}", self.as_str()), headers) {
                Some(chunk) => joined.push_str(chunk),
                None => break,
            }
        }
        (!joined.is_empty()).then_some(joined)
    }
}

impl SessionToken {
    /// Authenticates the user from the session's copy in a `session_data` cookie.
    ///
    /// The copy must have this token (Better Auth checks that from 1.7). Neither the copy nor the session may have expired.
    pub(crate) fn verify_cached(
        &self,
        value: &str,
        context: &CookieCacheContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserId, CredentialErrorReason> {
        if value.len() > MAX_BYTES {
            return Err(CredentialErrorReason::TooLong);
        }
        let CachedSession { payload, expires_at } = match value.bytes().filter(|byte| *byte == b'.').count() {
            0 => verify_compact(value, context)?,
            2 => verify_jwt(value, context, now)?,
            4 => read_exp(parse_object(&jwe::decrypt(value, context.jwe)?)?)?,
            _ => return Err(CredentialErrorReason::Malformed),
        };
        if expires_at < now.timestamp_millis() as f64 {
            return Err(CredentialErrorReason::Expired);
        }
        // Better Auth 1.2 and 1.3 write no version: it counts as "1"
        if payload.get("version").map_or(Some("1"), Value::as_str) != Some(context.version) {
            return Err(CredentialErrorReason::OtherVersion);
        }
        let (session, user) = (member(&payload, "session")?, member(&payload, "user")?);
        if session.get("token").and_then(Value::as_str) != Some(self.expose()) {
            return Err(CredentialErrorReason::OtherSession);
        }
        self.verify_record(Some(session_record(session, user)?), now)
    }
}

/// Verifies `base64url({"session":INNER,"expiresAt":MS,"signature":"…"})`.
///
/// The signed text is INNER with `expiresAt` as its last member. This function reads the exact bytes that Better Auth writes.
/// Parsing and serializing JSON could change numbers and the order of members, and so the signed text.
fn verify_compact(value: &str, context: &CookieCacheContext<'_>) -> Result<CachedSession, CredentialErrorReason> {
    const SIGNATURE_CHARS: usize = 43;
    let bytes = URL_SAFE_NO_PAD.decode(value).map_err(|_| CredentialErrorReason::Malformed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| CredentialErrorReason::Malformed)?;
    let split = || {
        let (rest, signature) = text.strip_suffix("\"}")?.rsplit_once(",\"signature\":\"")?;
        let (rest, end) = rest.rsplit_once(",\"expiresAt\":")?;
        Some((rest.strip_prefix("{\"session\":")?, end, signature))
    };
    let (inner, end, signature) = split().ok_or(CredentialErrorReason::Malformed)?;
    let open = inner
        .strip_suffix('}')
        .filter(|_| signature.len() == SIGNATURE_CHARS)
        .ok_or(CredentialErrorReason::Malformed)?;
    let expires_at: i64 = end.parse().map_err(|_| CredentialErrorReason::Malformed)?;
    verify_mac(&format!("{open},\"expiresAt\":{end}}}"), signature, context.secrets)?;
    Ok(CachedSession { payload: parse_object(inner.as_bytes())?, expires_at: expires_at as f64 })
}

/// Verifies a JWT without `typ` (HS256 with Better Auth's secret) or with [`TYPE`] (signed by a key of the key set).
fn verify_jwt(
    value: &str,
    context: &CookieCacheContext<'_>,
    now: DateTime<Utc>,
) -> Result<CachedSession, CredentialErrorReason> {
    let jws = Jws::parse(value)?;
    let claims = match jws.typ().map(Value::as_str) {
        // Better Auth writes HS256 JWTs without typ
        None => {
            jws.algorithm(&[Algorithm::Hs256])?;
            jws.verify_with(|message, signature| {
                std::str::from_utf8(message).is_ok_and(|text| verify_mac(text, signature, context.secrets).is_ok())
            })?;
            jws.claims()?
        }
        Some(Some(TYPE)) => verify_with_key_set(value, &jws, context, now)?,
        Some(_) => return Err(CredentialErrorReason::ForeignType),
    };
    read_exp(claims)
}

/// Verifies a JWT with the key set, and returns its claims. `aud` must be [`AUDIENCE`]; `sid` and `sub` must match the session.
fn verify_with_key_set(
    value: &str,
    jws: &Jws<'_>,
    context: &CookieCacheContext<'_>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, CredentialErrorReason> {
    let algorithm = jws.algorithm(context.algorithms)?;
    let (fingerprint, now) = (TokenFingerprint::new(value, context.keys), now.timestamp());
    let is_cached = context.cache.get(&fingerprint, now).is_some();
    if !is_cached {
        jws.verify_with_key(algorithm, context.keys)?;
    }
    let claims = jws.claims()?;
    if claims.get("aud").and_then(Value::as_str) != Some(AUDIENCE) {
        return Err(CredentialErrorReason::ForeignAudience);
    }
    let (session, user) = (member(&claims, "session")?, member(&claims, "user")?);
    if claims.get("sid") != session.get("token") || claims.get("sub") != user.get("id") {
        return Err(CredentialErrorReason::OtherSession);
    }
    if !is_cached {
        context.cache.insert(fingerprint, (), claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0), now);
    }
    Ok(claims)
}

/// Reads `exp` (Unix seconds) without clock skew. Better Auth allows 15 s for some formats.
///
/// No skew is needed: with [`CookieCacheMode::ReplacesLookup`], an expired copy only causes a look-up.
fn read_exp(claims: Map<String, Value>) -> Result<CachedSession, CredentialErrorReason> {
    let exp = claims.get("exp").and_then(Value::as_f64).ok_or(CredentialErrorReason::BadTimes)?;
    // a token is expired at `exp` itself (RFC 7519 section 4.1.4)
    Ok(CachedSession { payload: claims, expires_at: exp * 1000.0 - 1.0 })
}

fn verify_mac(text: &str, signature: &str, secrets: &[Secret]) -> Result<(), CredentialErrorReason> {
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| CredentialErrorReason::Malformed)?;
    let is_valid = secrets.iter().any(|secret| mac(secret, text).verify_slice(&signature).is_ok());
    if is_valid { Ok(()) } else { Err(CredentialErrorReason::BadSignature) }
}

fn parse_object(text: &[u8]) -> Result<Map<String, Value>, CredentialErrorReason> {
    match json::parse(text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialErrorReason::Malformed),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, CredentialErrorReason> {
    object.get(name).and_then(Value::as_object).ok_or(CredentialErrorReason::Malformed)
}

/// Converts the copy to a session record. A ban in the copy applies; Better Auth checks a ban only at sign-in.
fn session_record(
    session: &Map<String, Value>,
    user: &Map<String, Value>,
) -> Result<SessionRecord, CredentialErrorReason> {
    let timestamp = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| text.parse().ok());
    let user_id = user.get("id").filter(|id| session.get("userId") == Some(id)).ok_or(CredentialErrorReason::NoUser)?;
    let ban_ends = user.get("banExpires").filter(|end| !end.is_null());
    Ok(SessionRecord {
        user_id: user_id.as_str().ok_or(CredentialErrorReason::NoUser)?.to_owned(),
        expires_at: timestamp(session.get("expiresAt")).ok_or(CredentialErrorReason::BadTimes)?,
        user_exists: true,
        banned: user.get("banned").is_some_and(|banned| *banned != Value::Bool(false) && !banned.is_null()),
        // an invalid end counts as absent: the ban is permanent
        ban_expires: timestamp(ban_ends),
    })
}
