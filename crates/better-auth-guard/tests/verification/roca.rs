//! Tests that RSA keys with a computable private key are rejected (CVE-2017-15361, "ROCA").
//!
//! The key is a test vector of Project Wycheproof.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use better_auth_guard::{CredentialErrorReason, KeySet, RejectedJwk, Verifier};
use serde_json::{Value, json};

use crate::support::{VerificationResult, base64url, ed25519_jwk, eddsa, policy_with_any_issuer, verify_header};

fn test_vector() -> Value {
    serde_json::from_str(include_str!("../data/roca.json")).expect("JSON")
}

#[test]
fn a_token_of_a_roca_key_is_rejected() {
    let vector = test_vector();
    let (keys, _) = KeySet::from_jwks(&[vector["jwk"].clone(), ed25519_jwk("good")]);
    let verdict_of = |token: &str| {
        let header = format!("Bearer {token}");
        verify_header(&Verifier::new(policy_with_any_issuer()), &keys, ("Authorization", &header), 1_795_248_000_000)
    };
    let forged = vector["token"].as_str().expect("a token");
    assert_eq!(verdict_of(forged), VerificationResult::Refused(CredentialErrorReason::UnknownKey));
    // The other key of the set is accepted.
    let valid = eddsa("good", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
    assert_eq!(verdict_of(&valid), VerificationResult::User("alice".into()));
}

#[test]
fn a_roca_key_is_rejected_with_its_reason() {
    let why = "its private key can be computed (ROCA, CVE-2017-15361): replace it";
    let (keys, rejected) = KeySet::from_jwks(&[test_vector()["jwk"].clone()]);
    assert_eq!((keys.len(), rejected), (0, vec![RejectedJwk { kid: Some("roca".into()), reason: why }]));
    for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
        let pair = RsaKeyPair::generate(size).expect("a key");
        // RFC 8017 appendix A.1.1: nine bytes of DER before the modulus
        let modulus = base64url(&pair.public_key().as_ref()[9..9 + size.len()]);
        let (keys, rejected) = KeySet::from_jwks(&[json!({ "kty": "RSA", "kid": "r", "n": modulus, "e": "AQAB" })]);
        assert_eq!((keys.len(), rejected), (1, vec![]));
    }
}
