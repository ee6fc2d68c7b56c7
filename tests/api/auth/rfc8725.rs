//! RFC 8725, the best current practices of JWTs, and its successor (draft-ietf-oauth-rfc8725bis), a section a test.
//!
//! Every bad token is a good one with one thing changed, and rightly signed unless the signature is what is bad; so it is refused for
//! that thing alone, which the reason shows. Section 3.4 on keys is in [`crate::jwks`].

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use serde_json::json;
use task_api::auth::{CredentialErrorReason, KeySet, Secret};
use task_api::config::Config;

use crate::auth::jwt::{
    HEADER, NOW, alice, claims, claims_with, expect_refused, judged, judged_with, with_header, with_payload,
};
use crate::support::{
    SECRET, Settings, Verdict, base64url, ed25519, ed25519_jwk, eddsa, hmac, hs256, judge, jwe, jws, verifier,
};

/// RFC 8725 sections 3.1 and 3.2.
#[test]
fn section_3_1_and_3_2_no_algorithm_but_the_listed_ones_in_their_exact_spelling() {
    let algorithms =
        ["none", "None", "NONE", "nOnE", "none ", "", "hs256", "HS256 ", "HS256\0", "HS384", "HS512", "ES384"];
    for alg in algorithms {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        expect_refused(&with_header(&header), CredentialErrorReason::AlgorithmNotAllowed, alg);
        let unsigned = jws(&header, claims().to_string(), |_| Vec::new());
        expect_refused(&unsigned, CredentialErrorReason::AlgorithmNotAllowed, alg);
    }
    for alg in [json!(null), json!(["HS256"]), json!(256), json!({ "HS256": 1 }), json!(true)] {
        expect_refused(
            &with_header(&json!({ "alg": alg }).to_string()),
            CredentialErrorReason::Malformed,
            "alg is no text",
        );
    }
    expect_refused(&with_header(r#"{"typ":"JWT"}"#), CredentialErrorReason::Malformed, "there is no alg");
    expect_refused(
        &jws(HEADER, claims().to_string(), |_| Vec::new()),
        CredentialErrorReason::BadSignature,
        "no signature",
    );
    expect_refused(
        &hs256(&claims(), "another secret of more than 32 bytes"),
        CredentialErrorReason::BadSignature,
        "another secret",
    );
}

/// RFC 8725 section 3.1: a public key is no secret, in whatever form it is taken for one.
#[test]
fn section_3_1_a_public_key_is_no_hmac_secret() {
    let (jwk, raw) = (ed25519_jwk("ed"), ed25519().public_key().as_ref().to_vec());
    let forms = [jwk.to_string().into_bytes(), jwk["x"].as_str().unwrap().as_bytes().to_vec(), raw, Vec::new()];
    for form in forms {
        for header in [r#"{"alg":"HS256","kid":"ed"}"#, HEADER] {
            expect_refused(
                &jws(header, claims().to_string(), hmac(&form)),
                CredentialErrorReason::BadSignature,
                header,
            );
        }
        let header = r#"{"alg":"EdDSA","kid":"ed"}"#;
        expect_refused(&jws(header, claims().to_string(), hmac(&form)), CredentialErrorReason::BadSignature, header);
    }
}

/// The same with an RSA key, whose public half goes about in more forms (RS256 taken for HS256 is the oldest of these attacks).
#[test]
fn section_3_1_an_rsa_key_is_no_hmac_secret() {
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
            let verdict = judge(&verifier(&[]), &keys, ("Authorization", &header), NOW * 1000);
            assert_eq!(verdict, Verdict::Refused(reason), "{alg}");
        }
    }
}

