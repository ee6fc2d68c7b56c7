//! Checks that settings of this service give the results of Better Auth's settings in the captured vectors.

use better_auth_guard::{KeySet, Secret};
use serde_json::{Value, json};

use crate::support::vectors::{now, of_kind, text};
use crate::support::{Settings, VerificationResult, config, verifier, verify_header};

/// The base URL of the Better Auth server that signed the captured JWTs.
const CAPTURED_AT: &str = "http://localhost:3000";

/// Returns the settings of this service that match the Better Auth configuration of a vector.
pub fn cookie_settings(vector: &Value) -> Vec<(&'static str, String)> {
    let config = &vector["config"];
    let base = config["baseURL"].as_str().unwrap_or("");
    let mut settings = vec![("BETTER_AUTH_URL", base.to_owned())];
    // Without a base URL, Better Auth from 1.4 on decides by NODE_ENV, which this service cannot read.
    let is_secure_by_environment =
        config["NODE_ENV"] == "production" && base.is_empty() && vector["version"] != "1.2.12";
    let secure = match &config["advanced"]["useSecureCookies"] {
        Value::Bool(secure) => Some(*secure),
        _ => (is_secure_by_environment || config["baseURL"]["protocol"] == "https").then_some(true),
    };
    settings.extend(secure.map(|secure| ("COOKIE_SECURE", secure.to_string())));
    let names = [("COOKIE_PREFIX", "/advanced/cookiePrefix"), ("COOKIE_NAME", "/advanced/cookies/session_token/name")];
    for (variable, pointer) in names {
        settings.extend(config.pointer(pointer).and_then(Value::as_str).map(|value| (variable, value.to_owned())));
    }
    settings
}

#[test]
fn cookie_settings_give_the_cookie_of_better_auth() {
    for vector in of_kind("set_cookie") {
        let settings = cookie_settings(&vector);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let verifier_of_vector = verifier(&settings);
        assert_eq!(verifier_of_vector.policy().cookie.as_str(), text(&vector, "/expected/cookie_name"));
        let all = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let pairs: Vec<&str> = all.map(|line| line.split(';').next().unwrap()).collect();
        let header = ("Cookie", pairs.join("; "));
        let verdict = verify_header(&verifier_of_vector, &KeySet::default(), (header.0, &header.1), now(&vector));
        assert_eq!(verdict, VerificationResult::Session(text(&vector, "/expected/token").into()));
    }
}

/// Checks that `BETTER_AUTH_URL` alone suffices for JWTs, unless the vector's base URL, issuer or audience differs.
#[test]
fn jwts_of_the_base_url_need_no_other_setting() {
    let mut accepted = 0;
    for vector in of_kind("jwt") {
        let signed = |name: &str| &vector["expected"]["claims"][name];
        let audience = signed("aud").as_array().map_or(vec![signed("aud")], |list| list.iter().collect());
        let audience = audience.into_iter().map(|aud| aud.as_str().unwrap()).collect::<Vec<_>>().join(",");
        let configured = [("JWT_ISSUER", signed("iss").as_str().unwrap()), ("JWT_AUDIENCE", audience.as_str())];
        let has_default_claims = configured.iter().all(|(_, value)| *value == CAPTURED_AT);
        let base_url: Settings<'_> = &[("BETTER_AUTH_URL", CAPTURED_AT)];
        let Ok((keys, _)) = KeySet::from_json(vector["input"]["jwks"].to_string().as_bytes()) else { continue };
        let header = format!("Bearer {}", text(&vector, "/input/token"));
        let is_accepted = |settings| {
            let verdict = verify_header(&verifier(settings), &keys, ("Authorization", &header), now(&vector));
            verdict == VerificationResult::User(text(&vector, "/expected/claims/sub").into())
        };
        // Better Auth signs with two algorithms that neither the contract nor its documentation lists.
        let is_supported = !["jwt/1.7.24/alg_ES384", "jwt/1.7.24/alg_RS512"].contains(&text(&vector, "/id"));
        assert_eq!(is_accepted(&configured), is_supported, "{}", vector["id"]);
        assert_eq!(is_accepted(base_url), is_supported && has_default_claims, "{}", vector["id"]);
        accepted += usize::from(is_supported);
    }
    assert!(accepted >= 10, "{accepted}");
}

/// Checks which secret signs and which secrets verify during a rotation.
///
/// Better Auth verifies cookies with the first secret only. The service verifies with all secrets, so that Better Auth and
/// this service can rotate one after the other. The session row decides whether the session is still valid.
#[test]
fn secrets_rotate_as_in_better_auth() {
    for vector in of_kind("secret_rotation") {
        let (secrets, expected) = (&vector["secrets"], &vector["expected"]);
        let [s1, s2, s3] = ["S1", "S2", "S3"].map(|name| secrets[name].as_str().expect("a secret"));
        let both = format!("2:{s2},1:{s1}");
        let cookie =
            |name: &str| format!("better-auth.session_token={}", expected[name]["cookie"].as_str().expect("a cookie"));
        let (old_cookie, new_cookie) = (cookie("old_secret_S1"), cookie("secrets_v2_S2_v1_S1"));
        let accepts = |settings: Settings<'_>, cookie: &str| {
            matches!(
                verify_header(&verifier(settings), &KeySet::default(), ("Cookie", cookie), now(&vector)),
                VerificationResult::Session(_)
            )
        };
        let rotated: Settings<'_> = &[("BETTER_AUTH_SECRETS", &both)];
        assert_eq!(accepts(rotated, &new_cookie), expected["new_cookie_under_rotated"]["ok"]);
        assert!(
            accepts(rotated, &old_cookie) && expected["old_cookie_under_rotated"]["ok"] == false,
            "verified with the second secret, unlike in Better Auth"
        );
        assert_eq!(accepts(&[("BETTER_AUTH_SECRET", s1)], &new_cookie), expected["new_cookie_under_only_S1"]["ok"]);
        // BETTER_AUTH_SECRETS replaces BETTER_AUTH_SECRET.
        let with_legacy: Settings<'_> = &[("BETTER_AUTH_SECRETS", &format!("2:{s2}")), ("BETTER_AUTH_SECRET", s1)];
        assert_eq!(accepts(with_legacy, &old_cookie), expected["old_cookie_under_rotated_with_legacy"]["ok"]);
        // The first secret signs, whatever its version number.
        let signer = |settings: Settings<'_>| config("sqlite:unused.db", settings).auth.signing_secret().cloned();
        let lower_version_first = format!("1:{s1},2:{s2}");
        assert_eq!(signer(&[("BETTER_AUTH_SECRETS", &lower_version_first)]), Some(Secret::new(s1)));
        assert_eq!(expected["first_entry_wins_not_highest_version"]["signedBy"], "S1");
        assert_eq!(
            signer(&[("BETTER_AUTH_SECRETS", &format!("1:{s3}")), ("BETTER_AUTH_SECRET", s2)]),
            Some(Secret::new(s3))
        );
        assert_eq!(
            (&expected["env_both"]["signedBy"], &expected["env_BETTER_AUTH_SECRET"]["signedBy"]),
            (&json!("S3"), &json!("S2"))
        );
    }
}
