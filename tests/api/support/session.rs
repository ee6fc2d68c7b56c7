//! What tests of sessions expect, and what they put where sessions are looked up.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use task_api::auth::{Credential, CredentialHeaders, KeySet, SessionToken};

use super::{Answer, cookie_header, verifier};

/// The challenge of a refusal, up to what is wrong.
const TROUBLE: &str = r#"Bearer realm="tasks", error="invalid_token", error_description="The credential "#;

/// 401, with this about the credential.
#[track_caller]
pub fn expect_refused(answer: &Answer, why: &str) {
    answer.expect(401);
    let challenge = answer.header("www-authenticate").expect("a 401 has a challenge");
    assert_eq!(challenge, format!("{TROUBLE}{why}.\""));
}

/// No credential at all, as far as this service looks.
#[track_caller]
pub fn expect_nobody(answer: &Answer) {
    answer.expect(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"tasks\""));
}

/// It cannot be judged: neither refused nor let in.
#[track_caller]
pub fn expect_outage(answer: &Answer) {
    answer.expect(503);
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None);
}

/// A session as Better Auth writes it in JSON.
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

/// The token of a cookie that a test signed itself.
pub fn session_token(token: &str) -> SessionToken {
    let cookie = cookie_header(token);
    let presented = CredentialHeaders { cookie: vec![cookie.as_bytes()], ..CredentialHeaders::default() };
    match verifier(&[]).verify(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("no session: {other:?}"),
    }
}
