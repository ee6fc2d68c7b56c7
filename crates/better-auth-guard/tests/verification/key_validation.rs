//! Tests which keys of a key set are rejected, and which key verifies a token.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use better_auth_guard::{CredentialErrorReason, KeySet, Verifier};
use serde_json::{Value, json};

use crate::support::vectors::{jwk, long_lived_vectors, text};
use crate::support::{
    VerificationResult, base64url, ed25519, ed25519_jwk, eddsa, jws, policy_with_any_issuer, verify_header,
};

const CLAIMS: &str = r#"{"sub":"alice","exp":4102444800}"#;

fn verdict_of(keys: &KeySet, token: &str) -> VerificationResult {
    let header = format!("Bearer {token}");
    verify_header(&Verifier::new(policy_with_any_issuer()), keys, ("Authorization", &header), 1_795_248_000_000)
}

/// RFC 7517, RFC 7518 section 3.3, RFC 8725 sections 3.4 and 3.5.
///
/// Each invalid key is rejected with its `kid` and the reason. The valid key of the same set is used.
#[test]
fn invalid_keys_are_rejected_with_the_reason() {
    let [ed, es256, es512, _, rs256] =
        long_lived_vectors().iter().map(jwk).collect::<Vec<_>>().try_into().expect("five keys");
    let bytes = |length: usize, first: u8| base64url([vec![first], vec![0xff; length - 1]].concat());
    let (bits_1024, bits_2047) = (bytes(128, 0xff), bytes(256, 0x7f));
    let table = [
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), json!({}), "it is symmetric: a published key cannot be a secret"),
        (ed.clone(), json!({ "use": "enc" }), "its use is not sig"),
        (ed.clone(), json!({ "use": ["sig"] }), "its use is not sig"),
        (ed.clone(), json!({ "key_ops": ["sign"] }), "its key_ops do not allow verify"),
        (ed.clone(), json!({ "key_ops": [] }), "its key_ops do not allow verify"),
        (ed.clone(), json!({ "key_ops": "verify" }), "its key_ops do not allow verify"),
        (rs256.clone(), json!({ "n": bits_1024 }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": bits_2047 }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": "" }), "its RSA modulus has fewer than 2048 bits"),
        (rs256.clone(), json!({ "n": "+/==" }), "its n or e is not base64url"),
        (rs256.clone(), json!({ "e": "AQ" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "AAE" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "BA" }), "its RSA exponent is not an odd number above 1"),
        (rs256.clone(), json!({ "e": "" }), "its RSA exponent is not an odd number above 1"),
        (ed.clone(), json!({ "x": bytes(31, 1) }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": bytes(33, 1) }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": null }), "a coordinate does not have the curve's length"),
        (ed.clone(), json!({ "x": "not base64url!" }), "a coordinate is not base64url"),
        (es256.clone(), json!({ "y": bytes(31, 1) }), "a coordinate does not have the curve's length"),
        (es512.clone(), json!({ "x": bytes(65, 1) }), "a coordinate does not have the curve's length"),
        (
            es512.clone(),
            json!({ "x": bytes(32, 1), "y": bytes(32, 1) }),
            "a coordinate does not have the curve's length",
        ),
        (ed.clone(), json!({ "alg": "RS256" }), "its alg does not fit its type, or is not supported"),
        (es256.clone(), json!({ "alg": "ES512" }), "its alg does not fit its type, or is not supported"),
        (es512.clone(), json!({ "alg": "ES256" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": "HS256" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": "RSA-OAEP" }), "its alg does not fit its type, or is not supported"),
        (rs256.clone(), json!({ "alg": 256 }), "its alg does not fit its type, or is not supported"),
        (ed.clone(), json!({ "crv": "X25519" }), "its type or curve is not supported"),
        (ed.clone(), json!({ "crv": "Ed448" }), "its type or curve is not supported"),
        (es256.clone(), json!({ "crv": "secp256k1" }), "its type or curve is not supported"),
        (es256.clone(), json!({ "kty": "OKP" }), "its type or curve is not supported"),
        (json!({}), json!({}), "its type or curve is not supported"),
    ];
    for (key, members, reason) in table {
        let mut invalid = key;
        invalid.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        invalid["kid"] = "bad".into();
        let set = json!({ "keys": [invalid, ed25519_jwk("good")] }).to_string();
        let (keys, rejected) = KeySet::from_json(set.as_bytes()).expect("the key set itself is valid");
        let rejected: Vec<_> = rejected.iter().map(|key| (key.kid.as_deref(), key.reason)).collect();
        assert_eq!((keys.len(), rejected), (1, vec![(Some("bad"), reason)]), "{invalid}");
        let token = eddsa("good", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
        assert_eq!(verdict_of(&keys, &token), VerificationResult::User("alice".into()));
    }
}

