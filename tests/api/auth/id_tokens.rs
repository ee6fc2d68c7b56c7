//! Tests that tokens of an OAuth provider for third parties are rejected, although the key set verifies their signatures.
//!
//! `tests/better-auth` obtains such tokens by the authorization-code flow.

use better_auth_guard::{CredentialErrorReason, KeySet};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::third_party::{CLIENT_ID, own_claims, own_claims_with, third_party_claims};
use crate::support::{
    App, BETTER_AUTH_URL, Database, Request, SECRET, Settings, VerificationResult, ed25519, ed25519_jwk, eddsa_of,
    hs256, jws, verifier, verify_header,
};

on_both!(
    tokens_for_third_parties_are_rejected,
    audience_and_issuer_must_match_the_base_url,
    any_disables_the_checks_but_id_tokens_stay_rejected,
);

/// Starts a service whose key set has only the key of the tests.
fn start_app(database: Database, settings: Settings<'_>) -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, json!({ "keys": [ed25519_jwk("ed")] }).to_string()).unwrap();
    let keys = ("JWKS_FILE", file.to_str().unwrap());
    let app = App::start_with(database, &[&[keys], settings].concat());
    (folder, app)
}

fn list(app: &App, claims: &Value) -> u16 {
    app.request("GET", "/api/alice/tasks").bearer(&eddsa_of("ed", claims)).send().status
}

fn tokens_for_third_parties_are_rejected(database: Database) {
    let (_folder, app) = start_app(database, &[]);
    let own_token = eddsa_of("ed", &own_claims());
    let task =
        app.request("POST", "/api/tasks").bearer(&own_token).json(&json!({ "title": "mine" })).send().expect(201);
    for claims in third_party_claims() {
        let token = eddsa_of("ed", &claims);
        let by = |method: &str, path: &str| -> Request { app.request(method, path).bearer(&token) };
        by("GET", "/api/alice/tasks").send().expect(401);
        by("POST", "/api/tasks").json(&json!({ "title": "theirs" })).send().expect(401);
        by("DELETE", &format!("/api/alice/tasks/{}", task["id"])).send().expect(401);
        assert_eq!(list(&app, &claims), 401, "{claims}");
    }
    let tasks = app.request("GET", "/api/tasks").bearer(&own_token).send().expect(200);
    assert_eq!(tasks, json!([task]), "nothing was written");
}

fn audience_and_issuer_must_match_the_base_url(database: Database) {
    let (_folder, app) = start_app(database, &[]);
    let table = [
        (json!({}), 200),
        (json!({ "aud": [BETTER_AUTH_URL, "https://other.example.com"] }), 200),
        (json!({ "aud": null }), 200),
        (json!({ "aud": "https://other.example.com" }), 401),
        (json!({ "iss": "https://other.example.com" }), 401),
        (json!({ "iss": null }), 401),
        (json!({ "iss": [BETTER_AUTH_URL] }), 401),
    ];
    for (members, status) in table {
        assert_eq!(list(&app, &own_claims_with(members.clone())), status, "{members}");
    }
    // HS256 tokens skip the checks of issuer, audience and ID token claims.
    for members in
        [json!({ "iss": null, "aud": null }), json!({ "iss": "x", "aud": "y", "nonce": "n", "acr": "0", "azp": "c" })]
    {
        let token = hs256(&own_claims_with(members), SECRET);
        app.request("GET", "/api/alice/tasks").bearer(&token).send().expect(200);
    }
}

