//! Tests the settings for JWTs. The tests of the crate `better-auth-guard` verify valid and invalid JWTs.

use better_auth_guard::{CredentialErrorReason, KeySet};
use serde_json::{Value, json};
use task_api::config::Config;

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, SECRET, Settings, VerificationResult, base64url, cookie_header, ed25519_jwk, eddsa,
    hmac, hs256, jws, verifier, verify_header,
};

/// The clock of the tests, in Unix seconds.
const NOW: i64 = 1_795_248_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

on_both!(jwt_settings_apply_to_requests);

/// Verifies a token with these settings and a key set of one key, `ed`.
fn verdict_with(settings: Settings<'_>, token: &str) -> VerificationResult {
    let (keys, rejected) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    assert_eq!(rejected, []);
    verify_header(&verifier(settings), &keys, ("Authorization", &format!("Bearer {token}")), NOW * 1000)
}

fn alice() -> VerificationResult {
    VerificationResult::User("alice".into())
}

/// Returns valid claims of alice that expire 15 minutes after [`NOW`].
fn claims() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "exp": NOW + 900 })
}

/// Returns [`claims`] with these members added or replaced. `null` removes a member.
fn claims_with(members: Value) -> Value {
    let mut claims = claims();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

/// Returns a token with this payload and the usual header, signed with the secret.
fn with_payload(payload: impl AsRef<[u8]>) -> String {
    jws(HEADER, payload, hmac(SECRET))
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

/// RFC 8725 section 3.5: outside of loopback the service does not start with a secret shorter than the hash, 32 bytes.
#[test]
fn short_secrets_are_rejected() {
    for name in ["BETTER_AUTH_SECRET", "JWT_SECRET"] {
        let settings = |variable: &str| match variable {
            "HOST" => Some("0.0.0.0".to_owned()),
            variable if variable == name => Some("x".repeat(31)),
            "BETTER_AUTH_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        };
        let problems = Config::from_lookup(&settings).expect_err("the secret is too short").0;
        assert!(problems.iter().any(|problem| problem.starts_with(name)), "{problems:?}");
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
