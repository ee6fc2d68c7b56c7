//! Better Auth's cookie cache: the cookie `session_data`, a copy of the session and its user beside the session token.
//!
//! Off in Better Auth unless `session.cookieCache` is enabled, and the only place of a session where it has no database. Its forms are
//! `compact` (1.2 to 1.7), `jwt` and `jwe` (from 1.4) and a JWT signed by a key of the key set (from 1.7, with the jwt plugin's
//! `sessionCookieCache`); they are told apart by their shape (`src/cookies/index.ts`, `src/plugins/jwt/cookie-cache.ts`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::Mac;
use serde_json::{Map, Value};

use crate::auth::algorithm::Algorithm;
use crate::auth::cookie::{CookieName, SessionToken, find, mac};
use crate::auth::credential_error::CredentialErrorReason;
use crate::auth::jwe::{self, JweKey};
use crate::auth::jws::Jws;
use crate::auth::key_set::KeySet;
use crate::auth::secret::Secret;
use crate::auth::session::SessionRecord;
use crate::auth::user::UserId;
use crate::auth::verified_token_cache::{TokenFingerprint, VerifiedTokenCache};
use crate::json;

/// `typ` and `aud` of the form that is signed by a key of the key set.
const TYPE: &str = "better-auth.session-cache+jwt";
const AUDIENCE: &str = "better-auth:session-cache";
/// As many as Better Auth makes (1.7), and no more bytes than a server reads of headers anyway.
const MAX_CHUNKS: usize = 100;
const MAX_BYTES: usize = 64 * 1024;

/// What is made of the cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CookieCacheMode {
    /// It is not looked at.
    Ignored,
    /// A good one saves the look-up of the session; without one the session is looked up.
    SavesLookUp,
    /// It is the session: there is nothing to look up.
    IsTheSession,
}

/// How the cookie is judged.
#[derive(Clone, Debug)]
pub struct CookieCacheSettings {
    /// What is made of it.
    pub role: CookieCacheMode,
    /// Its name; with `.0`, `.1`, … behind it where it comes in chunks.
    pub cookie: CookieName,
    /// `cookieCache.version` of Better Auth, which is raised to have all caches forgotten; `"1"` if not set there.
    pub version: String,
}

/// What it is judged with.
pub(crate) struct CookieCacheContext<'a> {
    pub secrets: &'a [Secret],
    pub jwe: &'a [JweKey],
    pub keys: &'a KeySet,
    pub algorithms: &'a [Algorithm],
    pub verified: &'a VerifiedTokenCache<()>,
    pub version: &'a str,
}

/// What the cookie holds, and until when (Unix milliseconds) it may be believed.
struct Cached {
    inner: Map<String, Value>,
    until: f64,
}

impl CookieName {
    /// The cookie's value, put together where it comes in chunks. Not percent-encoded in any form.
    pub(crate) fn find_whole(&self, headers: &[&[u8]]) -> Option<String> {
        if let Some(value) = find(self.as_str(), headers) {
            return Some(value.to_owned());
        }
        let mut whole = String::new();
        for number in 0..MAX_CHUNKS {
            match find(&format!("{}.{number}", self.as_str()), headers) {
                Some(chunk) => whole.push_str(chunk),
                None => break,
            }
        }
        (!whole.is_empty()).then_some(whole)
    }
}

