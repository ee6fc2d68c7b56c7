//! Checks the captured vectors of session cookies.
//!
//! Each vector is verified with its own secret and clock, without a database.

use better_auth_guard::{
    CookieName, Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, SessionRecord, SessionToken,
    Verifier, signed_cookie_value,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::cookie_cache_vectors::check_rotated_samples;
use crate::support::vectors::{is_accepted_by_better_auth, now, text};
use crate::support::{
    OTHER_SECRET, SECRET, VerificationResult, policy_of, policy_with, timestamp, verifier, verify_header,
};

pub fn session_cookie(vector: &Value) {
    let token = text(vector, "/expected/token");
    let header = ("Cookie", text(vector, "/input/cookie_header"));
    let with_own_secret = Verifier::new(policy_of(&[text(vector, "/secret")]));
    assert_eq!(
        verify_header(&with_own_secret, &KeySet::default(), header, now(vector)),
        VerificationResult::Session(token.into())
    );
    let with_other_secret = Verifier::new(policy_of(&[OTHER_SECRET]));
    assert_eq!(
        verify_header(&with_other_secret, &KeySet::default(), header, now(vector)),
        VerificationResult::Refused(CredentialErrorReason::BadSignature)
    );
    let secret = Secret::new(text(vector, "/secret"));
    assert_eq!(signed_cookie_value(token, &secret), text(vector, "/input/raw_value"));
    if vector["expected"]["exp_ms"].is_i64() {
        check_session_expiry(vector);
    }
}

fn check_session_expiry(vector: &Value) {
    let user = text(vector, "/expected/db_session_row_sqlite/userId");
    let expires_at: DateTime<Utc> = text(vector, "/expected/db_session_row_sqlite/expiresAt").parse().unwrap();
    assert_eq!(expires_at.timestamp_millis(), vector["expected"]["exp_ms"]);
    let row = SessionRecord { user_id: user.into(), expires_at, user_exists: true, banned: false, ban_expires: None };
    let token = session_token(vector);
    let verify_at = |timestamp: DateTime<Utc>| {
        token.verify_record(Some(row.clone()), timestamp).map(|user| user.as_str().to_owned())
    };
    assert_eq!(verify_at(timestamp(now(vector))), Ok(user.to_owned()));
    // At `expiresAt` itself the session is still valid, as in Better Auth.
    assert_eq!(verify_at(expires_at), Ok(user.to_owned()));
    assert_eq!(verify_at(expires_at + TimeDelta::milliseconds(1)), Err(CredentialErrorReason::Expired));
}

fn session_token(vector: &Value) -> SessionToken {
    let cookie = vec![text(vector, "/input/cookie_header").as_bytes()];
    let presented = CredentialHeaders { cookie, ..CredentialHeaders::default() };
    match verifier().verify(&presented, &KeySet::default(), timestamp(now(vector))) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("{}: {other:?}", vector["id"]),
    }
}

pub fn session_cookie_form(vector: &Value) {
    assert_eq!(text(vector, "/secret"), SECRET);
    let header = ("Cookie", text(vector, "/input/cookie_header"));
    let accepted =
        matches!(verify_header(&verifier(), &KeySet::default(), header, now(vector)), VerificationResult::Session(_));
    assert_eq!(accepted, is_accepted_by_better_auth(vector));
}

pub fn set_cookie(vector: &Value) {
    let cookie = cookie_name(vector);
    assert_eq!(cookie.as_str(), text(vector, "/expected/cookie_name"));
    let all = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    let pairs: Vec<&str> = all.map(|line| line.split(';').next().unwrap()).collect();
    let verifier = Verifier::new(policy_with(|policy| policy.cookie = cookie));
    let verdict = verify_header(&verifier, &KeySet::default(), ("Cookie", &pairs.join("; ")), now(vector));
    assert_eq!(verdict, VerificationResult::Session(text(vector, "/expected/token").into()));
}

