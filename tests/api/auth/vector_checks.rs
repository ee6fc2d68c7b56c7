//! What each kind of captured vector comes to: under its own secret, at its own moment, and without a database.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{
    Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, SessionRecord, SessionToken,
    signed_cookie_value,
};

use crate::auth::captured_vectors::{now, of_kind, text, theirs};
use crate::support::{SECRET, Settings, Verdict, config, cookie_header, judge, verifier};

/// JWTs that Better Auth signs when told to, with algorithms outside its documented list and outside the contract's.
const OTHER_ALGORITHMS: [&str; 2] = ["jwt/1.7.24/alg_ES384", "jwt/1.7.24/alg_RS512"];

/// The base URL of the Better Auth that signed the captured JWTs.
pub const CAPTURED_AT: &str = "http://localhost:3000";

/// Bearer values on which we differ from Better Auth, with the reason; each must be one.
const BEARER: [(&str, &[&str]); 3] = [
    // the bare token stands in JSON that page scripts can read: BEARER_UNSIGNED has to allow it
    (
        "unsigned",
        &[
            "bearer/1.2.12/raw_token",
            "bearer/1.2.12/trailing_space_raw",
            "bearer/1.4.22/raw_token",
            "bearer/1.4.22/trailing_space_raw",
            "bearer/1.7.24/raw_token",
            "bearer/1.7.24/trailing_space_raw",
            "bearer/1.7.24/lower_scheme_raw",
            "bearer/1.7.24/double_space_raw",
        ],
    ),
    // up to 1.4 whatever stood in Authorization was a token; without the scheme Bearer it is none (RFC 6750 section 2.1)
    (
        "no scheme",
        &[
            "bearer/1.2.12/no_scheme_raw",
            "bearer/1.2.12/no_scheme_signed_encoded",
            "bearer/1.4.22/no_scheme_raw",
            "bearer/1.4.22/no_scheme_signed_encoded",
        ],
    ),
    // up to 1.4 the `=` was lost on the way; 1.5 sends this form itself, and we read it from everybody
    ("decoded", &["bearer/1.2.12/signed_decoded", "bearer/1.4.22/signed_decoded"]),
];

/// Up to 1.4 the scheme was case-sensitive and took one space only; ours is not (RFC 9110 section 11.1). Seen when bare tokens are
/// allowed, since the vectors show it with those.
const BEARER_UNSIGNED_TOO: [&str; 4] = [
    "bearer/1.2.12/lower_scheme_raw",
    "bearer/1.2.12/double_space_raw",
    "bearer/1.4.22/lower_scheme_raw",
    "bearer/1.4.22/double_space_raw",
];

pub fn session_cookie(vector: &Value) {
    let token = text(vector, "/expected/token");
    let header = ("Cookie", text(vector, "/input/cookie_header"));
    let own = verifier(&[("BETTER_AUTH_SECRET", text(vector, "/secret"))]);
    assert_eq!(judge(&own, &KeySet::default(), header, now(vector)), Verdict::Session(token.into()));
    let other = verifier(&[("BETTER_AUTH_SECRET", "another secret of more than 32 bytes")]);
    assert_eq!(
        judge(&other, &KeySet::default(), header, now(vector)),
        Verdict::Refused(CredentialErrorReason::BadSignature)
    );
    let secret = Secret::new(text(vector, "/secret"));
    assert_eq!(signed_cookie_value(token, &secret), text(vector, "/input/raw_value"));
    if vector["expected"]["exp_ms"].is_i64() {
        a_session_ends_when_better_auth_says(vector);
    }
}

fn a_session_ends_when_better_auth_says(vector: &Value) {
    let user = text(vector, "/expected/db_session_row_sqlite/userId");
    let end: DateTime<Utc> = text(vector, "/expected/db_session_row_sqlite/expiresAt").parse().unwrap();
    assert_eq!(end.timestamp_millis(), vector["expected"]["exp_ms"]);
    let row =
        SessionRecord { user_id: user.into(), expires_at: end, user_exists: true, banned: false, ban_expires: None };
    let token = session_token(vector);
    let at =
        |moment: DateTime<Utc>| token.verify_record(Some(row.clone()), moment).map(|user| user.as_str().to_owned());
    assert_eq!(at(moment(now(vector))), Ok(user.to_owned()));
    // equal is still alive, as in Better Auth
    assert_eq!(at(end), Ok(user.to_owned()));
    assert_eq!(at(end + TimeDelta::milliseconds(1)), Err(CredentialErrorReason::Expired));
}