impl SessionToken {
    /// Whom this token proves, by the copy of its session in a `session_data` cookie with this value.
    ///
    /// The copy must be of this very session (Better Auth looks at that since 1.7 only), and neither it nor the session has expired.
    pub(crate) fn verify_cached(
        &self,
        value: &str,
        means: &CookieCacheContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserId, CredentialErrorReason> {
        if value.len() > MAX_BYTES {
            return Err(CredentialErrorReason::TooLong);
        }
        let Cached { inner, until } = match value.bytes().filter(|byte| *byte == b'.').count() {
            0 => compact(value, means)?,
            2 => jwt(value, means, now)?,
            4 => timed(text_object(&jwe::decrypt(value, means.jwe)?)?)?,
            _ => return Err(CredentialErrorReason::Malformed),
        };
        if until < now.timestamp_millis() as f64 {
            return Err(CredentialErrorReason::Expired);
        }
        // 1.2 and 1.3 have no version, which is as if it were the first
        if inner.get("version").map_or(Some("1"), Value::as_str) != Some(means.version) {
            return Err(CredentialErrorReason::OtherVersion);
        }
        let (session, user) = (member(&inner, "session")?, member(&inner, "user")?);
        if session.get("token").and_then(Value::as_str) != Some(self.expose()) {
            return Err(CredentialErrorReason::OtherSession);
        }
        self.verify_record(Some(record(session, user)?), now)
    }
}

/// `base64url({"session":INNER,"expiresAt":MS,"signature":"…"})`, where what is signed is INNER with `expiresAt` as its last member.
///
/// It is read as the bytes that Better Auth writes, not as JSON: to write it anew, for the signature, would change numbers and the
/// order of members.
fn compact(value: &str, means: &CookieCacheContext<'_>) -> Result<Cached, CredentialErrorReason> {
    const SIGNATURE_CHARS: usize = 43;
    let bytes = URL_SAFE_NO_PAD.decode(value).map_err(|_| CredentialErrorReason::Malformed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| CredentialErrorReason::Malformed)?;
    let parts = || {
        let (rest, signature) = text.strip_suffix("\"}")?.rsplit_once(",\"signature\":\"")?;
        let (rest, end) = rest.rsplit_once(",\"expiresAt\":")?;
        Some((rest.strip_prefix("{\"session\":")?, end, signature))
    };
    let (inner, end, signature) = parts().ok_or(CredentialErrorReason::Malformed)?;
    let open = inner
        .strip_suffix('}')
        .filter(|_| signature.len() == SIGNATURE_CHARS)
        .ok_or(CredentialErrorReason::Malformed)?;
    let until: i64 = end.parse().map_err(|_| CredentialErrorReason::Malformed)?;
    check_mac(&format!("{open},\"expiresAt\":{end}}}"), signature, means.secrets)?;
    Ok(Cached { inner: text_object(inner.as_bytes())?, until: until as f64 })
}

/// A JWT: HS256 under Better Auth's secret, or of a type of its own and signed by a key of the key set.
fn jwt(value: &str, means: &CookieCacheContext<'_>, now: DateTime<Utc>) -> Result<Cached, CredentialErrorReason> {
    let jws = Jws::parse(value)?;
    let claims = match jws.typ().map(Value::as_str) {
        // Better Auth sets none
        None => {
            jws.algorithm(&[Algorithm::Hs256])?;
            jws.check(|message, signature| {
                std::str::from_utf8(message).is_ok_and(|text| check_mac(text, signature, means.secrets).is_ok())
            })?;
            jws.claims()?
        }
        Some(Some(TYPE)) => published(value, &jws, means, now)?,
        Some(_) => return Err(CredentialErrorReason::ForeignType),
    };
    timed(claims)
}

/// The claims of the form that a key of the key set signs: for nothing else, and about one session and one user.
fn published(
    value: &str,
    jws: &Jws<'_>,
    means: &CookieCacheContext<'_>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, CredentialErrorReason> {
    let algorithm = jws.algorithm(means.algorithms)?;
    let (seen, now) = (TokenFingerprint::new(value, means.keys), now.timestamp());
    let is_known = means.verified.find(&seen, now).is_some();
    if !is_known {
        jws.verify_with_key(algorithm, means.keys)?;
    }
    let claims = jws.claims()?;
    if claims.get("aud").and_then(Value::as_str) != Some(AUDIENCE) {
        return Err(CredentialErrorReason::ForeignAudience);
    }
    let (session, user) = (member(&claims, "session")?, member(&claims, "user")?);
    if claims.get("sid") != session.get("token") || claims.get("sub") != user.get("id") {
        return Err(CredentialErrorReason::OtherSession);
    }
    if !is_known {
        means.verified.remember(seen, (), claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0), now);
    }
    Ok(claims)
}

/// Claims with `exp` (Unix seconds). Better Auth grants 15 s to some of these forms; we grant none, since an expired copy costs a look-up.
fn timed(claims: Map<String, Value>) -> Result<Cached, CredentialErrorReason> {
    let exp = claims.get("exp").and_then(Value::as_f64).ok_or(CredentialErrorReason::BadTimes)?;
    // at `exp` it has expired (RFC 7519 section 4.1.4)
    Ok(Cached { inner: claims, until: exp * 1000.0 - 1.0 })
}

fn check_mac(text: &str, signature: &str, secrets: &[Secret]) -> Result<(), CredentialErrorReason> {
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| CredentialErrorReason::Malformed)?;
    let is_genuine = secrets.iter().any(|secret| mac(secret, text).verify_slice(&signature).is_ok());
    if is_genuine { Ok(()) } else { Err(CredentialErrorReason::BadSignature) }
}

fn text_object(text: &[u8]) -> Result<Map<String, Value>, CredentialErrorReason> {
    match json::parse(text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(CredentialErrorReason::Malformed),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, CredentialErrorReason> {
    object.get(name).and_then(Value::as_object).ok_or(CredentialErrorReason::Malformed)
}

/// The copy as if it were the row. What it says of a ban counts, though Better Auth itself asks for that at sign-in only.
fn record(session: &Map<String, Value>, user: &Map<String, Value>) -> Result<SessionRecord, CredentialErrorReason> {
    let moment = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| text.parse().ok());
    let user_id = user.get("id").filter(|id| session.get("userId") == Some(id)).ok_or(CredentialErrorReason::NoUser)?;
    let ban_ends = user.get("banExpires").filter(|end| !end.is_null());
    Ok(SessionRecord {
        user_id: user_id.as_str().ok_or(CredentialErrorReason::NoUser)?.to_owned(),
        expires_at: moment(session.get("expiresAt")).ok_or(CredentialErrorReason::BadTimes)?,
        user_exists: true,
        banned: user.get("banned").is_some_and(|banned| *banned != Value::Bool(false) && !banned.is_null()),
        // an end that cannot be read is none
        ban_expires: moment(ban_ends),
    })
}
