//! Tests valid JWTs, their lifetime, their size and the rules for JWTs.
//!
//! [`crate::rfc8725_algorithms`] and [`crate::rfc8725_claims`] test invalid JWTs.

use better_auth_guard::{Algorithm, AuthPolicy, CredentialErrorReason, JwtRules, KeySet, Secret, Verifier};
use serde_json::{Value, json};

use crate::support::{
    BETTER_AUTH_URL, SECRET, VerificationResult, ed25519, ed25519_jwk, eddsa, hmac, hs256, jws, policy, policy_of,
    policy_with, verify_header,
};

/// The clock of the tests, in Unix seconds.
pub const NOW: i64 = 1_795_248_000;
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Verifies a token with this policy and a key set of one key, `ed`.
pub fn verdict_with(policy: AuthPolicy, token: &str) -> VerificationResult {
    let (keys, rejected) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    assert_eq!(rejected, []);
    verify_header(&Verifier::new(policy), &keys, ("Authorization", &format!("Bearer {token}")), NOW * 1000)
}

pub fn verdict_of(token: &str) -> VerificationResult {
    verdict_with(policy(), token)
}

pub fn alice() -> VerificationResult {
    VerificationResult::User("alice".into())
}

/// Returns valid claims of alice that expire 15 minutes after [`NOW`].
pub fn claims() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "exp": NOW + 900 })
}

/// Returns [`claims`] with these members added or replaced. `null` removes a member.
pub fn claims_with(members: Value) -> Value {
    let mut claims = claims();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

/// Returns a token with this header and valid claims, signed with the secret.
pub fn with_header(header: &str) -> String {
    jws(header, claims().to_string(), hmac(SECRET))
}

/// Returns a token with this payload and the usual header, signed with the secret.
pub fn with_payload(payload: impl AsRef<[u8]>) -> String {
    jws(HEADER, payload, hmac(SECRET))
}

/// Returns the default policy with the user in this claim, such as `user.id`.
pub fn policy_with_user_claim(path: &str) -> AuthPolicy {
    policy_with(|policy| policy.jwt.user_claim = path.split('.').map(str::to_owned).collect())
}

/// Asserts that a token is rejected with this reason.
#[track_caller]
pub fn expect_rejected(token: &str, reason: CredentialErrorReason, why: &str) {
    assert_eq!(verdict_of(token), VerificationResult::Refused(reason), "{why}");
}

#[test]
fn valid_tokens_are_accepted() {
    assert_eq!(verdict_of(&with_header(HEADER)), alice());
    assert_eq!(verdict_of(&hs256(&claims(), SECRET)), alice());
    assert_eq!(verdict_of(&eddsa("ed", &claims())), alice());
    // RFC 9864 names the same algorithm Ed25519.
    let header = r#"{"alg":"Ed25519","kid":"ed"}"#;
    let token = jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec());
    assert_eq!(verdict_of(&token), alice());
}

/// RFC 7519 sections 4.1.4 to 4.1.6: `exp` is required, `nbf` is checked, `iat` must not be in the future. Allows 60 s of clock skew.
#[test]
fn times_are_numbers_with_60_seconds_of_clock_skew() {
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
        let verdict = verdict_of(&with_payload(claims_with(members.clone()).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, VerificationResult::Refused), "{members}");
    }
    expect_rejected(&with_payload(r#"{"sub":"alice","exp":null}"#), CredentialErrorReason::BadTimes, "exp is null");
    expect_rejected(
        &with_payload(r#"{"sub":"alice","exp":1e999}"#),
        CredentialErrorReason::Malformed,
        "exp exceeds the range of a number",
    );
}

/// The contract limits a token to 16 KiB.
#[test]
fn tokens_over_16_kib_are_rejected() {
    let with_length = |length| with_payload(claims_with(json!({ "pad": "x".repeat(length) })).to_string());
    let lengths = 12_000..12_600;
    let (mut longest, mut rejected) = (0, 0);
    for token in lengths.map(with_length) {
        if token.len() <= 16_384 {
            longest = token.len();
            assert_eq!(verdict_of(&token), alice());
        } else {
            rejected += 1;
            expect_rejected(&token, CredentialErrorReason::TooLong, "longer than 16 KiB");
        }
    }
    assert!(longest > 16_380 && rejected > 0, "lengths on both sides of the limit: {longest}");
}

#[test]
fn jwt_rules_are_applied() {
    let token = |members: Value| with_payload(claims_with(members).to_string());
    // The rules restrict the accepted algorithms.
    let with_algorithms = |algorithms: &[Algorithm]| policy_with(|policy| policy.jwt.algorithms = algorithms.to_vec());
    let rejected = VerificationResult::Refused(CredentialErrorReason::AlgorithmNotAllowed);
    let hs256_only = || with_algorithms(&[Algorithm::Hs256]);
    assert_eq!(verdict_with(hs256_only(), &token(json!({}))), alice());
    assert_eq!(verdict_with(hs256_only(), &eddsa("ed", &claims())), rejected);
    let asymmetric = || with_algorithms(&[Algorithm::EdDsa, Algorithm::Es256]);
    assert_eq!(verdict_with(asymmetric(), &token(json!({}))), rejected);
    assert_eq!(verdict_with(asymmetric(), &eddsa("ed", &claims())), alice());
    assert_eq!(verdict_with(with_algorithms(&[]), &token(json!({}))), rejected);
    // The user claim is the only claim that identifies the user.
    for (claim, members) in [("user_id", json!({ "user_id": "u" })), ("user.id", json!({ "user": { "id": "u" } }))] {
        let with_claim = || policy_with_user_claim(claim);
        assert_eq!(verdict_with(with_claim(), &token(members)), VerificationResult::User("u".into()));
        let members =
            [json!({}), json!({ "user.id": "u", "user": "u" }), json!({ "user": { "id": "" }, "user_id": [] })];
        for members in members {
            let verdict = verdict_with(with_claim(), &token(members.clone()));
            assert_eq!(verdict, VerificationResult::Refused(CredentialErrorReason::NoUser), "{claim} {members}");
        }
    }
    // The secrets of the rules replace Better Auth's secrets for JWTs.
    let (first, second) = ("a secret for JWTs alone of 32 bytes", "an older secret of more than 32 bytes");
    let rejected = VerificationResult::Refused(CredentialErrorReason::BadSignature);
    let by_jwt_secret = policy_with(|policy| policy.jwt = JwtRules::new(&[Secret::new(first)]));
    for (secret, verdict) in [(first, alice()), (SECRET, rejected.clone())] {
        assert_eq!(verdict_with(by_jwt_secret.clone(), &hs256(&claims(), secret)), verdict, "{secret}");
    }
    // Every secret verifies.
    for (secret, verdict) in [(first, alice()), (second, alice()), (SECRET, rejected)] {
        assert_eq!(verdict_with(policy_of(&[first, second]), &hs256(&claims(), secret)), verdict, "{secret}");
    }
}
