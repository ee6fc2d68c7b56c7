//! Assertions and data for tests of sessions.

use better_auth_guard::{Credential, CredentialHeaders, KeySet, SessionToken};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Response, cookie_header, verifier};

/// The start of the challenge for a rejected credential.
const REJECTED: &str = r#"Bearer realm="tasks", error="invalid_token", error_description="The credential "#;

/// Asserts a 401 whose challenge says this about the credential.
#[track_caller]
pub fn expect_rejected(answer: &Response, reason: &str) {
    answer.expect(401);
    let challenge = answer.header("www-authenticate").expect("a 401 has a challenge");
    assert_eq!(challenge, format!("{REJECTED}{reason}.\""));
}

/// Asserts a 401 for a request without a credential.
#[track_caller]
pub fn expect_missing_credential(answer: &Response) {
    answer.expect(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"tasks\""));
}

/// Asserts a 503: the service cannot verify the credential.
#[track_caller]
pub fn expect_outage(answer: &Response) {
    answer.expect(503);
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None);
}

/// Returns a session as Better Auth writes it in JSON.
pub fn session_json(token: &str, user: &str, expires_at: DateTime<Utc>) -> Value {
    let iso = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Millis, true);
    let now = iso(Utc::now());
    json!({
        "session": {
            "id": "N7JuI2vAVQzPgu9DSta44n0L2NWAb1CA", "token": token, "userId": user, "expiresAt": iso(expires_at),
            "createdAt": now, "updatedAt": now, "ipAddress": "", "userAgent": "", "activeOrganizationId": null
        },
        "user": {
            "id": user, "name": "Zoë", "email": "zoe@example.com", "emailVerified": false, "image": null,
            "createdAt": now, "updatedAt": now, "role": "user"
        }
    })
}

/// Returns the verified session token of a signed cookie.
pub fn session_token(token: &str) -> SessionToken {
    let cookie = cookie_header(token);
    let presented = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match verifier(&[]).verify(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("not a session: {other:?}"),
    }
}
