//! Tests valid JWTs, their lifetime, their size and the settings for JWTs.
//!
//! [`crate::auth::rfc8725_algorithms`] and [`crate::auth::rfc8725_claims`] test invalid JWTs.

use better_auth_guard::{CredentialErrorReason, KeySet};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, SECRET, Settings, VerificationResult, base64url, cookie_header, ed25519,
    ed25519_jwk, eddsa, hmac, hs256, jws, verifier, verify_header,
};

/// The clock of the tests, in Unix seconds.
pub const NOW: i64 = 1_795_248_000;
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

on_both!(jwt_settings_apply_to_requests);

/// Verifies a token with these settings and a key set of one key, `ed`.
pub fn verdict_with(settings: Settings<'_>, token: &str) -> VerificationResult {
    let (keys, rejected) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    assert_eq!(rejected, []);
    verify_header(&verifier(settings), &keys, ("Authorization", &format!("Bearer {token}")), NOW * 1000)
}

pub fn verdict_of(token: &str) -> VerificationResult {
    verdict_with(&[], token)
}

pub fn alice() -> VerificationResult {
    VerificationResult::User("alice".into())
}

/// Returns valid claims of alice that expire 15 minutes after [`NOW`].
pub fn claims() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "exp": NOW + 900 })
}

/// Returns [`claims`] with these members added or replaced. `null` removes a member.
pub fn claims_with(members: Value) -> Value {
    let mut claims = claims();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

/// Returns a token with this header and valid claims, signed with the secret.
pub fn with_header(header: &str) -> String {
    jws(header, claims().to_string(), hmac(SECRET))
}

/// Returns a token with this payload and the usual header, signed with the secret.
pub fn with_payload(payload: impl AsRef<[u8]>) -> String {
    jws(HEADER, payload, hmac(SECRET))
}

/// Asserts that a token is rejected with this reason.
#[track_caller]
pub fn expect_rejected(token: &str, reason: CredentialErrorReason, why: &str) {
    assert_eq!(verdict_of(token), VerificationResult::Refused(reason), "{why}");
}

#[test]
fn valid_tokens_are_accepted() {
    assert_eq!(verdict_of(&with_header(HEADER)), alice());
    assert_eq!(verdict_of(&hs256(&claims(), SECRET)), alice());
    assert_eq!(verdict_of(&eddsa("ed", &claims())), alice());
    // RFC 9864 names the same algorithm Ed25519.
    let header = r#"{"alg":"Ed25519","kid":"ed"}"#;
    let token = jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
    assert_eq!(verdict_of(&token), alice());
}

/// RFC 7519 sections 4.1.4 to 4.1.6: `exp` is required, `nbf` is checked, `iat` must not be in the future. Allows 60 s of clock skew.
#[test]
fn times_are_numbers_with_60_seconds_of_clock_skew() {
    let table = [
        (json!({ "exp": NOW - 59 }), None),
        (json!({ "exp": NOW - 61 }), Some(CredentialErrorReason::Expired)),
        (json!({ "exp": NOW as f64 - 58.5 }), None),
        (json!({ "exp": NOW as f64 - 61.5 }), Some(CredentialErrorReason::Expired)),
        (json!({ "exp": -1 }), Some(CredentialErrorReason::Expired)),
        (json!({ "exp": 0 }), Some(CredentialErrorReason::Expired)),
        (json!({ "exp": null }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "exp": (NOW + 900).to_string() }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "exp": [NOW + 900] }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "exp": true }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "nbf": NOW + 59 }), None),
        (json!({ "nbf": NOW + 61 }), Some(CredentialErrorReason::NotYetValid)),
        (json!({ "nbf": "0" }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "iat": NOW + 59 }), None),
        (json!({ "iat": NOW + 61 }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "iat": "0" }), Some(CredentialErrorReason::BadTimes)),
        (json!({ "iat": 0, "nbf": 0 }), None),
    ];
    for (members, reason) in table {
        let verdict = verdict_of(&with_payload(claims_with(members.clone()).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, VerificationResult::Refused), "{members}");
    }
    expect_rejected(&with_payload(r#"{"sub":"alice","exp":null}"#), CredentialErrorReason::BadTimes, "exp is null");
    expect_rejected(
        &with_payload(r#"{"sub":"alice","exp":1e999}"#),
        CredentialErrorReason::Malformed,
        "exp exceeds the range of a number",
    );
}

/// The contract limits a token to 8 KiB.
#[test]
fn tokens_over_8_kib_are_rejected() {
    let with_length = |length| with_payload(claims_with(json!({ "pad": "x".repeat(length) })).to_string());
    let lengths = 5900..6300;
    let (mut longest, mut rejected) = (0, 0);
    for token in lengths.map(with_length) {
        if token.len() <= 8192 {
            longest = token.len();
            assert_eq!(verdict_of(&token), alice());
        } else {
            rejected += 1;
            expect_rejected(&token, CredentialErrorReason::TooLong, "longer than 8 KiB");
        }
    }
    assert!(longest > 8188 && rejected > 0, "lengths on both sides of the limit: {longest}");
}

#[test]
fn jwt_settings_are_applied() {
    let token = |members: Value| with_payload(claims_with(members).to_string());
    // JWT_ALGORITHMS restricts the accepted algorithms.
    assert_eq!(verdict_with(&[("JWT_ALGORITHMS", "HS256")], &token(json!({}))), alice());
    let rejected = VerificationResult::Refused(CredentialErrorReason::AlgorithmNotAllowed);
    assert_eq!(verdict_with(&[("JWT_ALGORITHMS", "HS256")], &eddsa("ed", &claims())), rejected);
    assert_eq!(verdict_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &token(json!({}))), rejected);
    assert_eq!(verdict_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &eddsa("ed", &claims())), alice());
    // JWT_USER_CLAIM names the only claim that identifies the user.
    for (claim, members) in [("user_id", json!({ "user_id": "u" })), ("user.id", json!({ "user": { "id": "u" } }))] {
        assert_eq!(verdict_with(&[("JWT_USER_CLAIM", claim)], &token(members)), VerificationResult::User("u".into()));
        let members =
            [json!({}), json!({ "user.id": "u", "user": "u" }), json!({ "user": { "id": "" }, "user_id": [] })];
        for members in members {
            let verdict = verdict_with(&[("JWT_USER_CLAIM", claim)], &token(members.clone()));
            assert_eq!(verdict, VerificationResult::Refused(CredentialErrorReason::NoUser), "{claim} {members}");
        }
    }
    // JWT_SECRET replaces Better Auth's secret for JWTs.
    let jwt_secret = "a secret for JWTs alone of 32 bytes";
    assert_eq!(verdict_with(&[("JWT_SECRET", jwt_secret)], &hs256(&claims(), jwt_secret)), alice());
    let rejected = VerificationResult::Refused(CredentialErrorReason::BadSignature);
    assert_eq!(verdict_with(&[("JWT_SECRET", jwt_secret)], &hs256(&claims(), SECRET)), rejected);
    // Every secret of BETTER_AUTH_SECRETS verifies. BETTER_AUTH_SECRETS replaces BETTER_AUTH_SECRET.
    let secrets = format!("2:{jwt_secret},1:an older secret of more than 32 bytes");
    for (secret, verdict) in
        [(jwt_secret, alice()), ("an older secret of more than 32 bytes", alice()), (SECRET, rejected)]
    {
        assert_eq!(verdict_with(&[("BETTER_AUTH_SECRETS", &secrets)], &hs256(&claims(), secret)), verdict, "{secret}");
    }
}

