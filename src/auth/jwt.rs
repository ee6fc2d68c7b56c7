//! JSON Web Tokens (RFC 7519), held to RFC 8725 where the library is more lenient than that.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Map, Value};

use super::{KeySet, Reason, Secret, UserId};
use crate::json;

/// How far clocks may differ, in seconds.
const LEEWAY: f64 = 60.0;

/// A signature algorithm that is accepted (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// HMAC-SHA256 with the shared secret.
    Hs256,
    /// Ed25519; named `EdDSA`, or `Ed25519` (RFC 9864).
    EdDsa,
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-521.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// All of them: what is accepted unless `JWT_ALGORITHMS` narrows it.
    pub const ALL: [Self; 6] = [Self::Hs256, Self::EdDsa, Self::Es256, Self::Es512, Self::Rs256, Self::Ps256];

    /// The algorithm of this exact name (names are case-sensitive, RFC 7515 section 4.1.1).
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "HS256" => Self::Hs256,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            "ES256" => Self::Es256,
            "ES512" => Self::Es512,
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            _ => return None,
        })
    }
}

/// What a JWT must fulfil beside a good signature.
#[derive(Clone)]
pub struct JwtRules {
    /// The algorithms that are accepted at all.
    pub algorithms: Vec<Algorithm>,
    /// The path of the claim that names the user: `["sub"]`, `["user", "id"]`.
    pub user_claim: Vec<String>,
    /// One of these must be among the token's `aud`; empty: not checked.
    pub audience: Vec<String>,
    /// Must be the token's `iss`; `None`: not checked.
    pub issuer: Option<String>,
    hs256: Vec<DecodingKey>,
}

impl JwtRules {
    /// Rules with the secrets that HS256 tokens may be signed with.
    pub fn new(secrets: &[Secret]) -> Self {
        Self {
            algorithms: Algorithm::ALL.to_vec(),
            user_claim: vec!["sub".into()],
            audience: Vec::new(),
            issuer: None,
            hs256: secrets.iter().map(|secret| DecodingKey::from_secret(secret.expose())).collect(),
        }
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

/// Whom this token proves, at `now` (Unix seconds). The signature is checked before any claim is looked at.
pub(super) fn verify(token: &str, rules: &JwtRules, keys: &KeySet, now: i64) -> Result<UserId, Reason> {
    let (message, signature) = token.rsplit_once('.').ok_or(Reason::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Reason::Malformed)?;
    let header = object(header)?;
    let algorithm = check_header(&header, rules)?;
    let genuine = match algorithm {
        Algorithm::Hs256 => rules.hs256.iter().any(|key| {
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, jsonwebtoken::Algorithm::HS256)
                .unwrap_or(false)
        }),
        asymmetric => {
            let kid = header.get("kid").and_then(Value::as_str);
            let key = keys.find(kid).ok_or(Reason::UnknownKey)?;
            if !key.allows(asymmetric) {
                return Err(Reason::AlgorithmNotAllowed);
            }
            key.verify(asymmetric, message.as_bytes(), signature)
        }
    };
    if !genuine {
        return Err(Reason::BadSignature);
    }
    check_claims(&object(claims)?, rules, now)
}

fn object(part: &str) -> Result<Map<String, Value>, Reason> {
    let text = URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::Malformed)?;
    match json::parse(&text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Reason::Malformed),
    }
}

fn check_header(header: &Map<String, Value>, rules: &JwtRules) -> Result<Algorithm, Reason> {
    // extensions that we do not know (RFC 7515 section 4.1.11), compression, and keys that the sender brings along
    const REFUSED: [&str; 8] = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "enc"];
    if REFUSED.iter().any(|name| header.contains_key(*name)) {
        return Err(Reason::UnsupportedHeader);
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if ["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str()) => {}
        Some(_) => return Err(Reason::ForeignType),
    }
    if header.get("kid").is_some_and(|kid| !kid.is_string()) {
        return Err(Reason::Malformed);
    }
    let name = header.get("alg").and_then(Value::as_str).ok_or(Reason::Malformed)?;
    Algorithm::named(name).filter(|named| rules.algorithms.contains(named)).ok_or(Reason::AlgorithmNotAllowed)
}

fn check_claims(claims: &Map<String, Value>, rules: &JwtRules, now: i64) -> Result<UserId, Reason> {
    let now = now as f64;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Reason::BadTimes),
    };
    if now >= time("exp")?.ok_or(Reason::BadTimes)? + LEEWAY {
        return Err(Reason::Expired);
    }
    if time("nbf")?.is_some_and(|not_before| not_before > now + LEEWAY) {
        return Err(Reason::NotYetValid);
    }
    if time("iat")?.is_some_and(|issued| issued > now + LEEWAY) {
        return Err(Reason::BadTimes);
    }
    if rules.issuer.is_some() && claims.get("iss").and_then(Value::as_str) != rules.issuer.as_deref() {
        return Err(Reason::ForeignIssuer);
    }
    if !rules.audience.is_empty() && !is_for(claims.get("aud"), &rules.audience) {
        return Err(Reason::ForeignAudience);
    }
    user(claims, &rules.user_claim).and_then(UserId::proved)
}

/// `aud` is one text or a list of them (RFC 7519 section 4.1.3).
fn is_for(aud: Option<&Value>, ours: &[String]) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|text| ours.iter().any(|our| our == text));
    match aud {
        Some(Value::Array(list)) => list.iter().any(named),
        Some(value) => named(value),
        None => false,
    }
}

/// The user's id: a non-empty text, or a whole number, read as its text. No fallback to another claim: Better Auth's e-mail
/// links are HS256 JWTs under the same secret, with `userId` and no `sub` (FACTS 5).
fn user(claims: &Map<String, Value>, path: &[String]) -> Result<String, Reason> {
    let (first, rest) = path.split_first().ok_or(Reason::NoUser)?;
    let value = rest.iter().try_fold(claims.get(first).ok_or(Reason::NoUser)?, |value, name| value.get(name));
    match value {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Number(id)) if !id.is_f64() => Ok(id.to_string()),
        _ => Err(Reason::NoUser),
    }
}

/// Signs claims as an HS256 JWT, for `task-api mint` and for tests.
pub fn mint(claims: &Value, secret: &Secret) -> String {
    let key = EncodingKey::from_secret(secret.expose());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).expect("HS256 signs any JSON with any key")
}
