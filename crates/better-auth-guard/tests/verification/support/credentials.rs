//! Creates valid and invalid credentials. The tests and benches of the service `task-api` also use this file.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::{
    Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, Verifier, mint, signed_cookie_value,
};
use chrono::DateTime;
use serde_json::{Value, json};

/// The base URL of every test. No process can listen on port 0, so no test reads a key set from a process of this machine.
pub const BETTER_AUTH_URL: &str = "http://localhost:0";

/// The secret of every test. It signed the cookie of the seed.
pub const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";

/// Returns a valid JWT of this user, for 15 minutes.
pub fn jwt(user: &str) -> String {
    hs256(&json!({ "sub": user, "exp": chrono::Utc::now().timestamp() + 900 }), SECRET)
}

/// Signs claims with HS256.
pub fn hs256(claims: &Value, secret: &str) -> String {
    mint(claims, &Secret::new(secret))
}

/// Returns the `Cookie` header of a session, as Better Auth sets it.
pub fn cookie_header(token: &str) -> String {
    format!("better-auth.session_token={}", signed_cookie_value(token, &Secret::new(SECRET)))
}

/// Returns a JWS of exactly these bytes, signed by `signature`. Libraries refuse to create some of these tokens.
pub fn jws(header: &str, payload: impl AsRef<[u8]>, signature: impl FnOnce(&str) -> Vec<u8>) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = base64url(signature(&message));
    format!("{message}.{signature}")
}

/// Returns HMAC-SHA256 with this key.
pub fn hmac(key: impl AsRef<[u8]>) -> impl Fn(&str) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_ref());
    move |message| aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
}

/// Encodes as base64url without padding (RFC 7515 section 2).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the Ed25519 key of the tests, which is always the same.
pub fn ed25519() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes are a seed")
}

/// Returns the public key of [`ed25519`] as a JWK with this `kid`.
pub fn ed25519_jwk(kid: &str) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": base64url(ed25519().public_key()) })
}

/// Signs claims with [`ed25519`]. Adds the issuer [`BETTER_AUTH_URL`], if the claims have none.
pub fn eddsa(kid: &str, claims: &Value) -> String {
    let mut claims = claims.clone();
    claims.as_object_mut().expect("the claims are an object").entry("iss").or_insert_with(|| BETTER_AUTH_URL.into());
    eddsa_of(kid, &claims)
}

/// Signs exactly these claims with [`ed25519`].
pub fn eddsa_of(kid: &str, claims: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "kid": kid }).to_string();
    jws(&header, claims.to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
}

/// The result of a verification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VerificationResult {
    /// A JWT of this user.
    User(String),
    /// A session token, not looked up yet.
    Session(String),
    Refused(CredentialErrorReason),
    /// The headers hold no credential.
    Absent,
}

/// Verifies one header, at this time in Unix milliseconds.
pub fn verify_header(verifier: &Verifier, keys: &KeySet, (name, value): (&str, &str), now: i64) -> VerificationResult {
    let mut presented = CredentialHeaders::default();
    match name {
        "Authorization" => presented.authorization.push(value.as_bytes()),
        "Cookie" => presented.cookie.push(value.as_bytes()),
        other => panic!("{other} is not a header of credentials"),
    }
    let now = DateTime::from_timestamp_millis(now).expect("the time is within the calendar");
    match verifier.verify(&presented, keys, now) {
        Ok(Some((_, Credential::User(user)))) => VerificationResult::User(user.as_str().to_owned()),
        Ok(Some((_, Credential::Session(token)))) => VerificationResult::Session(token.expose().to_owned()),
        Ok(None) => VerificationResult::Absent,
        Err(error) => VerificationResult::Refused(error.reason),
    }
}
