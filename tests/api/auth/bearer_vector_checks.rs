//! Checks the captured vectors of Bearer credentials and JWTs, and those of credentials to reject.
//!
//! Each vector is verified with its own secret and clock, without a database.

use std::collections::BTreeSet;

use better_auth_guard::{Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, signed_cookie_value};
use serde_json::{Value, json};

use crate::auth::captured_vectors::{is_accepted_by_better_auth, now, of_kind, text, timestamp};
use crate::support::{SECRET, Settings, VerificationResult, cookie_header, verifier, verify_header};

/// JWTs of algorithms that Better Auth signs when configured, but does not document. The contract does not list them either.
const UNSUPPORTED_ALGORITHMS: [&str; 2] = ["jwt/1.7.24/alg_ES384", "jwt/1.7.24/alg_RS512"];

/// The base URL of the Better Auth server that signed the captured JWTs.
pub const CAPTURED_AT: &str = "http://localhost:3000";

/// Bearer vectors for which this service differs from Better Auth, by reason. Each listed vector must differ.
const DIFFERENCES: [(&str, &[&str]); 3] = [
    // Page scripts can read the unsigned token in JSON responses. The service accepts it only with BEARER_UNSIGNED.
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
    // Better Auth up to 1.4 accepts a token without a scheme. RFC 6750 section 2.1 requires the scheme Bearer.
    (
        "no scheme",
        &[
            "bearer/1.2.12/no_scheme_raw",
            "bearer/1.2.12/no_scheme_signed_encoded",
            "bearer/1.4.22/no_scheme_raw",
            "bearer/1.4.22/no_scheme_signed_encoded",
        ],
    ),
    // Better Auth up to 1.4 drops the `=` and rejects this form. Better Auth 1.5 sends it; the service accepts it.
    ("decoded", &["bearer/1.2.12/signed_decoded", "bearer/1.4.22/signed_decoded"]),
];

/// Bearer vectors that differ only with `BEARER_UNSIGNED`, because they carry an unsigned token.
///
/// Better Auth up to 1.4 compares the scheme case-sensitively and accepts one space only. RFC 9110 section 11.1 allows both.
const DIFFERENCES_WITH_UNSIGNED: [&str; 4] = [
    "bearer/1.2.12/lower_scheme_raw",
    "bearer/1.2.12/double_space_raw",
    "bearer/1.4.22/lower_scheme_raw",
    "bearer/1.4.22/double_space_raw",
];

pub fn bearer(vector: &Value) {
    let id = text(vector, "/id");
    let is_listed = DIFFERENCES.iter().any(|(_, ids)| ids.contains(&id));
    assert_eq!(differs_from_better_auth(vector, &[]), is_listed);
    let is_listed = is_listed && !DIFFERENCES[0].1.contains(&id) || DIFFERENCES_WITH_UNSIGNED.contains(&id);
    assert_eq!(differs_from_better_auth(vector, &[("BEARER_UNSIGNED", "true")]), is_listed);
}

fn differs_from_better_auth(vector: &Value, settings: Settings<'_>) -> bool {
    let header = ("Authorization", text(vector, "/input/authorization"));
    let verdict = verify_header(&verifier(settings), &KeySet::default(), header, now(vector));
    if let VerificationResult::Session(token) = &verdict {
        assert_eq!(token, text(vector, "/expected/token"));
    }
    matches!(verdict, VerificationResult::Session(_)) != is_accepted_by_better_auth(vector)
}

/// Checks that each id in the lists above has a vector.
#[test]
fn every_listed_id_has_a_vector() {
    let ids: BTreeSet<String> =
        ["bearer", "jwt"].iter().flat_map(|kind| of_kind(kind)).map(|vector| text(&vector, "/id").to_owned()).collect();
    let listed = DIFFERENCES
        .iter()
        .flat_map(|(_, ids)| ids.iter())
        .chain(&DIFFERENCES_WITH_UNSIGNED)
        .chain(&UNSUPPORTED_ALGORITHMS);
    listed.for_each(|id| assert!(ids.contains(*id), "{id}"));
}