#[test]
fn duplicate_kids_and_invalid_key_sets_are_rejected() {
    let (first, mut second) = (ed25519_jwk("same"), jwk(&long_lived_vectors()[1]));
    second["kid"] = "same".into();
    // Both keys with the same `kid` are rejected, because the `kid` selects neither.
    let (keys, rejected) = KeySet::from_jwks(&[first, second, json!("text"), ed25519_jwk("other")]);
    let reasons: Vec<_> = rejected.iter().map(|key| key.reason).collect();
    let duplicate = "another key of the set has the same kid";
    assert_eq!((keys.len(), reasons), (1, vec![duplicate, duplicate, "it is not a JSON object"]));

    let big = format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(256 * 1024));
    for invalid in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "{\"keys\":[]} x", &big] {
        assert!(KeySet::from_json(invalid.as_bytes()).is_err(), "{:.40}", invalid);
    }
    assert!(KeySet::from_json(br#"{"keys":[]}"#).is_ok_and(|(keys, rejected)| keys.is_empty() && rejected.is_empty()));
}

/// RFC 8725 section 3.1: a key verifies only its own algorithm, even where its type fits several.
#[test]
fn one_key_has_one_algorithm() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    // RFC 8017 appendix A.1.1: nine bytes of DER before a modulus of 2048 bits
    let modulus = base64url(&pair.public_key().as_ref()[9..265]);
    let sign = |alg: &str, padding: &'static dyn RsaEncoding| {
        jws(&json!({ "alg": alg, "kid": "r" }).to_string(), CLAIMS, |message| {
            let mut signature = vec![0; 256];
            pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signing succeeds");
            signature
        })
    };
    let (pkcs1, pss) = (sign("RS256", &RSA_PKCS1_SHA256), sign("PS256", &RSA_PSS_SHA256));
    let rejected = VerificationResult::Refused(CredentialErrorReason::AlgorithmNotAllowed);
    let alice = VerificationResult::User("alice".into());
    let table =
        [(json!("RS256"), &alice, &rejected), (json!("PS256"), &rejected, &alice), (json!(null), &alice, &alice)];
    for (alg, by_pkcs1, by_pss) in table {
        let (keys, _) =
            KeySet::from_jwks(&[json!({ "kty": "RSA", "kid": "r", "alg": alg, "n": modulus, "e": "AQAB" })]);
        assert_eq!((&verdict_of(&keys, &pkcs1), &verdict_of(&keys, &pss)), (by_pkcs1, by_pss), "{alg}");
    }
    let (keys, _) = KeySet::from_jwks(&[json!({ "kty": "RSA", "kid": "r", "n": modulus, "e": "AQAB" })]);
    let mislabelled = [sign("RS256", &RSA_PSS_SHA256), sign("PS256", &RSA_PKCS1_SHA256)];
    for token in mislabelled {
        assert_eq!(verdict_of(&keys, &token), VerificationResult::Refused(CredentialErrorReason::BadSignature));
    }
}

/// RFC 8725 section 3.4: rejects a point off the curve and a signature of zeros, which a faulty verifier accepts for any key.
#[test]
fn points_off_the_curve_and_signatures_of_zeros_are_rejected() {
    for vector in long_lived_vectors() {
        let token = text(&vector, "/input/token");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (keys, _) = KeySet::from_jwks(&[jwk(&vector)]);
        assert_eq!(verdict_of(&keys, token), VerificationResult::User(text(&vector, "/expected/claims/sub").into()));
        let zeros = base64url(vec![0; signature.len() * 3 / 4]);
        assert_eq!(
            verdict_of(&keys, &format!("{message}.{zeros}")),
            VerificationResult::Refused(CredentialErrorReason::BadSignature)
        );
        assert_eq!(
            verdict_of(&keys, &format!("{message}.")),
            VerificationResult::Refused(CredentialErrorReason::BadSignature)
        );
        let mut off_curve = jwk(&vector);
        if off_curve["kty"] == "EC" {
            off_curve["y"] = off_curve["x"].clone();
            let (keys, _) = KeySet::from_jwks(&[off_curve]);
            assert!(matches!(verdict_of(&keys, token), VerificationResult::Refused(_)), "{}", vector["id"]);
        }
    }
}

/// `kid` selects the key. A token without `kid` is accepted only with a set of one key.
#[test]
fn the_kid_selects_the_key() {
    let token = |header: Value| {
        jws(&header.to_string(), CLAIMS, |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
    };
    let (named, unnamed) = (token(json!({ "alg": "EdDSA", "kid": "a" })), token(json!({ "alg": "EdDSA" })));
    let mut jwk_without_kid = ed25519_jwk("a");
    jwk_without_kid.as_object_mut().unwrap().remove("kid");
    let (alice, unknown) =
        (VerificationResult::User("alice".into()), VerificationResult::Refused(CredentialErrorReason::UnknownKey));
    let es256 = jwk(&long_lived_vectors()[1]);
    let table = [
        (vec![ed25519_jwk("a")], &alice, &alice),
        (vec![jwk_without_kid.clone()], &alice, &alice), // Better Auth 1.2 responds like this when its key is new.
        (vec![es256.clone(), ed25519_jwk("a")], &alice, &unknown),
        (vec![es256.clone(), jwk_without_kid], &unknown, &unknown),
        (vec![ed25519_jwk("b")], &unknown, &alice),
        (vec![], &unknown, &unknown),
    ];
    for (set, with_kid, without_kid) in table {
        let (keys, _) = KeySet::from_jwks(&set);
        assert_eq!((&verdict_of(&keys, &named), &verdict_of(&keys, &unnamed)), (with_kid, without_kid), "{set:?}");
    }
}
