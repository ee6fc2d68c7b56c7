//! Verifies JSON Web Tokens (RFC 7519). Applies RFC 8725 where the JWT library is less strict.

use std::fmt;

use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::invalid_credential::CredentialErrorReason;
use crate::jws::Jws;
use crate::key_set::KeySet;
use crate::secret::Secret;
use crate::user::UserId;
use crate::verified_token_cache::{TokenFingerprint, VerifiedTokenCache};

/// The allowed clock skew, in seconds.
const CLOCK_SKEW: f64 = 60.0;

/// The requirements for a JWT in addition to a valid signature.
#[derive(Clone)]
pub struct JwtRules {
    /// The accepted algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The path of the user's claim, such as `["sub"]` or `["user", "id"]`.
    pub user_claim: Vec<String>,
    /// The accepted values of `aud`.
    pub audience: ClaimCheck,
    /// The accepted values of `iss`.
    pub issuer: ClaimCheck,
    hs256: Vec<DecodingKey>,
}

/// The accepted values of `aud` or `iss`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ClaimCheck {
    /// Does not check the claim.
    #[default]
    Off,
    /// Accepts the default of Better Auth's jwt plugin. Checks only tokens that the key set signs, and `aud` only if present.
    BaseUrl(String),
    /// Requires one of these values in every token.
    Configured(Vec<String>),
}

impl ClaimCheck {
    /// Returns the accepted values; none if the claim is not checked.
    pub fn accepted(&self) -> &[String] {
        match self {
            Self::Off => &[],
            Self::BaseUrl(value) => std::slice::from_ref(value),
            Self::Configured(values) => values,
        }
    }

    /// Returns whether the claim must have one of the accepted values.
    fn applies(&self, signed_by: SignedBy) -> bool {
        match self {
            Self::Off => false,
            Self::BaseUrl(_) => signed_by == SignedBy::KeySet,
            Self::Configured(_) => true,
        }
    }
}

/// The kind of key that signed a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SignedBy {
    /// The shared secret.
    Secret,
    /// A key of the key set.
    KeySet,
}

impl JwtRules {
    /// Creates rules that accept HS256 tokens signed with one of these secrets.
    ///
    /// The defaults are all algorithms, the claim `sub`, and no checks of `aud` and `iss`.
    pub fn new(secrets: &[Secret]) -> Self {
        Self {
            algorithms: Algorithm::ALL.to_vec(),
            user_claim: vec!["sub".into()],
            audience: ClaimCheck::Off,
            issuer: ClaimCheck::Off,
            hs256: secrets.iter().map(|secret| DecodingKey::from_secret(secret.expose())).collect(),
        }
    }

    fn verify_hs256(&self, message: &[u8], signature: &str) -> bool {
        let is_signed_by = |key| jsonwebtoken::crypto::verify(signature, message, key, jsonwebtoken::Algorithm::HS256);
        self.hs256.iter().any(|key| is_signed_by(key).unwrap_or(false))
    }
}

impl fmt::Debug for JwtRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtRules")
            .field("algorithms", &self.algorithms)
            .field("user_claim", &self.user_claim)
            .field("audience", &self.audience)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// The claims of a token with a verified signature.
///
/// `user` is the user, or the reason to reject the token.
#[derive(Clone)]
pub(crate) struct VerifiedClaims {
    user: Result<UserId, CredentialErrorReason>,
    expires: f64,
    not_before: Option<f64>,
    issued: Option<f64>,
}

impl VerifiedClaims {
    /// Returns the user if the token is valid at `now` (Unix seconds).
    fn user_at(self, now: i64) -> Result<UserId, CredentialErrorReason> {
        let now = now as f64;
        if now >= self.expires + CLOCK_SKEW {
            return Err(CredentialErrorReason::Expired);
        }
        if self.not_before.is_some_and(|not_before| not_before > now + CLOCK_SKEW) {
            return Err(CredentialErrorReason::NotYetValid);
        }
        if self.issued.is_some_and(|issued| issued > now + CLOCK_SKEW) {
            return Err(CredentialErrorReason::BadTimes);
        }
        self.user
    }
}

/// Authenticates a user with a token at `now` (Unix seconds). Verifies the signature before it reads any claim.
pub(crate) fn verify(
    token: &str,
    rules: &JwtRules,
    keys: &KeySet,
    cache: &VerifiedTokenCache<VerifiedClaims>,
    now: i64,
) -> Result<UserId, CredentialErrorReason> {
    let fingerprint = TokenFingerprint::new(token, keys);
    if let Some(claims) = cache.get(&fingerprint, now) {
        return claims.user_at(now);
    }
    let claims = verify_signature(token, rules, keys)?;
    let user = claims.clone().user_at(now)?;
    let expires = claims.expires;
    cache.insert(fingerprint, claims, expires, now);
    Ok(user)
}

