//! Tests the best current practices for JWTs on algorithms, keys and headers: RFC 8725 and draft-ietf-oauth-rfc8725bis.
//!
//! One test per section. Each invalid token differs from a valid one in one point and is otherwise signed correctly.
//! The reason of the rejection names that point. [`crate::rfc8725_claims`] tests claims and structure, [`crate::key_validation`]
//! section 3.4 on keys.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use better_auth_guard::{CredentialErrorReason, KeySet, Secret};
use serde_json::json;

use crate::jwt::{HEADER, NOW, alice, claims, expect_rejected, verdict_of, with_header};
use crate::support::{
    SECRET, VerificationResult, base64url, ed25519, ed25519_jwk, hmac, hs256, jwe, jws, verifier, verify_header,
};

/// RFC 8725 sections 3.1 and 3.2.
#[test]
fn sections_3_1_and_3_2_only_listed_algorithms_in_exact_spelling_are_accepted() {
    let algorithms =
        ["none", "None", "NONE", "nOnE", "none ", "", "hs256", "HS256 ", "HS256\0", "HS384", "HS512", "ES384"];
    for alg in algorithms {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        expect_rejected(&with_header(&header), CredentialErrorReason::AlgorithmNotAllowed, alg);
        let unsigned = jws(&header, claims().to_string(), |_| Vec::new());
        expect_rejected(&unsigned, CredentialErrorReason::AlgorithmNotAllowed, alg);
    }
    for alg in [json!(null), json!(["HS256"]), json!(256), json!({ "HS256": 1 }), json!(true)] {
        expect_rejected(
            &with_header(&json!({ "alg": alg }).to_string()),
            CredentialErrorReason::Malformed,
            "alg is not a string",
        );
    }
    expect_rejected(&with_header(r#"{"typ":"JWT"}"#), CredentialErrorReason::Malformed, "alg is missing");
    expect_rejected(
        &jws(HEADER, claims().to_string(), |_| Vec::new()),
        CredentialErrorReason::BadSignature,
        "no signature",
    );
    expect_rejected(
        &hs256(&claims(), "another secret of more than 32 bytes"),
        CredentialErrorReason::BadSignature,
        "another secret",
    );
}

/// RFC 8725 section 3.1: a public key is not accepted as an HMAC secret, in any encoding.
#[test]
fn section_3_1_a_public_key_is_not_accepted_as_hmac_secret() {
    let (jwk, raw) = (ed25519_jwk("ed"), ed25519().public_key().as_ref().to_vec());
    let forms = [jwk.to_string().into_bytes(), jwk["x"].as_str().unwrap().as_bytes().to_vec(), raw, Vec::new()];
    for form in forms {
        for header in [r#"{"alg":"HS256","kid":"ed"}"#, HEADER] {
            expect_rejected(
                &jws(header, claims().to_string(), hmac(&form)),
                CredentialErrorReason::BadSignature,
                header,
            );
        }
        let header = r#"{"alg":"EdDSA","kid":"ed"}"#;
        expect_rejected(&jws(header, claims().to_string(), hmac(&form)), CredentialErrorReason::BadSignature, header);
    }
}

/// RFC 8725 section 3.1: no encoding of an RSA public key is accepted as an HMAC secret (RS256 confused with HS256).
#[test]
fn section_3_1_an_rsa_key_is_not_accepted_as_hmac_secret() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = pair.public_key().as_ref().to_vec();
    // RFC 8017 appendix A.1.1: nine bytes of DER before a modulus of 2048 bits
    let modulus = der[9..265].to_vec();
    let jwk = json!({ "kty": "RSA", "kid": "r", "alg": "RS256", "n": base64url(&modulus), "e": "AQAB" });
    let (keys, _) = KeySet::from_jwks(std::slice::from_ref(&jwk));
    assert_eq!(keys.len(), 1);
    let lines = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der);
    let lines: Vec<&str> = lines.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", lines.join("\n"));
    let forms = [
        pem.trim().into(),
        pem.into_bytes(),
        jwk.to_string().into_bytes(),
        der,
        base64url(&modulus).into_bytes(),
        modulus,
    ];
    for form in forms {
        for (alg, reason) in [
            ("HS256", CredentialErrorReason::BadSignature),
            ("RS256", CredentialErrorReason::BadSignature),
            ("PS256", CredentialErrorReason::AlgorithmNotAllowed),
        ] {
            let token = jws(&json!({ "alg": alg, "kid": "r" }).to_string(), claims().to_string(), hmac(&form));
            let header = format!("Bearer {token}");
            let verdict = verify_header(&verifier(), &keys, ("Authorization", &header), NOW * 1000);
            assert_eq!(verdict, VerificationResult::Refused(reason), "{alg}");
        }
    }
}