/// RFC 8725 section 3.1: the algorithm is the key's. `kid` picks the key (section 3.10: it is looked up, and nothing else).
#[test]
fn sections_3_1_and_3_10_the_header_chooses_neither_algorithm_nor_key() {
    let signed = |header: &str| {
        jws(header, claims().to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec())
    };
    for alg in ["ES256", "ES512", "RS256", "PS256"] {
        let header = json!({ "alg": alg, "kid": "ed" }).to_string();
        expect_refused(&signed(&header), CredentialErrorReason::AlgorithmNotAllowed, alg);
    }
    for kid in ["", "ED", "ed ", "ed' OR '1'='1", "../../etc/passwd", "/dev/null", "|sleep 9"] {
        expect_refused(
            &signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()),
            CredentialErrorReason::UnknownKey,
            kid,
        );
    }
    for kid in [json!(1), json!(["ed"]), json!(null), json!({ "ed": 1 })] {
        expect_refused(
            &signed(&json!({ "alg": "EdDSA", "kid": kid }).to_string()),
            CredentialErrorReason::Malformed,
            "kid is no text",
        );
    }
    // a token that names no key leaves no choice where there is only one
    assert_eq!(judged(&signed(r#"{"alg":"EdDSA"}"#)), alice());
}

/// All operations are validated: what is inside counts for nothing unless the outside is a token of ours.
#[test]
fn section_3_3_nothing_is_unwrapped() {
    let unsigned = jws(r#"{"alg":"none"}"#, claims().to_string(), |_| Vec::new());
    let wrapped = jws(r#"{"alg":"HS256","cty":"JWT"}"#, &unsigned, hmac(SECRET));
    expect_refused(&wrapped, CredentialErrorReason::Malformed, "signed around unsigned");
    for inside in [unsigned, hs256(&claims(), SECRET), claims().to_string()] {
        // encrypted as session_data is, under our own secret
        let sealed = jwe(&json!({ "alg": "dir", "enc": "A256CBC-HS512" }), inside, SECRET);
        expect_refused(&sealed, CredentialErrorReason::Malformed, "encrypted");
    }
}

/// A secret has as many bytes as the hash; beyond this machine a shorter one is refused when the service starts.
#[test]
fn section_3_5_secrets_are_as_long_as_the_hash() {
    assert_eq!(Secret::new("x".repeat(32)).weak_reason(), None);
    for weak in ["", "secret", &"x".repeat(31), "better-auth-secret-12345678901234567890"] {
        assert!(Secret::new(weak).weak_reason().is_some(), "{weak}");
    }
    for name in ["BETTER_AUTH_SECRET", "JWT_SECRET"] {
        let settings = |asked: &str| match asked {
            "HOST" => Some("0.0.0.0".to_owned()),
            asked if asked == name => Some("x".repeat(31)),
            "BETTER_AUTH_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        };
        let problems = Config::from_lookup(&settings).expect_err("it is too short").0;
        assert!(problems.iter().any(|problem| problem.starts_with(name)), "{problems:?}");
    }
}

/// RFC 7515 section 4.1.11, RFC 7797, RFC 8725 sections 3.6 and 3.10.
#[test]
fn sections_3_6_and_3_10_extensions_compression_and_keys_in_the_header_are_refused() {
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
            expect_refused(
                &with_header(&header.to_string()),
                CredentialErrorReason::UnsupportedHeader,
                &header.to_string(),
            );
        }
    }
}

/// RFC 8725 section 3.8 on `sub`; RFC 7519 section 4.1.2. A number is read as its text.
#[test]
fn section_3_8_the_subject_is_a_text_or_a_whole_number() {
    for (sub, user) in
        [(json!("a b"), "a b"), (json!(42), "42"), (json!(-1), "-1"), (json!(u64::MAX), "18446744073709551615")]
    {
        let token = with_payload(claims_with(json!({ "sub": sub })).to_string());
        assert_eq!(judged(&token), Verdict::User(user.into()));
    }
    // `null` takes the claim out
    for sub in [json!(""), json!(null), json!({ "id": "alice" }), json!(["alice"]), json!(true), json!(4.5)] {
        let token = with_payload(claims_with(json!({ "sub": sub, "id": "alice", "userId": "alice" })).to_string());
        expect_refused(&token, CredentialErrorReason::NoUser, &sub.to_string());
    }
    expect_refused(
        &with_payload(format!(r#"{{"sub":null,"exp":{}}}"#, NOW + 9)),
        CredentialErrorReason::NoUser,
        "sub is null",
    );
}

/// RFC 8725 sections 3.8 and 3.9.
#[test]
fn sections_3_8_and_3_9_issuer_and_audience_are_compared_exactly_when_configured() {
    let settings: Settings<'_> = &[("JWT_ISSUER", "https://auth.example"), ("JWT_AUDIENCE", "tasks,api://tasks")];
    let good = json!({ "iss": "https://auth.example", "aud": "tasks" });
    let table = [
        (json!({}), None),
        (json!({ "aud": "api://tasks" }), None),
        (json!({ "aud": ["other", "tasks"] }), None),
        (json!({ "aud": null }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "other" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "Tasks" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": "tasks,api://tasks" }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": [] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": ["other"] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": [["tasks"]] }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "aud": { "tasks": 1 } }), Some(CredentialErrorReason::ForeignAudience)),
        (json!({ "iss": null }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": "https://auth.example/" }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": "HTTPS://auth.example" }), Some(CredentialErrorReason::ForeignIssuer)),
        (json!({ "iss": ["https://auth.example"] }), Some(CredentialErrorReason::ForeignIssuer)),
    ];
    for (members, reason) in table {
        let mut all = good.clone();
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let verdict = judged_with(settings, &with_payload(claims_with(all).to_string()));
        assert_eq!(verdict, reason.map_or_else(alice, Verdict::Refused), "{members}");
    }
    assert_eq!(
        judged(&with_payload(claims_with(json!({ "iss": ["x"], "aud": 1 })).to_string())),
        alice(),
        "not configured"
    );
}

/// RFC 8725 sections 3.11 and 3.12.
#[test]
fn section_3_11_tokens_of_another_type_are_refused() {
    for typ in ["JWT", "jwt", "application/jwt", "application/JWT"] {
        assert_eq!(judged(&with_header(&json!({ "alg": "HS256", "typ": typ }).to_string())), alice(), "{typ}");
    }
    for typ in ["at+jwt", "better-auth.session-cache+jwt", "logout+jwt", "secevent+jwt", "JOSE", "JWT ", "", "dpop+jwt"]
    {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_refused(&token, CredentialErrorReason::ForeignType, typ);
    }
    for typ in [json!(null), json!(["JWT"]), json!(1)] {
        let token = with_header(&json!({ "alg": "HS256", "typ": typ }).to_string());
        expect_refused(&token, CredentialErrorReason::ForeignType, "typ is no text");
    }
}

/// Rules that exclude each other: what the same secret signs for another purpose is no API token, whatever names the user here.
#[test]
fn section_3_12_tokens_of_another_purpose_are_refused() {
    let cached = json!({ "session": { "token": "t", "userId": "alice" }, "user": { "id": "alice" }, "exp": NOW + 300 });
    let link = json!({ "email": "alice@example.com", "userId": "alice", "iat": NOW, "exp": NOW + 3600 });
    for (claim, reason) in
        [("sub", CredentialErrorReason::ForeignType), ("user.id", CredentialErrorReason::ForeignType)]
    {
        let verdict = judged_with(&[("JWT_USER_CLAIM", claim)], &with_payload(cached.to_string()));
        assert_eq!(verdict, Verdict::Refused(reason), "{claim}");
    }
    expect_refused(&with_payload(link.to_string()), CredentialErrorReason::NoUser, "the link of an e-mail");
    // an issuer's own token may speak of a session too: it has a subject
    let mut own = cached;
    own["sub"] = "alice".into();
    assert_eq!(judged(&with_payload(own.to_string())), alice());
}

/// Successor, section 3.13: nobody makes this service derive a key from a password, however often.
#[test]
fn bis_section_3_13_passwords_are_no_keys() {
    let header =
        json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2c": 2_000_000_000_u32, "p2s": "c2FsdA" });
    let sealed = format!("{}.AAAA.AAAA.AAAA.AAAA", base64url(header.to_string()));
    expect_refused(&sealed, CredentialErrorReason::Malformed, "a JWE");
    let header = json!({ "alg": "PBES2-HS256+A128KW", "p2c": 2_000_000_000_u32, "p2s": "c2FsdA" });
    expect_refused(&with_header(&header.to_string()), CredentialErrorReason::AlgorithmNotAllowed, "a JWS");
}

/// RFC 8725 sections 3.3 and 3.7, RFC 7515 sections 2 and 4 (a repeated member).
#[test]
fn sections_3_3_and_3_7_what_is_not_exactly_a_compact_jws_of_json_objects_is_refused() {
    let texts: [&[u8]; 8] = [
        br#"{"sub":"alice","exp":4102444800,"sub":"bob"}"#,
        br#"{"sub":"alice","exp":4102444800,"x":{"a":1,"a":2}}"#,
        b"{\"sub\":\"alice\xff\",\"exp\":4102444800}",
        b"\xef\xbb\xbf{\"sub\":\"alice\",\"exp\":4102444800}",
        br#"[{"sub":"alice","exp":4102444800}]"#,
        br#""alice""#,
        br#"{"sub":"alice","exp":4102444800} {}"#,
        b"",
    ];
    for text in texts {
        expect_refused(&with_payload(text), CredentialErrorReason::Malformed, &String::from_utf8_lossy(text));
    }
    for header in
        [r#"{"alg":"HS256","alg":"none"}"#, r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","x":1,"x":1}"#]
    {
        expect_refused(&with_header(header), CredentialErrorReason::Malformed, header);
    }
    expect_refused(
        &jws(HEADER, hs256(&claims(), SECRET), hmac(SECRET)),
        CredentialErrorReason::Malformed,
        "a token in a token",
    );
    let good = with_header(HEADER);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forms = [
        header.to_owned(),
        message.to_owned(),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{message}..{signature}"),
        format!("{good}.a.b"),
        format!(".{good}"),
        format!("{}.{signature}", message.replace('.', "=.")),
        format!("{message}\t.{signature}"),
        json!({ "protected": header, "payload": message, "signature": signature }).to_string(),
    ];
    for form in forms {
        expect_refused(&form, CredentialErrorReason::Malformed, &form);
    }
    // padded, it may pass for a signed session token, since Better Auth signs those with the same key; it has no row, then
    let padded = eddsa("ed", &claims()) + "=";
    expect_refused(&padded, CredentialErrorReason::Malformed, "padding");
    assert!(!matches!(judged(&format!("{good}=")), Verdict::User(_)), "padding");
}

/// Successor, on parsers: base64url has one spelling for each value (RFC 4648 sections 3.2, 3.5 and 5).
#[test]
fn bis_base64url_is_canonical() {
    for good in [with_header(HEADER), eddsa("ed", &claims())] {
        assert_eq!(judged(&good), alice());
        for (at, _) in good.char_indices().filter(|(at, _)| good[*at..].starts_with('.') || *at + 1 == good.len()) {
            // the last character of each part, and all those that differ from it in bits that stand for nothing
            let last = if good[at..].starts_with('.') { at - 1 } else { at };
            for other in (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([b'-', b'_', b'+', b'/', b'=']) {
                if other != good.as_bytes()[last] {
                    let mut changed = good.clone().into_bytes();
                    changed[last] = other;
                    let verdict = judged(&String::from_utf8(changed).unwrap());
                    assert!(matches!(verdict, Verdict::Refused(_) | Verdict::Session(_)), "{verdict:?}");
                }
            }
        }
    }
    // the other alphabet: a token whose signature has one of the two characters that differ
    let tokens = (0..).map(|number| hs256(&claims_with(json!({ "n": number })), SECRET));
    let token = tokens.into_iter().find(|token| token.rsplit('.').next().unwrap().contains(['-', '_'])).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = format!("{message}.{}", signature.replace('-', "+").replace('_', "/"));
    assert_eq!(judged(&token), alice());
    expect_refused(&other, CredentialErrorReason::Malformed, "another alphabet");
}