fn jwt_settings_apply_to_requests(database: Database) {
    let jwt_secret = "a secret for JWTs alone of 32 bytes";
    let settings = [("JWT_SECRET", jwt_secret), ("JWT_USER_CLAIM", "user.id"), ("JWT_AUDIENCE", "tasks")];
    let app = App::start_with(database, &settings);
    let exp = chrono::Utc::now().timestamp() + 900;
    let claims = json!({ "user": { "id": 7 }, "aud": ["tasks"], "exp": exp, "sub": "alice" });
    let get = |path: &str, token: &str| app.request("GET", path).bearer(token).send();
    get("/api/7/tasks", &hs256(&claims, jwt_secret)).expect(200);
    get("/api/alice/tasks", &hs256(&claims, jwt_secret)).expect(403);
    get("/api/7/tasks", &hs256(&claims, SECRET)).expect(401);
    get("/api/7/tasks", &hs256(&json!({ "user": { "id": 7 }, "aud": "x", "exp": exp }), jwt_secret)).expect(401);
    get("/api/7/tasks", &format!("{}.{}.{}", base64url("{}"), base64url("x".repeat(9000)), base64url("s"))).expect(401);
    // Session cookies still use Better Auth's secret. A padded JWT signed with it is no session token.
    let cookie = cookie_header(&app.sign_in("alice"));
    get("/api/7/tasks", &format!("{}=", hs256(&claims, SECRET))).expect(401);
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie).send().expect(200);
}
