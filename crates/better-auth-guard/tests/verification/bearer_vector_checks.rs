//! Checks the captured vectors of Bearer credentials and JWTs, and those of credentials to reject.
//!
//! Each vector is verified with its own secret and clock, without a database.

use std::collections::BTreeSet;

use better_auth_guard::{
    AuthPolicy, ClaimCheck, Credential, CredentialErrorReason, CredentialHeaders, KeySet, Secret, Verifier,
    signed_cookie_value,
};
use serde_json::{Value, json};

use crate::support::vectors::{is_accepted_by_better_auth, now, of_kind, presented, text};
use crate::support::{
    SECRET, VerificationResult, cookie_header, policy, policy_with, timestamp, verifier, verify_header,
};

/// JWTs of algorithms that Better Auth signs when configured, but does not document. The verifier does not support them either.
const UNSUPPORTED_ALGORITHMS: [&str; 2] = ["jwt/1.7.24/alg_ES384", "jwt/1.7.24/alg_RS512"];

/// The base URL of the Better Auth server that signed the captured JWTs.
const CAPTURED_AT: &str = "http://localhost:3000";

/// Bearer vectors for which the verifier differs from Better Auth, by reason. Each listed vector must differ.
const DIFFERENCES: [(&str, &[&str]); 3] = [
    // Page scripts can read the unsigned token in JSON responses. The verifier accepts it only with `bearer_unsigned`.
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
    // Better Auth up to 1.4 drops the `=` and rejects this form. Better Auth 1.5 sends it; the verifier accepts it.
    ("decoded", &["bearer/1.2.12/signed_decoded", "bearer/1.4.22/signed_decoded"]),
];

/// Bearer vectors that differ only with `bearer_unsigned`, because they carry an unsigned token.
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
    assert_eq!(differs_from_better_auth(vector, policy()), is_listed);
    let is_listed = is_listed && !DIFFERENCES[0].1.contains(&id) || DIFFERENCES_WITH_UNSIGNED.contains(&id);
    assert_eq!(differs_from_better_auth(vector, policy_with(|policy| policy.bearer_unsigned = true)), is_listed);
}

fn differs_from_better_auth(vector: &Value, policy: AuthPolicy) -> bool {
    let header = ("Authorization", text(vector, "/input/authorization"));
    let verdict = verify_header(&Verifier::new(policy), &KeySet::default(), header, now(vector));
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
/// accepts the request. The verifier rejects it.
pub fn bearer_precedence(vector: &Value) {
    let expected = if text(vector, "/version") == "1.7.24" { "bob@example.com" } else { "zoe@example.com" };
    assert_eq!(vector["expected"], json!({ "both_valid": expected, "bearer_bad": "zoe@example.com" }));
    let (cookie, bob) = (cookie_header("zoe"), signed_cookie_value("bob", &Secret::new(SECRET)));
    let verify_both = |bearer: &str| {
        let bearer = format!("Bearer {bearer}");
        let presented = CredentialHeaders { authorization: vec![bearer.as_bytes()], cookie: vec![cookie.as_bytes()] };
        match verifier().verify(&presented, &KeySet::default(), timestamp(now(vector))) {
            Ok(Some((_, Credential::Session(token)))) => Ok(token.expose().to_owned()),
            Err(error) => Err(error.reason),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(verify_both(&bob), Ok("bob".into()));
    assert_eq!(verify_both(&bob.replacen("bob", "eve", 1)), Err(CredentialErrorReason::BadSignature));
}

/// Checks that the base URL alone suffices, unless the vector's base URL, issuer or audience differs.
pub fn jwt(vector: &Value) {
    let signed = |name: &str| &vector["expected"]["claims"][name];
    let audience = signed("aud").as_array().map_or(vec![signed("aud")], |list| list.iter().collect());
    let audience: Vec<String> = audience.into_iter().map(|aud| aud.as_str().unwrap().to_owned()).collect();
    let issuer = signed("iss").as_str().unwrap().to_owned();
    let has_default_claims = issuer == CAPTURED_AT && audience == [CAPTURED_AT];
    let by_base_url = policy_with(|policy| {
        policy.jwt.issuer = ClaimCheck::BaseUrl(CAPTURED_AT.into());
        policy.jwt.audience = ClaimCheck::BaseUrl(CAPTURED_AT.into());
    });
    let configured = policy_with(|policy| {
        policy.jwt.issuer = ClaimCheck::Configured(vec![issuer]);
        policy.jwt.audience = ClaimCheck::Configured(audience);
    });
    let policy = if has_default_claims { &by_base_url } else { &configured };
    let verdict_with = |policy: &AuthPolicy, set: &Value, now| {
        let (keys, _) = KeySet::from_json(set.to_string().as_bytes()).expect("a key set");
        let header = format!("Bearer {}", text(vector, "/input/token"));
        verify_header(&Verifier::new(policy.clone()), &keys, ("Authorization", &header), now)
    };
    let verdict_at = |set: &Value, now| verdict_with(policy, set, now);
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
            assert_eq!(
                verdict_with(&by_base_url, set, now(vector)),
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
    let verdict = verify_header(&verifier(), &KeySet::default(), ("Authorization", &header), now(vector));
    assert_eq!(verdict, VerificationResult::User(text(vector, "/expected/claims/sub").into()));
}

/// Checks that the credential authenticates no user.
///
/// Values that are signed like a session token have no session row. The JWT of an e-mail link is rejected for its claims.
pub fn reject(vector: &Value) {
    assert_eq!(vector["expected"]["must_authenticate"], false);
    let (name, value) = presented(vector);
    let issued_at = vector["expected"]["claims"]["iat"].as_i64().map_or(now(vector), |seconds| seconds * 1000);
    match verify_header(&verifier(), &KeySet::default(), (name, value), issued_at) {
        // The signature and the times are valid. The claim that names the user is missing.
        VerificationResult::Refused(reason) => {
            assert_eq!((name, reason), ("Authorization", CredentialErrorReason::NoUser))
        }
        // Only a session row names the user.
        VerificationResult::Session(_) => assert_eq!(vector["expected"]["valid_hmac"], true),
        verdict => panic!("{verdict:?}"),
    }
}
