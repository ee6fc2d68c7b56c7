//! Credentials to present, good and bad.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde_json::{Value, json};
use task_api::auth::{
    Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, Verifier, mint, signed_cookie_value,
};

use super::{BETTER_AUTH_URL, Settings};

/// The secret that every test's service has: the one of the seed's cookie.
pub const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";

/// A good JWT of this user.
pub fn jwt(user: &str) -> String {
    hs256(&json!({ "sub": user, "exp": chrono::Utc::now().timestamp() + 900 }), SECRET)
}

/// These claims, signed with this secret.
pub fn hs256(claims: &Value, secret: &str) -> String {
    mint(claims, &Secret::new(secret))
}

/// The `Cookie` header of a session, as Better Auth would set it.
pub fn cookie_header(token: &str) -> String {
    format!("better-auth.session_token={}", signed_cookie_value(token, &Secret::new(SECRET)))
}

/// A JWS of exactly these bytes, signed by `signature`: for tokens that no library would make.
pub fn jws(header: &str, payload: impl AsRef<[u8]>, signature: impl FnOnce(&str) -> Vec<u8>) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = base64url(signature(&message));
    format!("{message}.{signature}")
}

/// HMAC-SHA256 over a message under this key.
pub fn hmac(key: impl AsRef<[u8]>) -> impl Fn(&str) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_ref());
    move |message| aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
}

/// Base64url without padding (RFC 7515 section 2).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An Ed25519 key of the tests' own, always the same.
pub fn ed25519() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any 32 bytes are a seed")
}

/// Its public half as a JWK of this `kid`.
pub fn ed25519_jwk(kid: &str) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": base64url(ed25519().public_key()) })
}

/// These claims, signed with that key; by the issuer that every test's service expects, unless they name another one.
pub fn eddsa(kid: &str, claims: &Value) -> String {
    let mut claims = claims.clone();
    claims.as_object_mut().expect("claims").entry("iss").or_insert_with(|| BETTER_AUTH_URL.into());
    eddsa_of(kid, &claims)
}

/// Exactly these claims, signed with that key.
pub fn eddsa_of(kid: &str, claims: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "kid": kid }).to_string();
    jws(&header, claims.to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
}

/// What judges credentials by a test's configuration with these settings; no database is touched.
pub fn verifier(settings: Settings<'_>) -> Verifier {
    super::app::config("sqlite:unused.db", settings).auth.verifier()
}

/// What a credential came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// A JWT of this user.
    User(String),
    /// A session with this token, which is still to be looked up.
    Session(String),
    Refused(CredentialErrorReason),
    /// There is none.
    Absent,
}

/// Judges one header, at this moment in Unix milliseconds.
pub fn judge(verifier: &Verifier, keys: &KeySet, (name, value): (&str, &str), now: i64) -> Verdict {
    let mut presented = CredentialHeaders::default();
    match name {
        "Authorization" => presented.authorization.push(value.as_bytes()),
        "Cookie" => presented.cookie.push(value.as_bytes()),
        other => panic!("{other} carries no credential"),
    }
    let now = DateTime::from_timestamp_millis(now).expect("a moment of this era");
    match verifier.verify(&presented, keys, now) {
        Ok(Some((_, Credential::User(user)))) => Verdict::User(user.as_str().to_owned()),
        Ok(Some((_, Credential::Session(token)))) => Verdict::Session(token.expose().to_owned()),
        Ok(None) => Verdict::Absent,
        Err(refusal) => Verdict::Refused(refusal.reason),
    }
}