fn any_disables_the_checks_but_id_tokens_stay_rejected(database: Database) {
    let foreign = own_claims_with(json!({ "iss": "https://other.example.com", "aud": CLIENT_ID }));
    let any: Settings<'_> = &[("JWT_AUDIENCE", "any"), ("JWT_ISSUER", "any")];
    // Without a base URL there is no default issuer or audience.
    for settings in [any, &[("BETTER_AUTH_URL", "")]] {
        let (_folder, app) = start_app(database, settings);
        assert_eq!((list(&app, &own_claims()), list(&app, &foreign)), (200, 200), "{settings:?}");
        for name in ["acr", "at_hash", "auth_time", "nonce", "azp"] {
            for value in ["\"x\"", "0", "null", "{}"] {
                let mut claims = foreign.to_string();
                claims.insert_str(1, &format!("\"{name}\":{value},"));
                let header = r#"{"alg":"EdDSA","kid":"ed"}"#;
                let token = jws(header, claims, |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
                app.request("GET", "/api/alice/tasks").bearer(&token).send().expect(401);
            }
        }
    }
}

fn verdict_of(settings: Settings<'_>, claims: &Value) -> VerificationResult {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let header = format!("Bearer {}", eddsa_of("ed", claims));
    verify_header(&verifier(settings), &keys, ("Authorization", &header), 1_795_248_000_000)
}

/// Better Auth 1.2 to 1.7 signs the origin of its base URL, without its path and trailing slash.
#[test]
fn the_default_issuer_and_audience_are_the_origin_of_the_base_url() {
    let alice = VerificationResult::User("alice".into());
    let table = [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("HTTPS://App.Example.com:443/api/auth", "https://app.example.com"),
        ("https://app.example.com/shop/api/auth/", "https://app.example.com"),
        ("http://localhost:3000/api/auth", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ];
    for (base, signed) in table {
        let settings = [("BETTER_AUTH_URL", base), ("JWKS_ALLOW_HTTP", "true")];
        assert_eq!(verdict_of(&settings, &own_claims_with(json!({ "iss": signed, "aud": signed }))), alice, "{base}");
        for other in
            [format!("{signed}/"), format!("{signed}/api/auth"), format!("{signed}.example.org"), String::new()]
        {
            let (iss, aud) = (json!({ "iss": other, "aud": signed }), json!({ "iss": signed, "aud": other }));
            assert_eq!(
                verdict_of(&settings, &own_claims_with(iss)),
                VerificationResult::Refused(CredentialErrorReason::ForeignIssuer),
                "{base}: {other}"
            );
            assert_eq!(
                verdict_of(&settings, &own_claims_with(aud)),
                VerificationResult::Refused(CredentialErrorReason::ForeignAudience),
                "{base}: {other}"
            );
        }
    }
}

/// `JWT_AUDIENCE` and `JWT_ISSUER` each replace their own default, for every token.
#[test]
fn configured_values_replace_the_default() {
    let (alice, audience) =
        (VerificationResult::User("alice".into()), VerificationResult::Refused(CredentialErrorReason::ForeignAudience));
    let issuer = VerificationResult::Refused(CredentialErrorReason::ForeignIssuer);
    let named: Settings<'_> = &[("JWT_AUDIENCE", "tasks,api://tasks")];
    for (members, verdict) in [
        (json!({ "aud": "tasks" }), &alice),
        (json!({ "aud": ["other", "api://tasks"] }), &alice),
        (json!({}), &audience),
        (json!({ "aud": null }), &audience),
        (json!({ "aud": "tasks", "iss": "https://other.example.com" }), &issuer),
        (json!({ "aud": "tasks", "nonce": "n" }), &VerificationResult::Refused(CredentialErrorReason::ForeignType)),
    ] {
        assert_eq!(verdict_of(named, &own_claims_with(members.clone())), *verdict, "{members}");
    }
    // A Better Auth server with several hosts signs with the host of the request.
    let hosts: Settings<'_> =
        &[("JWT_ISSUER", "https://a.example.com, https://b.example.com"), ("JWT_AUDIENCE", "any")];
    for (iss, verdict) in
        [("https://a.example.com", &alice), ("https://b.example.com", &alice), (BETTER_AUTH_URL, &issuer)]
    {
        assert_eq!(verdict_of(hosts, &own_claims_with(json!({ "iss": iss, "aud": iss }))), *verdict, "{iss}");
    }
}

#[test]
fn any_cannot_be_combined_with_other_values() {
    let lookup = |name: &str| (name == "JWT_AUDIENCE").then(|| "any,tasks".to_owned());
    let problems = task_api::config::Config::from_lookup(&lookup).expect_err("any with other values").0;
    assert_eq!(problems, ["JWT_AUDIENCE must be only any, or accepted values separated by commas"]);
}