fn session_token(vector: &Value) -> SessionToken {
    let cookie = vec![text(vector, "/input/cookie_header").as_bytes()];
    let presented = CredentialHeaders { cookie, ..CredentialHeaders::default() };
    match verifier(&[]).verify(&presented, &KeySet::default(), moment(now(vector))) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("{}: {other:?}", vector["id"]),
    }
}

pub fn session_cookie_form(vector: &Value) {
    assert_eq!(text(vector, "/secret"), SECRET);
    let header = ("Cookie", text(vector, "/input/cookie_header"));
    let accepted = matches!(judge(&verifier(&[]), &KeySet::default(), header, now(vector)), Verdict::Session(_));
    assert_eq!(accepted, theirs(vector));
}

pub fn bearer(vector: &Value) {
    let id = text(vector, "/id");
    let is_listed = BEARER.iter().any(|(_, ids)| ids.contains(&id));
    assert_eq!(differs(vector, &[]), is_listed);
    let is_listed = is_listed && !BEARER[0].1.contains(&id) || BEARER_UNSIGNED_TOO.contains(&id);
    assert_eq!(differs(vector, &[("BEARER_UNSIGNED", "true")]), is_listed);
}

fn differs(vector: &Value, settings: Settings<'_>) -> bool {
    let header = ("Authorization", text(vector, "/input/authorization"));
    let verdict = judge(&verifier(settings), &KeySet::default(), header, now(vector));
    if let Verdict::Session(token) = &verdict {
        assert_eq!(token, text(vector, "/expected/token"));
    }
    matches!(verdict, Verdict::Session(_)) != theirs(vector)
}

/// No id on the lists above is one that there is no vector of.
#[test]
fn listed_vectors_are_vectors() {
    let ids: BTreeSet<String> =
        ["bearer", "jwt"].iter().flat_map(|kind| of_kind(kind)).map(|vector| text(&vector, "/id").to_owned()).collect();
    let listed = BEARER.iter().flat_map(|(_, ids)| ids.iter()).chain(&BEARER_UNSIGNED_TOO).chain(&OTHER_ALGORITHMS);
    listed.for_each(|id| assert!(ids.contains(*id), "{id}"));
}