/// Returns the session cookie's name in the Better Auth configuration of a vector.
fn cookie_name(vector: &Value) -> CookieName {
    let config = &vector["config"];
    let base = config["baseURL"].as_str().unwrap_or("");
    // Without a base URL, Better Auth from 1.4 on decides by NODE_ENV.
    let is_secure_by_environment =
        config["NODE_ENV"] == "production" && base.is_empty() && vector["version"] != "1.2.12";
    let is_secure_by_url = base.starts_with("https://") || config["baseURL"]["protocol"] == "https";
    let is_secure = match &config["advanced"]["useSecureCookies"] {
        Value::Bool(secure) => *secure,
        _ => is_secure_by_environment || is_secure_by_url,
    };
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str);
    let prefix = text("/advanced/cookiePrefix").unwrap_or("better-auth");
    CookieName::new(prefix, text("/advanced/cookies/session_token/name"), is_secure)
}

/// Checks that the active one of several sessions in a browser is used.
pub fn multi_session(vector: &Value) {
    let cookies = text(vector, "/input/cookie_header");
    let active = cookies.split_once('=').and_then(|(name, rest)| {
        assert_eq!(name, text(vector, "/expected/active_cookie"));
        rest.split_once('.')
    });
    let (token, _) = active.expect("the active cookie is the first");
    let verdict_of = |cookies: &str| verify_header(&verifier(), &KeySet::default(), ("Cookie", cookies), now(vector));
    assert_eq!(verdict_of(cookies), VerificationResult::Session(token.into()));
    let (_, others) = cookies.split_once("; ").expect("there are several cookies");
    assert_eq!(verdict_of(others), VerificationResult::Absent);
}

/// Checks that the cookie is a signature over the token of the session row.
pub fn pg_row(vector: &Value) {
    let with_own_secret = Verifier::new(policy_of(&[text(vector, "/secret")]));
    let verdict =
        verify_header(&with_own_secret, &KeySet::default(), ("Cookie", text(vector, "/input/cookie")), now(vector));
    let row = &vector["input"]["session_row"];
    // The vectors with renamed columns use `session_token`.
    let token = row.get("token").or_else(|| row.get("session_token")).and_then(Value::as_str).expect("a token");
    assert_eq!(verdict, VerificationResult::Session(token.into()));
}

/// Checks which secrets verify during a rotation.
///
/// Better Auth verifies cookies with the first secret only. The verifier verifies with all secrets, so that Better Auth and
/// a service can rotate one after the other. The session row decides whether the session is still valid.
pub fn secret_rotation(vector: &Value) {
    let (secrets, expected) = (&vector["secrets"], &vector["expected"]);
    let [s1, s2, s3] = ["S1", "S2", "S3"].map(|name| secrets[name].as_str().expect("a secret"));
    let cookie =
        |name: &str| format!("better-auth.session_token={}", expected[name]["cookie"].as_str().expect("a cookie"));
    let (old_cookie, new_cookie) = (cookie("old_secret_S1"), cookie("secrets_v2_S2_v1_S1"));
    let accepts = |secrets: &[&str], cookie: &str| {
        let verdict =
            verify_header(&Verifier::new(policy_of(secrets)), &KeySet::default(), ("Cookie", cookie), now(vector));
        matches!(verdict, VerificationResult::Session(_))
    };
    assert_eq!(accepts(&[s2, s1], &new_cookie), expected["new_cookie_under_rotated"]["ok"]);
    assert!(
        accepts(&[s2, s1], &old_cookie) && expected["old_cookie_under_rotated"]["ok"] == false,
        "verified with the second secret, unlike in Better Auth"
    );
    assert_eq!(accepts(&[s1], &new_cookie), expected["new_cookie_under_only_S1"]["ok"]);
    assert_eq!(accepts(&[s2], &old_cookie), expected["old_cookie_under_rotated_with_legacy"]["ok"]);
    check_rotated_samples(expected, [s1, s2, s3]);
    // The key that Better Auth created after the rotation is valid.
    let row = &expected["jwks_row_rotated"][0];
    let mut jwk: Value = serde_json::from_str(text(row, "/publicKey")).unwrap();
    jwk["alg"] = row["alg"].clone();
    assert_eq!(KeySet::from_jwks(&[jwk]).0.len(), 1);
}
