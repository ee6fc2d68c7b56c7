//! Every captured vector that is a credential, through `task-api verify`: its verdict is the guard's.

use std::io::Write;

use serde_json::{Value, json};
use task_api::auth::KeySet;

use crate::auth::captured_vectors::{now, of_kind, text};
use crate::auth::vector_checks::cookie_settings;
use crate::cli::verify::verify;
use crate::sessions::cookie_cache::{ALONE, ON};
use crate::sessions::cookie_cache_vectors::{cookies, parts};
use crate::support::{SECRET, Settings, Verdict, judge, verifier};

/// The binary offline, with this key set, against the guard's own code with the same.
fn same(id: &str, settings: Settings<'_>, jwks: &Value, (name, value): (&str, &str), now: i64) {
    let jwks = if jwks.is_object() { jwks.clone() } else { json!({ "keys": [] }) };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(jwks.to_string().as_bytes()).unwrap();
    let (keys, _) = KeySet::from_json(jwks.to_string().as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let arguments = ["--offline", "--jwks", &path, "--now", &now.to_string()];
    let said = verify(settings, &arguments, &format!("{name}: {value}\n"));
    let (code, user, reason) = match judge(&verifier(settings), &keys, (name, value), now) {
        Verdict::User(user) => (0, json!(user), Value::Null),
        Verdict::Session(_) => (2, Value::Null, json!("offline")),
        Verdict::Refused(reason) => (1, Value::Null, json!(reason.code())),
        Verdict::Absent => (1, Value::Null, json!("no_credential")),
    };
    assert_eq!((said.code, &said.json["user_id"], &said.json["reason"]), (code, &user, &reason), "{id}: {}", said.text);
    // a session's token whose signature is good is told as such
    assert_eq!(code == 2, code == 2 && said.text.contains("matches a secret"), "{id}: {}", said.text);
    assert!(
        code == 0 || (said.text.contains("\ncause   ") || said.text.starts_with("cause   ")),
        "{id}: {}",
        said.text
    );
}

/// Kinds whose vectors show a `Cookie` header, what a browser makes one of, a Bearer credential, a JWT, or a cookie cache.
const COOKIES: [&str; 6] =
    ["session_cookie", "session_cookie_form", "multi_session", "pg_row", "secondary_storage", "get_session"];
const SET_COOKIES: [&str; 2] = ["set_cookie", "session_row"];
const BEARERS: [&str; 2] = ["bearer", "reject"];
const JWTS: [&str; 2] = ["jwt", "jwt_hs256_custom_sign"];
const COPIES: [&str; 4] = ["session_data_compact", "session_data_jwt", "session_data_jwe", "session_data_jwt_jwks"];

#[test]
fn no_vector_that_shows_a_credential_is_left_out() {
    let file: Value = serde_json::from_str(include_str!("../../data/vectors.json")).unwrap();
    let judged = [COOKIES.as_slice(), &SET_COOKIES, &BEARERS, &JWTS, &COPIES].concat();
    for vector in file["vectors"].as_array().unwrap() {
        let shows = ["cookie", "cookie_header", "cookies", "set_cookie", "authorization", "token"];
        let is_shown = shows.iter().any(|name| !vector["input"][name].is_null());
        let kind = text(vector, "/kind");
        assert!(!is_shown || judged.contains(&kind), "{kind}: {}", vector["id"]);
    }
}

#[test]
fn rotated_secrets_are_judged_as_by_the_guard() {
    for vector in of_kind("secret_rotation") {
        let [s1, s2] = ["/secrets/S1", "/secrets/S2"].map(|pointer| text(&vector, pointer));
        let both = format!("2:{s2},1:{s1}");
        for name in ["old_secret_S1", "secrets_v2_S2_v1_S1"] {
            let cookie = format!("better-auth.session_token={}", text(&vector, &format!("/expected/{name}/cookie")));
            for settings in [("BETTER_AUTH_SECRETS", both.as_str()), ("BETTER_AUTH_SECRET", s1)] {
                same(name, &[settings], &Value::Null, ("Cookie", &cookie), now(&vector));
            }
        }
    }
}

fn secret(vector: &Value) -> [(&'static str, &str); 1] {
    [("BETTER_AUTH_SECRET", vector["secret"].as_str().unwrap_or(SECRET))]
}

#[test]
fn cookies_are_judged_as_by_the_guard() {
    for kind in COOKIES {
        for vector in of_kind(kind) {
            let input = &vector["input"];
            let Some(header) = input["cookie_header"].as_str().or(input["cookie"].as_str()) else { continue };
            same(text(&vector, "/id"), &secret(&vector), &Value::Null, ("Cookie", header), now(&vector));
        }
    }
    for vector in SET_COOKIES.iter().flat_map(|kind| of_kind(kind)) {
        let settings = cookie_settings(&vector);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let lines = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let pairs: Vec<&str> = lines.map(|line| line.split(';').next().unwrap()).collect();
        same(text(&vector, "/id"), &settings, &Value::Null, ("Cookie", &pairs.join("; ")), now(&vector));
    }
}

#[test]
fn bearers_and_impostors_are_judged_as_by_the_guard() {
    for vector in of_kind("bearer") {
        let header = ("Authorization", text(&vector, "/input/authorization"));
        let unsigned = [secret(&vector)[0], ("BEARER_UNSIGNED", "true")];
        same(text(&vector, "/id"), &secret(&vector), &Value::Null, header, now(&vector));
        same(text(&vector, "/id"), &unsigned, &Value::Null, header, now(&vector));
    }
    for vector in of_kind("reject") {
        let input = &vector["input"];
        let header = match (input["authorization"].as_str(), input["cookie_header"].as_str()) {
            (Some(value), _) => ("Authorization", value),
            (None, Some(value)) => ("Cookie", value),
            (None, None) => ("Cookie", text(&vector, "/input/set_cookie").split(';').next().unwrap()),
        };
        let issued = vector["expected"]["claims"]["iat"].as_i64().map_or(now(&vector), |seconds| seconds * 1000);
        same(text(&vector, "/id"), &secret(&vector), &Value::Null, header, issued);
    }
}

#[test]
fn jwts_are_judged_as_by_the_guard() {
    for vector in &JWTS.map(of_kind).concat() {
        let header = format!("Bearer {}", text(vector, "/input/token"));
        let input = &vector["input"];
        for set in [&input["jwks"], &input["first_ever_jwks_response"], &Value::Null] {
            same(text(vector, "/id"), &secret(vector), set, ("Authorization", &header), now(vector));
        }
        if let Some(end) = vector["expected"]["exp"].as_i64() {
            same(text(vector, "/id"), &secret(vector), &input["jwks"], ("Authorization", &header), (end + 61) * 1000);
        }
    }
}

#[test]
fn cookie_caches_are_judged_as_by_the_guard() {
    for kind in COPIES {
        for vector in of_kind(kind) {
            let ((settings, _, _), whole) = (parts(&vector), cookies(&vector, ""));
            let end = vector["expected"]["cache_exp_ms"].as_i64().unwrap();
            for (role, moment) in [(ALONE, now(&vector)), (ON, now(&vector)), (ALONE, end + 1)] {
                let settings = [settings.as_slice(), &[role]].concat();
                same(text(&vector, "/id"), &settings, &vector["input"]["jwks"], ("Cookie", &whole), moment);
            }
        }
    }
}