/// The Authorization header is looked at first, as in 1.6 and later; before, it was the cookie. And where Better Auth takes a good cookie
/// for a bad bearer, we refuse: whoever sends a credential means it.
pub fn bearer_precedence(vector: &Value) {
    let expected = if text(vector, "/version") == "1.7.24" { "bob@example.com" } else { "zoe@example.com" };
    assert_eq!(vector["expected"], json!({ "both_valid": expected, "bearer_bad": "zoe@example.com" }));
    let (cookie, bob) = (cookie_header("zoe"), signed_cookie_value("bob", &Secret::new(SECRET)));
    let judge_both = |bearer: &str| {
        let bearer = format!("Bearer {bearer}");
        let presented = CredentialHeaders { authorization: vec![bearer.as_bytes()], cookie: vec![cookie.as_bytes()] };
        match verifier(&[]).verify(&presented, &KeySet::default(), moment(now(vector))) {
            Ok(Some((_, Credential::Session(token)))) => Ok(token.expose().to_owned()),
            Err(refusal) => Err(refusal.reason),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(judge_both(&bob), Ok("bob".into()));
    assert_eq!(judge_both(&bob.replacen("bob", "eve", 1)), Err(CredentialErrorReason::BadSignature));
}

/// `BETTER_AUTH_URL` alone is enough, but where the front end was configured with another base URL, issuer or audience.
pub fn jwt(vector: &Value) {
    let signed = |name: &str| &vector["expected"]["claims"][name];
    let audience = signed("aud").as_array().map_or(vec![signed("aud")], |list| list.iter().collect());
    let audience = audience.into_iter().map(|aud| aud.as_str().unwrap()).collect::<Vec<_>>().join(",");
    let own = [("JWT_ISSUER", signed("iss").as_str().unwrap()), ("JWT_AUDIENCE", audience.as_str())];
    let is_usual = own.iter().all(|(_, value)| *value == CAPTURED_AT);
    let settings: Settings<'_> = if is_usual { &[("BETTER_AUTH_URL", CAPTURED_AT)] } else { &own };
    let verdict_with = |settings, set: &Value, now| {
        let (keys, _) = KeySet::from_json(set.to_string().as_bytes()).expect("a key set");
        let header = format!("Bearer {}", text(vector, "/input/token"));
        judge(&verifier(settings), &keys, ("Authorization", &header), now)
    };
    let verdict_at = |set: &Value, now| verdict_with(settings, set, now);
    let sets = [&vector["input"]["jwks"], &vector["input"]["first_ever_jwks_response"]];
    for set in sets.into_iter().filter(|set| set.is_object()) {
        if OTHER_ALGORITHMS.contains(&text(vector, "/id")) {
            assert_eq!(verdict_at(set, now(vector)), Verdict::Refused(CredentialErrorReason::AlgorithmNotAllowed));
            continue;
        }
        assert_eq!(verdict_at(set, now(vector)), Verdict::User(text(vector, "/expected/claims/sub").into()));
        if !is_usual {
            let by_default: Settings<'_> = &[("BETTER_AUTH_URL", CAPTURED_AT)];
            assert_eq!(
                verdict_with(by_default, set, now(vector)),
                Verdict::Refused(CredentialErrorReason::ForeignIssuer)
            );
        }
        let end = vector["expected"]["exp"].as_i64().unwrap();
        assert_eq!(verdict_at(set, (end + 61) * 1000), Verdict::Refused(CredentialErrorReason::Expired));
    }
    assert!(matches!(verdict_at(&json!({ "keys": [] }), now(vector)), Verdict::Refused(_)));
}

pub fn jwt_hs256_custom_sign(vector: &Value) {
    let header = format!("Bearer {}", text(vector, "/input/token"));
    let verdict = judge(&verifier(&[]), &KeySet::default(), ("Authorization", &header), now(vector));
    assert_eq!(verdict, Verdict::User(text(vector, "/expected/claims/sub").into()));
}

/// The header in which a vector shows its credential: its name and its value.
pub fn presented(vector: &Value) -> (&'static str, &str) {
    let input = &vector["input"];
    match (&input["authorization"], &input["cookie_header"], &input["set_cookie"]) {
        (Value::String(value), _, _) => ("Authorization", value.as_str()),
        (_, Value::String(value), _) => ("Cookie", value.as_str()),
        (_, _, Value::String(line)) => ("Cookie", line.split(';').next().unwrap()),
        _ => panic!("{} shows nothing to present", vector["id"]),
    }
}

/// None of these authenticates. Those that are signed as a session is have no row; the JWT of an e-mail link is refused for its claims.
pub fn reject(vector: &Value) {
    assert_eq!(vector["expected"]["must_authenticate"], false);
    let (name, value) = presented(vector);
    let issued = vector["expected"]["claims"]["iat"].as_i64().map_or(now(vector), |seconds| seconds * 1000);
    match judge(&verifier(&[]), &KeySet::default(), (name, value), issued) {
        // signed with the very secret, and in time: what is missing is the claim that names a user of the API
        Verdict::Refused(reason) => assert_eq!((name, reason), ("Authorization", CredentialErrorReason::NoUser)),
        // only its row would tell whose it is
        Verdict::Session(_) => assert_eq!(vector["expected"]["valid_hmac"], true),
        verdict => panic!("{verdict:?}"),
    }
}

pub fn set_cookie(vector: &Value) {
    let settings = cookie_settings(vector);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ours = verifier(&settings);
    assert_eq!(ours.policy().cookie.as_str(), text(vector, "/expected/cookie_name"));
    let all = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    let pairs: Vec<&str> = all.map(|line| line.split(';').next().unwrap()).collect();
    let verdict = judge(&ours, &KeySet::default(), ("Cookie", &pairs.join("; ")), now(vector));
    assert_eq!(verdict, Verdict::Session(text(vector, "/expected/token").into()));
}

/// What the operator of this service has to set for a Better Auth of this configuration.
pub fn cookie_settings(vector: &Value) -> Vec<(&'static str, String)> {
    let config = &vector["config"];
    let base = config["baseURL"].as_str().unwrap_or("");
    let mut settings = vec![("BETTER_AUTH_URL", base.to_owned())];
    // without a fixed base URL there is nothing to go by (from 1.4 on NODE_ENV, which only Better Auth's process has)
    let by_environment = config["NODE_ENV"] == "production" && base.is_empty() && vector["version"] != "1.2.12";
    let secure = match &config["advanced"]["useSecureCookies"] {
        Value::Bool(secure) => Some(*secure),
        _ => (by_environment || config["baseURL"]["protocol"] == "https").then_some(true),
    };
    settings.extend(secure.map(|secure| ("COOKIE_SECURE", secure.to_string())));
    let names = [("COOKIE_PREFIX", "/advanced/cookiePrefix"), ("COOKIE_NAME", "/advanced/cookies/session_token/name")];
    for (variable, pointer) in names {
        settings.extend(config.pointer(pointer).and_then(Value::as_str).map(|value| (variable, value.to_owned())));
    }
    settings
}

/// Of several sessions in one browser, the active one counts.
pub fn multi_session(vector: &Value) {
    let cookies = text(vector, "/input/cookie_header");
    let active = cookies.split_once('=').and_then(|(name, rest)| {
        assert_eq!(name, text(vector, "/expected/active_cookie"));
        rest.split_once('.')
    });
    let (token, _) = active.expect("it is the first of them");
    let verdict_of = |cookies: &str| judge(&verifier(&[]), &KeySet::default(), ("Cookie", cookies), now(vector));
    assert_eq!(verdict_of(cookies), Verdict::Session(token.into()));
    let (_, others) = cookies.split_once("; ").expect("there are others");
    assert_eq!(verdict_of(others), Verdict::Absent);
}

/// The cookie of a row is signed over the row's token.
pub fn pg_row(vector: &Value) {
    let own = verifier(&[("BETTER_AUTH_SECRET", text(vector, "/secret"))]);
    let verdict = judge(&own, &KeySet::default(), ("Cookie", text(vector, "/input/cookie")), now(vector));
    let row = &vector["input"]["session_row"];
    // the second in the vectors of renamed columns
    let token = row.get("token").or_else(|| row.get("session_token")).and_then(Value::as_str).expect("a token");
    assert_eq!(verdict, Verdict::Session(token.into()));
}

/// Better Auth verifies cookies by the first secret alone; we also by the others, so that two services can be renewed one after the
/// other. It is the session's row, then, that says whether the session is still one.
pub fn secret_rotation(vector: &Value) {
    let (secrets, expected) = (&vector["secrets"], &vector["expected"]);
    let [s1, s2, s3] = ["S1", "S2", "S3"].map(|name| secrets[name].as_str().expect("a secret"));
    let both = format!("2:{s2},1:{s1}");
    let cookie =
        |name: &str| format!("better-auth.session_token={}", expected[name]["cookie"].as_str().expect("a cookie"));
    let (old, new) = (cookie("old_secret_S1"), cookie("secrets_v2_S2_v1_S1"));
    let accepts = |settings: Settings<'_>, cookie: &str| {
        matches!(judge(&verifier(settings), &KeySet::default(), ("Cookie", cookie), now(vector)), Verdict::Session(_))
    };
    let rotated: Settings<'_> = &[("BETTER_AUTH_SECRETS", &both)];
    assert_eq!(accepts(rotated, &new), expected["new_cookie_under_rotated"]["ok"]);
    assert!(accepts(rotated, &old) && expected["old_cookie_under_rotated"]["ok"] == false, "the difference");
    assert_eq!(accepts(&[("BETTER_AUTH_SECRET", s1)], &new), expected["new_cookie_under_only_S1"]["ok"]);
    // beside BETTER_AUTH_SECRETS, BETTER_AUTH_SECRET is not looked at
    let with_legacy: Settings<'_> = &[("BETTER_AUTH_SECRETS", &format!("2:{s2}")), ("BETTER_AUTH_SECRET", s1)];
    assert_eq!(accepts(with_legacy, &old), expected["old_cookie_under_rotated_with_legacy"]["ok"]);
    // the first signs, whatever its number
    let signer = |settings: Settings<'_>| config("sqlite:unused.db", settings).auth.signing_secret().cloned();
    let first = format!("1:{s1},2:{s2}");
    assert_eq!(signer(&[("BETTER_AUTH_SECRETS", &first)]), Some(Secret::new(s1)));
    assert_eq!(expected["first_entry_wins_not_highest_version"]["signedBy"], "S1");
    assert_eq!(
        signer(&[("BETTER_AUTH_SECRETS", &format!("1:{s3}")), ("BETTER_AUTH_SECRET", s2)]),
        Some(Secret::new(s3))
    );
    assert_eq!(
        (&expected["env_both"]["signedBy"], &expected["env_BETTER_AUTH_SECRET"]["signedBy"]),
        (&json!("S3"), &json!("S2"))
    );
    crate::sessions::cookie_cache_vectors::judge_rotated_samples(expected, [s1, s2, s3]);
    // the key that was made then is a key as any
    let row = &expected["jwks_row_rotated"][0];
    let mut jwk: Value = serde_json::from_str(text(row, "/publicKey")).unwrap();
    jwk["alg"] = row["alg"].clone();
    assert_eq!(KeySet::from_jwks(&[jwk]).0.len(), 1);
}

fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("a moment of this era")
}
