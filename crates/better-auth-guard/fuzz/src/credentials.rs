//! Targets for unauthenticated input: credentials and key sets.

use std::sync::LazyLock;

use better_auth_guard::{
    AuthPolicy, CookieCacheMode, Credential, CredentialHeaders, KeySet, Secret, Verifier, signed_cookie_value,
};
use chrono::DateTime;

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
const TOKEN: &str = "tok00000000000000000000000000000";
const KEYS: &[u8] =
    br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"c_dmVmXMDublX5t1vf57O93lanbu6jbGa2cbDqX4usA"}]}"#;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let mut policy = AuthPolicy::new([Secret::new(SECRET)]);
    policy.cookie_cache.mode = CookieCacheMode::Required;
    Verifier::new(policy)
});
static KEY_SET: LazyLock<KeySet> = LazyLock::new(|| KeySet::from_json(KEYS).expect("a valid key set").0);

/// Verifies the input as an `Authorization` header, and as the text after `Bearer`. Covers JWTs and session tokens.
pub fn header(bytes: &[u8]) {
    expect_no_user(&[bytes], &[]);
    expect_no_user(&[&[b"Bearer ".as_slice(), bytes].concat()], &[]);
}

/// Verifies the input as a `Cookie` header, and as the value of the session cookie.
pub fn cookie(bytes: &[u8]) {
    expect_no_user(&[], &[bytes]);
    expect_no_user(&[], &[&[b"better-auth.session_token=".as_slice(), bytes].concat()]);
}

/// Verifies the input as the cookie cache, next to a valid session token.
pub fn session_data(bytes: &[u8]) {
    let token = format!("better-auth.session_token={}", signed_cookie_value(TOKEN, &Secret::new(SECRET)));
    let cookie = [token.as_bytes(), b"; better-auth.session_data=", bytes].concat();
    expect_no_user(&[], &[&cookie]);
}

/// Parses a key set.
pub fn key_set(bytes: &[u8]) {
    let _ = KeySet::from_json(bytes);
}

/// Panics if these headers authenticate a user.
fn expect_no_user(authorization: &[&[u8]], cookie: &[&[u8]]) {
    let headers = CredentialHeaders { authorization: authorization.to_vec(), cookie: cookie.to_vec() };
    let now = DateTime::from_timestamp(1_795_247_400, 0).expect("a valid timestamp");
    let result = VERIFIER.verify(&headers, &KEY_SET, now);
    assert!(!matches!(result, Ok(Some((_, Credential::User(_))))));
}