/// Verifies the signature, and rejects claims of other kinds of tokens.
fn verify_signature(token: &str, rules: &JwtRules, keys: &KeySet) -> Result<VerifiedClaims, CredentialErrorReason> {
    let jws = Jws::parse(token)?;
    check_type(jws.typ())?;
    let algorithm = jws.algorithm(&rules.algorithms)?;
    if algorithm != Algorithm::Hs256 {
        jws.verify_with_key(algorithm, keys)?;
        let claims = jws.claims()?;
        let is_foreign = CLIENT_CLAIMS.iter().any(|name| claims.contains_key(*name));
        return if is_foreign {
            Err(CredentialErrorReason::ForeignType)
        } else {
            read_claims(&claims, rules, SignedBy::KeySet)
        };
    }
    jws.verify_with(|message, signature| rules.verify_hs256(message, signature))?;
    let claims = jws.claims()?;
    if is_cookie_cache(&claims) {
        Err(CredentialErrorReason::ForeignType)
    } else {
        read_claims(&claims, rules, SignedBy::Secret)
    }
}

/// Claims of tokens that an OAuth provider issues to third parties.
///
/// Better Auth's provider signs them with the key set of its jwt plugin, and with the user as `sub`. ID tokens have the first
/// four (OpenID Connect Core 1.0 section 2; `createIdToken` of `@better-auth/oauth-provider`). Access tokens have `azp`; up to
/// 1.6 they have no `typ` (`createJwtAccessToken`). Tokens of the jwt plugin have none of these.
pub const CLIENT_CLAIMS: [&str; 5] = ["acr", "at_hash", "auth_time", "nonce", "azp"];

/// Rejects a `typ` of another kind of token (RFC 8725 section 3.11).
fn check_type(typ: Option<&Value>) -> Result<(), CredentialErrorReason> {
    match typ {
        None => Ok(()),
        Some(Value::String(typ)) if ["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str()) => Ok(()),
        Some(_) => Err(CredentialErrorReason::ForeignType),
    }
}

/// Returns whether the claims are a cookie cache in the format `jwt`.
///
/// Better Auth's cookie cache is signed with the same secret and has no `typ`. It is not an API token (RFC 8725 section 3.12),
/// even if `JWT_USER_CLAIM` is `user.id`.
fn is_cookie_cache(claims: &Map<String, Value>) -> bool {
    let is_object = |name: &str| claims.get(name).is_some_and(Value::is_object);
    is_object("session") && is_object("user") && !claims.contains_key("sub")
}

fn read_claims(
    claims: &Map<String, Value>,
    rules: &JwtRules,
    signed_by: SignedBy,
) -> Result<VerifiedClaims, CredentialErrorReason> {
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(CredentialErrorReason::BadTimes),
    };
    let (expires, not_before, issued) =
        (time("exp")?.ok_or(CredentialErrorReason::BadTimes)?, time("nbf")?, time("iat")?);
    Ok(VerifiedClaims { user: verified_user(claims, rules, signed_by), expires, not_before, issued })
}

fn verified_user(
    claims: &Map<String, Value>,
    rules: &JwtRules,
    signed_by: SignedBy,
) -> Result<UserId, CredentialErrorReason> {
    if rules.issuer.applies(signed_by) && !is_accepted(claims.get("iss"), &rules.issuer) {
        return Err(CredentialErrorReason::ForeignIssuer);
    }
    if rules.audience.applies(signed_by) && !is_audience(claims.get("aud"), &rules.audience) {
        return Err(CredentialErrorReason::ForeignAudience);
    }
    user_claim(claims, &rules.user_claim).and_then(UserId::from_verified)
}

fn is_accepted(value: Option<&Value>, check: &ClaimCheck) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| check.accepted().iter().any(|accepted| accepted == text))
}

/// Returns whether `aud` has an accepted value.
///
/// `aud` is a string or a list of strings (RFC 7519 section 4.1.3).
fn is_audience(aud: Option<&Value>, check: &ClaimCheck) -> bool {
    match aud {
        Some(Value::Array(list)) => list.iter().any(|value| is_accepted(Some(value), check)),
        Some(_) => is_accepted(aud, check),
        None => matches!(check, ClaimCheck::BaseUrl(_)),
    }
}

/// Returns the user's id from a string or a whole number.
///
/// There is no fallback to another claim. Better Auth's e-mail links are HS256 JWTs with the same secret, with `userId` and no
/// `sub`.
fn user_claim(claims: &Map<String, Value>, path: &[String]) -> Result<String, CredentialErrorReason> {
    let (first, rest) = path.split_first().ok_or(CredentialErrorReason::NoUser)?;
    let value =
        rest.iter().try_fold(claims.get(first).ok_or(CredentialErrorReason::NoUser)?, |value, name| value.get(name));
    match value {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Number(id)) if !id.is_f64() => Ok(id.to_string()),
        _ => Err(CredentialErrorReason::NoUser),
    }
}

/// Signs claims as an HS256 JWT, for `task-api mint` and for tests.
pub fn mint(claims: &Value, secret: &Secret) -> String {
    let key = EncodingKey::from_secret(secret.expose());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key)
        .expect("HS256 accepts any key and any JSON claims")
}