/// RFC 8725 section 3.1: the key determines the algorithm. Section 3.10: `kid` only selects a key of the set.
#[test]
fn sections_3_1_and_3_10_the_key_determines_the_algorithm() {
    let signed = |header: &str| {
        jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
    };
    for alg in ["ES256", "ES512", "RS256", "PS256"] {
        let header = json!({ "alg": alg, "kid": "ed" }).to_string();
        expect_rejected(&signed(&header), CredentialErrorReason::AlgorithmNotAllowed, alg);
    }
    for kid in ["", "ED", "ed ", "ed' OR '1'='1", "../../etc/passwd", "/dev/null", "|sleep 9"] {
        expect_rejected(
            &signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()),
            CredentialErrorReason::UnknownKey,
            kid,
        );
    }
    for kid in [json!(1), json!(["ed"]), json!(null), json!({ "ed": 1 })] {
        expect_rejected(
            &signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()),
            CredentialErrorReason::Malformed,
            "kid is not a string",
        );
    }
    // A token without `kid` is verified with the only key of the set.
    assert_eq!(verdict_of(&signed(r#"{"alg":"EdDSA"}"#)), alice());
}

/// RFC 8725 section 3.3: the service validates the outer token and never unwraps a nested one.
#[test]
fn section_3_3_nested_tokens_are_rejected() {
    let unsigned = jws(r#"{"alg":"none"}"#, claims().to_string(), |_| Vec::new());
    let wrapped = jws(r#"{"alg":"HS256","cty":"JWT"}"#, &unsigned, hmac(SECRET));
    expect_rejected(&wrapped, CredentialErrorReason::Malformed, "signed around unsigned");
    for inner_token in [unsigned, hs256(&claims(), SECRET), claims().to_string()] {
        // Encrypted like session_data, with the service's own secret.
        let encrypted = jwe(&json!({ "alg": "dir", "enc": "A256CBC-HS512" }), inner_token, SECRET);
        expect_rejected(&encrypted, CredentialErrorReason::Malformed, "encrypted");
    }
}

/// RFC 8725 section 3.5: a secret has at least the length of the hash, 32 bytes.
#[test]
fn section_3_5_secrets_have_at_least_the_length_of_the_hash() {
    assert_eq!(Secret::new("x".repeat(32)).weak_reason(), None);
    for weak in ["", "secret", &"x".repeat(31), "better-auth-secret-12345678901234567890"] {
        assert!(Secret::new(weak).weak_reason().is_some(), "{weak}");
    }
}

/// RFC 7515 section 4.1.11, RFC 7797, RFC 8725 sections 3.6 and 3.10.
#[test]
fn sections_3_6_and_3_10_header_extensions_compression_and_keys_are_rejected() {
    let jwk = ed25519_jwk("ed");
    let members = [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": true }),
        json!({ "zip": "DEF" }),
        json!({ "enc": "A256GCM" }),
        json!({ "jwk": jwk }),
        json!({ "jwk": null }),
        json!({ "jku": "https://evil.example/jwks" }),
        json!({ "x5u": "https://evil.example/cert" }),
        json!({ "x5c": ["MIIB"] }),
    ];
    for members in members {
        for alg in [json!({ "alg": "HS256" }), json!({ "alg": "EdDSA", "kid": "ed" })] {
            let mut header = alg;
            header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            expect_rejected(
                &with_header(&header.to_string()),
                CredentialErrorReason::UnsupportedHeader,
                &header.to_string(),
            );
        }
    }
}

/// Draft rfc8725bis section 3.13: the service never derives a key from a password (PBES2).
#[test]
fn bis_section_3_13_password_based_encryption_is_rejected() {
    let header =
        json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2c": 2_000_000_000_u32, "p2s": "c2FsdA" });
    let encrypted = format!("{}.AAAA.AAAA.AAAA.AAAA", base64url(header.to_string()));
    expect_rejected(&encrypted, CredentialErrorReason::Malformed, "a JWE");
    let header = json!({ "alg": "PBES2-HS256+A128KW", "p2c": 2_000_000_000_u32, "p2s": "c2FsdA" });
    expect_rejected(&with_header(&header.to_string()), CredentialErrorReason::AlgorithmNotAllowed, "a JWS");
}
