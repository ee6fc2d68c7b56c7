//! Checks that `task-api verify` and the authentication of the service agree on every captured credential.

use std::io::Write;

use better_auth_guard::KeySet;
use serde_json::{Value, json};

use crate::auth::vector_settings::cookie_settings;
use crate::cli::verify::verify;
use crate::support::vectors::{all, cookies, now, of_kind, text};
use crate::support::{CACHE_ON, COOKIE_ONLY, SECRET, Settings, VerificationResult, verifier, verify_header};

/// Compares the offline binary with the service's verifier, for the same settings, key set and header.
fn expect_same_verdict(id: &str, settings: Settings<'_>, jwks: &Value, (name, value): (&str, &str), now: i64) {
    let jwks = if jwks.is_object() { jwks.clone() } else { json!({ "keys": [] }) };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(jwks.to_string().as_bytes()).unwrap();
    let (keys, _) = KeySet::from_json(jwks.to_string().as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let arguments = ["--offline", "--jwks", &path, "--now", &now.to_string()];
    let output = verify(settings, &arguments, &format!("{name}: {value}\n"));
    let (code, user, reason) = match verify_header(&verifier(settings), &keys, (name, value), now) {
        VerificationResult::User(user) => (0, json!(user), Value::Null),
        VerificationResult::Session(_) => (2, Value::Null, json!("offline")),
        VerificationResult::Refused(reason) => (1, Value::Null, json!(reason.code())),
        VerificationResult::Absent => (1, Value::Null, json!("no_credential")),
    };
    assert_eq!(
        (output.code, &output.json["user_id"], &output.json["reason"]),
        (code, &user, &reason),
        "{id}: {}",
        output.text
    );
    // The output reports a session token with a valid signature.
    assert_eq!(code == 2, code == 2 && output.text.contains("matches a secret"), "{id}: {}", output.text);
    assert!(
        code == 0 || (output.text.contains("\ncause   ") || output.text.starts_with("cause   ")),
        "{id}: {}",
        output.text
    );
}

/// Kinds of vectors with a `Cookie` header. The further lists: `Set-Cookie` lines, Bearer credentials, JWTs, cookie caches.
const COOKIES: [&str; 6] =
    ["session_cookie", "session_cookie_form", "multi_session", "pg_row", "secondary_storage", "get_session"];
const SET_COOKIES: [&str; 2] = ["set_cookie", "session_row"];
const BEARERS: [&str; 2] = ["bearer", "reject"];
const JWTS: [&str; 2] = ["jwt", "jwt_hs256_custom_sign"];
const COOKIE_CACHES: [&str; 4] =
    ["session_data_compact", "session_data_jwt", "session_data_jwe", "session_data_jwt_jwks"];

#[test]
fn every_vector_with_a_credential_is_checked() {
    let checked = [COOKIES.as_slice(), &SET_COOKIES, &BEARERS, &JWTS, &COOKIE_CACHES].concat();
    for vector in &all() {
        let members = ["cookie", "cookie_header", "cookies", "set_cookie", "authorization", "token"];
        let has_credential = members.iter().any(|name| !vector["input"][name].is_null());
        let kind = text(vector, "/kind");
        assert!(!has_credential || checked.contains(&kind), "{kind}: {}", vector["id"]);
    }
}

#[test]
fn rotated_secrets_agree_with_the_service() {
    for vector in of_kind("secret_rotation") {
        let [s1, s2] = ["/secrets/S1", "/secrets/S2"].map(|pointer| text(&vector, pointer));
        let both = format!("2:{s2},1:{s1}");
        for name in ["old_secret_S1", "secrets_v2_S2_v1_S1"] {
            let cookie = format!("better-auth.session_token={}", text(&vector, &format!("/expected/{name}/cookie")));
            for settings in [("BETTER_AUTH_SECRETS", both.as_str()), ("BETTER_AUTH_SECRET", s1)] {
                expect_same_verdict(name, &[settings], &Value::Null, ("Cookie", &cookie), now(&vector));
            }
        }
    }
}

fn secret(vector: &Value) -> [(&'static str, &str); 1] {
    [("BETTER_AUTH_SECRET", vector["secret"].as_str().unwrap_or(SECRET))]
}

#[test]
fn cookies_agree_with_the_service() {
    for kind in COOKIES {
        for vector in of_kind(kind) {
            let input = &vector["input"];
            let Some(header) = input["cookie_header"].as_str().or(input["cookie"].as_str()) else { continue };
            expect_same_verdict(text(&vector, "/id"), &secret(&vector), &Value::Null, ("Cookie", header), now(&vector));
        }
    }
    for vector in SET_COOKIES.iter().flat_map(|kind| of_kind(kind)) {
        let settings = cookie_settings(&vector);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let lines = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let pairs: Vec<&str> = lines.map(|line| line.split(';').next().unwrap()).collect();
        expect_same_verdict(text(&vector, "/id"), &settings, &Value::Null, ("Cookie", &pairs.join("; ")), now(&vector));
    }
}

#[test]
fn bearers_and_vectors_to_reject_agree_with_the_service() {
    for vector in of_kind("bearer") {
        let header = ("Authorization", text(&vector, "/input/authorization"));
        let unsigned = [secret(&vector)[0], ("BEARER_UNSIGNED", "true")];
        expect_same_verdict(text(&vector, "/id"), &secret(&vector), &Value::Null, header, now(&vector));
        expect_same_verdict(text(&vector, "/id"), &unsigned, &Value::Null, header, now(&vector));
    }
    for vector in of_kind("reject") {
        let input = &vector["input"];
        let header = match (input["authorization"].as_str(), input["cookie_header"].as_str()) {
            (Some(value), _) => ("Authorization", value),
            (None, Some(value)) => ("Cookie", value),
            (None, None) => ("Cookie", text(&vector, "/input/set_cookie").split(';').next().unwrap()),
        };
        let issued_at = vector["expected"]["claims"]["iat"].as_i64().map_or(now(&vector), |seconds| seconds * 1000);
        expect_same_verdict(text(&vector, "/id"), &secret(&vector), &Value::Null, header, issued_at);
    }
}

#[test]
fn jwts_agree_with_the_service() {
    for vector in &JWTS.map(of_kind).concat() {
        let header = format!("Bearer {}", text(vector, "/input/token"));
        let input = &vector["input"];
        for jwks in [&input["jwks"], &input["first_ever_jwks_response"], &Value::Null] {
            expect_same_verdict(text(vector, "/id"), &secret(vector), jwks, ("Authorization", &header), now(vector));
        }
        if let Some(expires_at) = vector["expected"]["exp"].as_i64() {
            expect_same_verdict(
                text(vector, "/id"),
                &secret(vector),
                &input["jwks"],
                ("Authorization", &header),
                (expires_at + 61) * 1000,
            );
        }
    }
}

#[test]
fn cookie_caches_agree_with_the_service() {
    for kind in COOKIE_CACHES {
        for vector in of_kind(kind) {
            let version = vector["config"]["cookieCache"]["version"].as_str().unwrap_or("1");
            let settings = [secret(&vector)[0], ("SESSION_CACHE_VERSION", version)];
            let all_cookies = cookies(&vector, "");
            let expires_at = vector["expected"]["cache_exp_ms"].as_i64().unwrap();
            for (mode, timestamp) in
                [(COOKIE_ONLY, now(&vector)), (CACHE_ON, now(&vector)), (COOKIE_ONLY, expires_at + 1)]
            {
                let settings = [settings.as_slice(), &[mode]].concat();
                expect_same_verdict(
                    text(&vector, "/id"),
                    &settings,
                    &vector["input"]["jwks"],
                    ("Cookie", &all_cookies),
                    timestamp,
                );
            }
        }
    }
}
