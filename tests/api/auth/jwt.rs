//! JWTs: which are good, for how long, and what the settings change. How they can be bad is in [`crate::auth::rfc8725`].

use serde_json::{Value, json};
use task_api::auth::{CredentialErrorReason, KeySet};

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, SECRET, Settings, Verdict, base64url, cookie_header, ed25519, ed25519_jwk, eddsa,
    hmac, hs256, judge, jws, verifier,
};

/// The tests' own clock, in Unix seconds.
pub const NOW: i64 = 1_795_248_000;
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

on_both!(settings_reach_the_edge);

/// What a token comes to with these settings, where `ed` is the one public key.
pub fn judged_with(settings: Settings<'_>, token: &str) -> Verdict {
    let (keys, refused) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    assert_eq!(refused, []);
    judge(&verifier(settings), &keys, ("Authorization", &format!("Bearer {token}")), NOW * 1000)
}

pub fn judged(token: &str) -> Verdict {
    judged_with(&[], token)
}

pub fn alice() -> Verdict {
    Verdict::User("alice".into())
}

pub fn claims() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "exp": NOW + 900 })
}

/// Good claims with these members added or put in the place of others; those that are `null` are taken out.
pub fn claims_with(members: Value) -> Value {
    let mut claims = claims();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

/// A token with this header over good claims, signed with the secret.
pub fn with_header(header: &str) -> String {
    jws(header, claims().to_string(), hmac(SECRET))
}

/// A token with this payload below the usual header, signed with the secret.
pub fn with_payload(payload: impl AsRef<[u8]>) -> String {
    jws(HEADER, payload, hmac(SECRET))
}

#[track_caller]
pub fn expect_refused(token: &str, reason: CredentialErrorReason, why: &str) {
    assert_eq!(judged(token), Verdict::Refused(reason), "{why}");
}

#[test]
fn good_tokens_are_accepted() {
    assert_eq!(judged(&with_header(HEADER)), alice());
    assert_eq!(judged(&hs256(&claims(), SECRET)), alice());
    assert_eq!(judged(&eddsa("ed", &claims())), alice());
    // the name of RFC 9864 for the same algorithm
    let header = r#"{"alg":"Ed25519","kid":"ed"}"#;
    let token = jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
    assert_eq!(judged(&token), alice());
}

/// RFC 7519 sections 4.1.4 to 4.1.6: `exp` required, `nbf` honoured, `iat` not in the future; clocks may differ by 60 s.
#[test]
fn times_are_numbers_and_have_60_seconds_of_leeway() {
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
        let verdict = judged(&with_payload(claims_with(members.clone()).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, Verdict::Refused), "{members}");
    }
    expect_refused(&with_payload(r#"{"sub":"alice","exp":null}"#), CredentialErrorReason::BadTimes, "exp is null");
    expect_refused(
        &with_payload(r#"{"sub":"alice","exp":1e999}"#),
        CredentialErrorReason::Malformed,
        "exp is no number of this world",
    );
}

/// The contract: 8 KiB and no more.
#[test]
fn tokens_over_8_kib_are_refused() {
    let with_length = |length| with_payload(claims_with(json!({ "pad": "x".repeat(length) })).to_string());
    let lengths = 5900..6300;
    let (mut longest, mut refused) = (0, 0);
    for token in lengths.map(with_length) {
        if token.len() <= 8192 {
            longest = token.len();
            assert_eq!(judged(&token), alice());
        } else {
            refused += 1;
            expect_refused(&token, CredentialErrorReason::TooLong, "longer");
        }
    }
    assert!(longest > 8188 && refused > 0, "the edge was crossed: {longest}");
}

#[test]
fn the_settings_of_jwts_are_followed() {
    let token = |members: Value| with_payload(claims_with(members).to_string());
    // JWT_ALGORITHMS narrows
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "HS256")], &token(json!({}))), alice());
    let refused = Verdict::Refused(CredentialErrorReason::AlgorithmNotAllowed);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "HS256")], &eddsa("ed", &claims())), refused);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &token(json!({}))), refused);
    assert_eq!(judged_with(&[("JWT_ALGORITHMS", "EdDSA, ES256")], &eddsa("ed", &claims())), alice());
    // JWT_USER_CLAIM names one claim, and no other is looked at
    for (claim, members) in [("user_id", json!({ "user_id": "u" })), ("user.id", json!({ "user": { "id": "u" } }))] {
        assert_eq!(judged_with(&[("JWT_USER_CLAIM", claim)], &token(members)), Verdict::User("u".into()));
        let others =
            [json!({}), json!({ "user.id": "u", "user": "u" }), json!({ "user": { "id": "" }, "user_id": [] })];
        for others in others {
            let verdict = judged_with(&[("JWT_USER_CLAIM", claim)], &token(others.clone()));
            assert_eq!(verdict, Verdict::Refused(CredentialErrorReason::NoUser), "{claim} {others}");
        }
    }
    // JWT_SECRET takes the place of Better Auth's secret, for JWTs
    let own = "a secret for JWTs alone of 32 bytes";
    assert_eq!(judged_with(&[("JWT_SECRET", own)], &hs256(&claims(), own)), alice());
    let refused = Verdict::Refused(CredentialErrorReason::BadSignature);
    assert_eq!(judged_with(&[("JWT_SECRET", own)], &hs256(&claims(), SECRET)), refused);
    // of BETTER_AUTH_SECRETS all verify, and BETTER_AUTH_SECRET is not looked at beside them
    let secrets = format!("2:{own},1:an older secret of more than 32 bytes");
    for (secret, verdict) in [(own, alice()), ("an older secret of more than 32 bytes", alice()), (SECRET, refused)] {
        assert_eq!(judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &hs256(&claims(), secret)), verdict, "{secret}");
    }
}

fn settings_reach_the_edge(database: Database) {
    let own = "a secret for JWTs alone of 32 bytes";
    let settings = [("JWT_SECRET", own), ("JWT_USER_CLAIM", "user.id"), ("JWT_AUDIENCE", "tasks")];
    let app = App::start_with(database, &settings);
    let exp = chrono::Utc::now().timestamp() + 900;
    let good = json!({ "user": { "id": 7 }, "aud": ["tasks"], "exp": exp, "sub": "alice" });
    let ask = |path: &str, token: &str| app.request("GET", path).bearer(token).send();
    ask("/api/7/tasks", &hs256(&good, own)).expect(200);
    ask("/api/alice/tasks", &hs256(&good, own)).expect(403);
    ask("/api/7/tasks", &hs256(&good, SECRET)).expect(401);
    ask("/api/7/tasks", &hs256(&json!({ "user": { "id": 7 }, "aud": "x", "exp": exp }), own)).expect(401);
    ask("/api/7/tasks", &format!("{}.{}.{}", base64url("{}"), base64url("x".repeat(9000)), base64url("s"))).expect(401);
    // the cookie's secret stays Better Auth's; and no padded JWT under that one is a session
    let cookie = cookie_header(&app.sign_in("alice"));
    ask("/api/7/tasks", &format!("{}=", hs256(&good, SECRET))).expect(401);
    app.request("GET", "/api/alice/tasks").header("Cookie", &cookie).send().expect(200);
}
