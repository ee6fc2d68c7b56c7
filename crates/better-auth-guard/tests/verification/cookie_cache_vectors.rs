//! Checks the captured vectors of Better Auth's cookie cache.

use better_auth_guard::{
    AuthPolicy, CookieCacheMode, CredentialErrorReason, KeySet, Secret, Verifier, signed_cookie_value,
};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::cookie_cache::verify_with;
use crate::support::vectors::{cookies, now, of_kind, text};
use crate::support::{OTHER_SECRET, TOKEN, VerificationResult, policy, policy_of, verify_header, with_cookie_cache};

/// Returns the policy of a vector with these secrets.
fn policy_of_vector(vector: &Value, secret: &str) -> AuthPolicy {
    let mut policy = policy_of(&[secret]);
    policy.cookie_cache.version = vector["config"]["cookieCache"]["version"].as_str().unwrap_or("1").into();
    policy
}

/// Returns the key set of a vector, which is empty if the vector has none.
fn keys(vector: &Value) -> KeySet {
    let keys = vector["input"]["jwks"]["keys"].as_array().map(|keys| KeySet::from_jwks(keys).0);
    keys.unwrap_or_default()
}

/// Checks that a cached session is valid until Better Auth's expiry, for its own session and secret only.
///
/// The service is stricter than some versions of Better Auth:
///
/// - Better Auth up to 1.6 accepts the cached session of another session.
/// - Better Auth accepts `jwe` and the form signed by the key set for 15 s after their expiry.
/// - Better Auth up to 1.3 has no version to check.
pub fn check_vector(vector: &Value) {
    assert_eq!(vector["expected"]["valid"], true);
    let (secret, token) = (text(vector, "/secret"), text(vector, "/expected/session/token"));
    let (policy, keys, all_cookies) = (policy_of_vector(vector, secret), keys(vector), cookies(vector, ""));
    let verify_at = |cookies: &str, now| verify_with(&policy, &keys, cookies, now);
    let user = text(vector, "/expected/user/id").to_owned();
    assert_eq!(verify_at(&all_cookies, now(vector)), Ok(user.clone()));
    // Expires at its own end or at the session's, whichever is earlier.
    let cache_end = vector["expected"]["cache_exp_ms"].as_i64().unwrap();
    let session_end: DateTime<Utc> = text(vector, "/expected/session/expiresAt").parse().unwrap();
    let end = cache_end.min(session_end.timestamp_millis());
    assert_eq!(verify_at(&all_cookies, end - 1), Ok(user.clone()));
    assert_eq!(verify_at(&all_cookies, end + 1), Err(CredentialErrorReason::Expired));
    // Without the cached session, and without the session token.
    assert_eq!(verify_at(&cookies(vector, "session_data"), now(vector)), Err(CredentialErrorReason::NoSession));
    let own_verifier = Verifier::new(with_cookie_cache(CookieCacheMode::ReplacesLookup, policy.clone()));
    let without_token = cookies(vector, "session_token");
    assert_eq!(
        verify_header(&own_verifier, &keys, ("Cookie", &without_token), now(vector)),
        VerificationResult::Absent
    );
    // With the token of another session.
    let with_token = |token: &str, secret: &str| {
        format!("better-auth.session_token={}; {without_token}", signed_cookie_value(token, &Secret::new(secret)))
    };
    assert_eq!(verify_at(&with_token(TOKEN, secret), now(vector)), Err(CredentialErrorReason::OtherSession));
    // With another secret, which signs the session token. The form signed by the key set needs no secret.
    let other_secret = policy_of_vector(vector, OTHER_SECRET);
    let is_signed_by_key_set = vector["kind"] == "session_data_jwt_jwks";
    let expected = if is_signed_by_key_set { Ok(user) } else { Err(CredentialErrorReason::BadSignature) };
    assert_eq!(verify_with(&other_secret, &keys, &with_token(token, OTHER_SECRET), now(vector)), expected);
    if is_signed_by_key_set {
        assert_eq!(
            verify_with(&policy, &KeySet::default(), &all_cookies, now(vector)),
            Err(CredentialErrorReason::UnknownKey)
        );
    }
    // With another cache version.
    let mut other_version = policy.clone();
    other_version.cookie_cache.version = "2".into();
    assert_eq!(verify_with(&other_version, &keys, &all_cookies, now(vector)), Err(CredentialErrorReason::OtherVersion));
    // As a Bearer token it is rejected, whichever claim names the user.
    for claim in ["sub", "user.id"] {
        let mut policy = with_cookie_cache(CookieCacheMode::ReplacesLookup, policy_of(&[secret]));
        policy.jwt.user_claim = claim.split('.').map(str::to_owned).collect();
        let verifier_of_vector = Verifier::new(policy);
        let bearer = format!("Bearer {}", text(vector, "/input/value"));
        let verdict = verify_header(&verifier_of_vector, &keys, ("Authorization", &bearer), now(vector));
        assert!(matches!(verdict, VerificationResult::Refused(_)), "{verdict:?}");
    }
}

/// Checks the token of one session with the cached session of another. Like Better Auth 1.7, the service uses the token.
pub fn check_mixed_sessions(vector: &Value) {
    for form in ["compact", "jwt", "jwe"] {
        assert_eq!(vector["expected"]["1.7.24"][form], "a@example.com");
        let of_form = of_kind(&format!("session_data_{form}"));
        let (a, b) = (&of_form[0], &of_form[1]);
        let mixed = format!("{}; {}", cookies(a, "session_data"), cookies(b, "session_token"));
        let verifier_of_vector = Verifier::new(with_cookie_cache(CookieCacheMode::ReplacesLookup, policy()));
        let verdict = verify_header(&verifier_of_vector, &KeySet::default(), ("Cookie", &mixed), now(a));
        assert_eq!(verdict, VerificationResult::Session(text(a, "/expected/session/token").into()));
    }
}

/// Checks cached sessions that were written after a secret rotation.
///
/// Better Auth verifies `compact` and `jwt` with the first secret only, and `jwe` with all secrets. The service verifies every
/// form with all secrets, so that the services can rotate one after the other.
pub fn check_rotated_samples(expected: &Value, [s1, s2, s3]: [&str; 3]) {
    const NOW: i64 = 1_795_247_625_000;
    for form in ["compact", "jwt", "jwe"] {
        let sample = expected[format!("session_data_{form}_new_under_rotated_sample")].as_str().expect("a sample");
        let token = token_in_sample(form);
        let cookies = |secret: &str| {
            let token = signed_cookie_value(token, &Secret::new(secret));
            format!("better-auth.session_token={token}; better-auth.session_data={sample}")
        };
        for secrets in [[s2, s1], [s3, s2]] {
            let result = verify_with(&policy_of(&secrets), &KeySet::default(), &cookies(s2), NOW);
            assert!(result.is_ok(), "{form}: {result:?}");
        }
        let result = verify_with(&policy_of(&[s1]), &KeySet::default(), &cookies(s1), NOW);
        assert_eq!(result, Err(CredentialErrorReason::BadSignature), "{form}");
    }
}

/// Returns the session token of a sample, which is not in the vector.
fn token_in_sample(form: &str) -> &'static str {
    match form {
        "compact" => "e01QvD7xaK493xyHkHkiylDNoxLBib2q",
        "jwt" => "PYzSJ5fx6hN5D2AJL8pTQocaXISNPBcb",
        _ => "zVPvMYRRESKIAPtyMmwzNWZEfQNJjGt6",
    }
}
