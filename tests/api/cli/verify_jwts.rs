//! Tests `task-api verify` on JWTs: it reports unknown keys, invalid claims and tokens for other purposes.

use std::io::Write;

use chrono::Utc;
use serde_json::{Value, json};

use super::verify::{OTHER_SECRET, verify};
use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::support::vectors::{of_kind, text};
use crate::support::{BETTER_AUTH_URL, SECRET, Settings, ed25519_jwk, eddsa, hs256};

#[test]
fn a_key_of_another_front_end_is_reported() {
    let server = KeyServer::start(Reply::keys(&[ed25519_jwk("theirs")]));
    let base = server.base();
    let claims = json!({ "sub": "alice", "iss": "https://app.example.com", "exp": Utc::now().timestamp() + 900 });
    let line = format!("Authorization: Bearer {}", eddsa("ours", &claims));
    let output = verify(&[("BETTER_AUTH_URL", &base)], &[], &line);
    let words = [
        "signed with \"EdDSA\", but its key \"ours\" is not in the key set at",
        "check BETTER_AUTH_URL: the issuer of the token is",
        "https://app.example.com",
        &base,
    ];
    output.expect(1, "unknown_key", &words);
    let theirs = format!("Bearer {}", eddsa("theirs", &claims));
    // JWT_ISSUER defaults to the base URL.
    let output = verify(&[("BETTER_AUTH_URL", &base)], &[], &theirs);
    let rule = format!("only {base} is accepted, because BETTER_AUTH_URL is set and JWT_ISSUER is not");
    output.expect(
        1,
        "foreign_issuer",
        &["the issuer is \"https://app.example.com\"", &rule, "set JWT_ISSUER to its jwt.issuer"],
    );
    let with_issuer = [("BETTER_AUTH_URL", base.as_str()), ("JWT_ISSUER", "https://app.example.com")];
    let accepted = verify(&with_issuer, &[], &theirs);
    assert_eq!((accepted.code, &accepted.json["user_id"]), (0, &json!("alice")), "{}", accepted.text);
    drop(server);
    let output = verify(&[("JWKS_URL", &format!("{base}/jwks"))], &[], &line);
    output.expect(2, "keys_unavailable", &["the key set is unavailable", "the front end is reachable from here"]);
    verify(&[], &["--offline"], &line).expect(2, "offline", &["must be fetched"]);
}

#[test]
fn invalid_claims_are_reported() {
    let expires_at = Utc::now().timestamp() + 900;
    let verify_claims = |settings: Settings<'_>, claims: Value| {
        verify(settings, &["--offline"], &format!("Authorization: Bearer {}", hs256(&claims, SECRET)))
    };
    let no_user = verify_claims(&[], json!({ "userId": "alice", "exp": expires_at }));
    no_user.expect(
        1,
        "no_user",
        &["the claim sub is missing", "claims that may identify the user: userId", "JWT_USER_CLAIM"],
    );
    let settings_of_service = [("JWT_AUDIENCE", "tasks"), ("JWT_ISSUER", "https://app.example.com")];
    let issuer = verify_claims(
        &settings_of_service,
        json!({ "sub": "a", "exp": expires_at, "iss": "https://b.example", "aud": "tasks" }),
    );
    issuer.expect(
        1,
        "foreign_issuer",
        &["the issuer is \"https://b.example\", but JWT_ISSUER accepts only https://app.example.com"],
    );
    let audience = verify_claims(
        &settings_of_service,
        json!({ "sub": "a", "exp": expires_at, "iss": "https://app.example.com", "aud": ["shop"] }),
    );
    audience.expect(1, "foreign_audience", &["the audience is \"shop\", but JWT_AUDIENCE accepts only tasks"]);
    let expired = verify_claims(&[], json!({ "sub": "a", "exp": Utc::now().timestamp() - 600 }));
    expired.expect(1, "expired", &["the token expired 10 min ago"]);
    let early = verify_claims(&[], json!({ "sub": "a", "exp": expires_at, "iat": Utc::now().timestamp() + 600 }));
    early.expect(1, "bad_times", &["compare the clocks"]);
    let foreign = hs256(&json!({ "sub": "a", "exp": expires_at }), OTHER_SECRET);
    let output = verify(&[], &["--offline"], &format!("Authorization: Bearer {foreign}"));
    output.expect(1, "bad_signature", &["does not match any configured secret", "set BETTER_AUTH_SECRET to"]);
}

#[test]
fn tokens_for_third_parties_are_reported() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(json!({ "keys": [ed25519_jwk("ed")] }).to_string().as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let verify_token_with = |settings: Settings<'_>, members: Value| {
        let mut claims = json!({ "sub": "alice", "aud": "a-client", "exp": Utc::now().timestamp() + 900 });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let line = format!("Authorization: Bearer {}", eddsa("ed", &claims));
        verify(settings, &["--offline", "--jwks", &path], &line)
    };
    let cause = "an ID token or an access token that an OAuth provider issued to a third party";
    for (members, claims_found) in [
        (
            json!({ "acr": "0", "at_hash": "x", "nonce": "n" }),
            "its claims include acr, at_hash, nonce, and its audience is \"a-client\"",
        ),
        (json!({ "azp": "a-client" }), "its claims include azp, and its audience is \"a-client\""),
    ] {
        let output = verify_token_with(&[("JWT_AUDIENCE", "any")], members);
        output.expect(1, "foreign_type", &[cause, claims_found, "send the token of /api/auth/token"]);
    }
    let rule = format!("only {BETTER_AUTH_URL} is accepted, because BETTER_AUTH_URL is set and JWT_AUDIENCE is not");
    let words = [
        "the audience is \"a-client\"",
        &rule,
        "set JWT_AUDIENCE to its jwt.audience",
        "if an OAuth provider issued the token",
    ];
    verify_token_with(&[], json!({})).expect(1, "foreign_audience", &words);
    assert_eq!(verify_token_with(&[("JWT_AUDIENCE", "a-client")], json!({})).code, 0);
}

#[test]
fn the_token_of_an_email_link_is_reported() {
    let vectors = of_kind("reject");
    let vector = vectors.iter().find(|vector| text(vector, "/id").ends_with("email_verification_jwt")).unwrap();
    let issued_at = (vector["expected"]["claims"]["iat"].as_i64().unwrap() * 1000).to_string();
    let line = format!("Authorization: {}", text(vector, "/input/authorization"));
    let output = verify(&[], &["--offline", "--now", &issued_at], &line);
    output.expect(1, "no_user", &["this is the token of an e-mail verification link"]);
    assert!(!output.text.contains("zoe@"), "{}", output.text);
}