/// Checks that the `Authorization` header takes precedence over the cookie.
///
/// Better Auth up to 1.5 prefers the cookie, 1.6 and later the header. With an invalid Bearer and a valid cookie, Better Auth
/// accepts the request. The service rejects it.
pub fn bearer_precedence(vector: &Value) {
    let expected = if text(vector, "/version") == "1.7.24" { "bob@example.com" } else { "zoe@example.com" };
    assert_eq!(vector["expected"], json!({ "both_valid": expected, "bearer_bad": "zoe@example.com" }));
    let (cookie, bob) = (cookie_header("zoe"), signed_cookie_value("bob", &Secret::new(SECRET)));
    let verify_both = |bearer: &str| {
        let bearer = format!("Bearer {bearer}");
        let presented = CredentialHeaders { authorization: vec![bearer.as_bytes()], cookie: vec![cookie.as_bytes()] };
        match verifier(&[]).verify(&presented, &KeySet::default(), timestamp(now(vector))) {
            Ok(Some((_, Credential::Session(token)))) => Ok(token.expose().to_owned()),
            Err(error) => Err(error.reason),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(verify_both(&bob), Ok("bob".into()));
    assert_eq!(verify_both(&bob.replacen("bob", "eve", 1)), Err(CredentialErrorReason::BadSignature));
}

/// Checks that `BETTER_AUTH_URL` alone suffices, unless the vector's base URL, issuer or audience differs.
pub fn jwt(vector: &Value) {
    let signed = |name: &str| &vector["expected"]["claims"][name];
    let audience = signed("aud").as_array().map_or(vec![signed("aud")], |list| list.iter().collect());
    let audience = audience.into_iter().map(|aud| aud.as_str().unwrap()).collect::<Vec<_>>().join(",");
    let configured = [("JWT_ISSUER", signed("iss").as_str().unwrap()), ("JWT_AUDIENCE", audience.as_str())];
    let has_default_claims = configured.iter().all(|(_, value)| *value == CAPTURED_AT);
    let settings: Settings<'_> = if has_default_claims { &[("BETTER_AUTH_URL", CAPTURED_AT)] } else { &configured };
    let verdict_with = |settings, set: &Value, now| {
        let (keys, _) = KeySet::from_json(set.to_string().as_bytes()).expect("a key set");
        let header = format!("Bearer {}", text(vector, "/input/token"));
        verify_header(&verifier(settings), &keys, ("Authorization", &header), now)
    };
    let verdict_at = |set: &Value, now| verdict_with(settings, set, now);
    let sets = [&vector["input"]["jwks"], &vector["input"]["first_ever_jwks_response"]];
    for set in sets.into_iter().filter(|set| set.is_object()) {
        if UNSUPPORTED_ALGORITHMS.contains(&text(vector, "/id")) {
            assert_eq!(
                verdict_at(set, now(vector)),
                VerificationResult::Refused(CredentialErrorReason::AlgorithmNotAllowed)
            );
            continue;
        }
        assert_eq!(verdict_at(set, now(vector)), VerificationResult::User(text(vector, "/expected/claims/sub").into()));
        if !has_default_claims {
            let default_settings: Settings<'_> = &[("BETTER_AUTH_URL", CAPTURED_AT)];
            assert_eq!(
                verdict_with(default_settings, set, now(vector)),
                VerificationResult::Refused(CredentialErrorReason::ForeignIssuer)
            );
        }
        let end = vector["expected"]["exp"].as_i64().unwrap();
        assert_eq!(verdict_at(set, (end + 61) * 1000), VerificationResult::Refused(CredentialErrorReason::Expired));
    }
    assert!(matches!(verdict_at(&json!({ "keys": [] }), now(vector)), VerificationResult::Refused(_)));
}

pub fn jwt_hs256_custom_sign(vector: &Value) {
    let header = format!("Bearer {}", text(vector, "/input/token"));
    let verdict = verify_header(&verifier(&[]), &KeySet::default(), ("Authorization", &header), now(vector));
    assert_eq!(verdict, VerificationResult::User(text(vector, "/expected/claims/sub").into()));
}

/// Returns the name and the value of the header with the vector's credential.
pub fn presented(vector: &Value) -> (&'static str, &str) {
    let input = &vector["input"];
    match (&input["authorization"], &input["cookie_header"], &input["set_cookie"]) {
        (Value::String(value), _, _) => ("Authorization", value.as_str()),
        (_, Value::String(value), _) => ("Cookie", value.as_str()),
        (_, _, Value::String(line)) => ("Cookie", line.split(';').next().unwrap()),
        _ => panic!("{} has no credential", vector["id"]),
    }
}

/// Checks that the credential authenticates no user.
///
/// Values that are signed like a session token have no session row. The JWT of an e-mail link is rejected for its claims.
pub fn reject(vector: &Value) {
    assert_eq!(vector["expected"]["must_authenticate"], false);
    let (name, value) = presented(vector);
    let issued_at = vector["expected"]["claims"]["iat"].as_i64().map_or(now(vector), |seconds| seconds * 1000);
    match verify_header(&verifier(&[]), &KeySet::default(), (name, value), issued_at) {
        // The signature and the times are valid. The claim that names the user is missing.
        VerificationResult::Refused(reason) => {
            assert_eq!((name, reason), ("Authorization", CredentialErrorReason::NoUser))
        }
        // Only a session row names the user.
        VerificationResult::Session(_) => assert_eq!(vector["expected"]["valid_hmac"], true),
        verdict => panic!("{verdict:?}"),
    }
}
