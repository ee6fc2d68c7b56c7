//! Tokens that an OAuth provider issues to third parties: the key set verifies them, and they open nothing. The claims are those of real
//! tokens of each provider; `tests/better-auth` obtains such tokens by the authorization-code flow.

use serde_json::{Value, json};
use task_api::auth::{CredentialErrorReason, KeySet};

use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, Request, SECRET, Settings, Verdict, ed25519, ed25519_jwk, eddsa_of, hs256, judge,
    jws, verifier,
};

on_both!(
    tokens_for_third_parties_open_nothing,
    the_audience_and_the_issuer_are_those_of_the_base_url,
    any_turns_the_checks_off_and_id_tokens_stay_refused,
);

const CLIENT: &str = "fXwgJnJkVhZlfVFwWjBpTqHbNhCcZlRk";
const END: i64 = 4_102_444_800;

/// What Better Auth's jwt plugin signs for Alice.
fn own() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "aud": BETTER_AUTH_URL, "iat": 1_795_248_000, "exp": END, "name": "Alice", "email": "a@example.com" })
}

/// The same with these members added or put in the place of others; `null` takes a member out.
fn own_with(members: Value) -> Value {
    let mut claims = own();
    claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A service whose only key is that of the tests.
fn app(database: Database, settings: Settings<'_>) -> (tempfile::TempDir, App) {
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

fn tokens_for_third_parties_open_nothing(database: Database) {
    let (_folder, app) = app(database, &[]);
    let own_token = eddsa_of("ed", &own());
    let task =
        app.request("POST", "/api/tasks").bearer(&own_token).json(&json!({ "title": "mine" })).send().expect(201);
    let provider = format!("{BETTER_AUTH_URL}/api/auth");
    let tokens = [
        // an ID token of @better-auth/oauth-provider 1.7
        json!({ "iss": provider, "aud": CLIENT, "acr": "0", "auth_time": 1_795_248_000, "at_hash": "x", "nonce": "n" }),
        // one of oidc-provider with useJWTPlugin (1.4 to 1.6): the issuer is that of the jwt plugin
        json!({ "aud": CLIENT, "acr": "urn:mace:incommon:iap:silver", "auth_time": 1_795_248_000_000_i64, "nonce": "n" }),
        // a client that is called like the service
        json!({ "aud": BETTER_AUTH_URL, "acr": "0", "at_hash": "x" }),
        json!({ "aud": [CLIENT, BETTER_AUTH_URL], "acr": "0" }),
        // without the claims of an ID token
        json!({ "aud": CLIENT }),
        json!({ "aud": [CLIENT] }),
        json!({ "aud": [] }),
        json!({ "iss": provider, "aud": BETTER_AUTH_URL }),
        json!({ "iss": provider, "aud": null }),
        // an access token of @better-auth/oauth-provider 1.5 and 1.6, which has no typ; the last for a resource of this very name
        json!({ "iss": provider, "aud": provider, "azp": CLIENT, "scope": "openid", "sid": "s" }),
        json!({ "iss": provider, "aud": [provider, format!("{provider}/oauth2/userinfo")], "azp": CLIENT, "scope": "openid" }),
        json!({ "aud": BETTER_AUTH_URL, "azp": CLIENT, "scope": "read:tasks" }),
    ];
    for claims in tokens {
        let token = eddsa_of("ed", &own_with(claims.clone()));
        let by = |method: &str, path: &str| -> Request { app.request(method, path).bearer(&token) };
        by("GET", "/api/alice/tasks").send().expect(401);
        by("POST", "/api/tasks").json(&json!({ "title": "theirs" })).send().expect(401);
        by("DELETE", &format!("/api/alice/tasks/{}", task["id"])).send().expect(401);
        assert_eq!(list(&app, &own_with(claims.clone())), 401, "{claims}");
    }
    let tasks = app.request("GET", "/api/tasks").bearer(&own_token).send().expect(200);
    assert_eq!(tasks, json!([task]), "nothing was written");
}

fn the_audience_and_the_issuer_are_those_of_the_base_url(database: Database) {
    let (_folder, app) = app(database, &[]);
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
        assert_eq!(list(&app, &own_with(members.clone())), status, "{members}");
    }
    // with the shared secret neither is checked, nor which claims there are
    for members in
        [json!({ "iss": null, "aud": null }), json!({ "iss": "x", "aud": "y", "nonce": "n", "acr": "0", "azp": "c" })]
    {
        let token = hs256(&own_with(members), SECRET);
        app.request("GET", "/api/alice/tasks").bearer(&token).send().expect(200);
    }
}

fn any_turns_the_checks_off_and_id_tokens_stay_refused(database: Database) {
    let foreign = own_with(json!({ "iss": "https://other.example.com", "aud": CLIENT }));
    let any: Settings<'_> = &[("JWT_AUDIENCE", "any"), ("JWT_ISSUER", "any")];
    // without a base URL the service does not know its own name
    for settings in [any, &[("BETTER_AUTH_URL", "")]] {
        let (_folder, app) = app(database, settings);
        assert_eq!((list(&app, &own()), list(&app, &foreign)), (200, 200), "{settings:?}");
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

fn judged(settings: Settings<'_>, claims: &Value) -> Verdict {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let header = format!("Bearer {}", eddsa_of("ed", claims));
    judge(&verifier(settings), &keys, ("Authorization", &header), 1_795_248_000_000)
}

/// Better Auth 1.2 to 1.7 signs the origin of its base URL, whatever path or slash is behind it.
#[test]
fn of_a_base_url_its_origin_counts() {
    let alice = Verdict::User("alice".into());
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
        assert_eq!(judged(&settings, &own_with(json!({ "iss": signed, "aud": signed }))), alice, "{base}");
        for other in
            [format!("{signed}/"), format!("{signed}/api/auth"), format!("{signed}.example.org"), String::new()]
        {
            let (iss, aud) = (json!({ "iss": other, "aud": signed }), json!({ "iss": signed, "aud": other }));
            assert_eq!(
                judged(&settings, &own_with(iss)),
                Verdict::Refused(CredentialErrorReason::ForeignIssuer),
                "{base}: {other}"
            );
            assert_eq!(
                judged(&settings, &own_with(aud)),
                Verdict::Refused(CredentialErrorReason::ForeignAudience),
                "{base}: {other}"
            );
        }
    }
}

/// `JWT_AUDIENCE` and `JWT_ISSUER` take the place of the default, each alone, and hold for every token.
#[test]
fn configured_values_take_the_place_of_the_default() {
    let (alice, audience) = (Verdict::User("alice".into()), Verdict::Refused(CredentialErrorReason::ForeignAudience));
    let issuer = Verdict::Refused(CredentialErrorReason::ForeignIssuer);
    let named: Settings<'_> = &[("JWT_AUDIENCE", "tasks,api://tasks")];
    for (members, verdict) in [
        (json!({ "aud": "tasks" }), &alice),
        (json!({ "aud": ["other", "api://tasks"] }), &alice),
        (json!({}), &audience),
        (json!({ "aud": null }), &audience),
        (json!({ "aud": "tasks", "iss": "https://other.example.com" }), &issuer),
        (json!({ "aud": "tasks", "nonce": "n" }), &Verdict::Refused(CredentialErrorReason::ForeignType)),
    ] {
        assert_eq!(judged(named, &own_with(members.clone())), *verdict, "{members}");
    }
    // a Better Auth of several hosts signs as the host that it was asked at
    let hosts: Settings<'_> =
        &[("JWT_ISSUER", "https://a.example.com, https://b.example.com"), ("JWT_AUDIENCE", "any")];
    for (iss, verdict) in
        [("https://a.example.com", &alice), ("https://b.example.com", &alice), (BETTER_AUTH_URL, &issuer)]
    {
        assert_eq!(judged(hosts, &own_with(json!({ "iss": iss, "aud": iss }))), *verdict, "{iss}");
    }
}

#[test]
fn any_stands_alone() {
    let lookup = |name: &str| (name == "JWT_AUDIENCE").then(|| "any,tasks".to_owned());
    let problems = task_api::config::Config::from_lookup(&lookup).expect_err("two things").0;
    assert_eq!(problems, ["JWT_AUDIENCE must be only any, or accepted values separated by commas"]);
}

/// A token whose `typ` says what it is needs no claims to be refused.
#[test]
fn access_and_logout_tokens_are_refused_by_their_type() {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt"] {
        let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }).to_string();
        let token = jws(&header, own().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
        let verdict = judge(&verifier(&[]), &keys, ("Authorization", &format!("Bearer {token}")), 1_795_248_000_000);
        assert_eq!(verdict, Verdict::Refused(CredentialErrorReason::ForeignType), "{typ}");
    }
}
