//! Generates random unsigned credentials and checks that the service rejects them without a panic.
//!
//! The folder `fuzz` has targets for cargo-fuzz on the same entry points, for long runs.

use better_auth_guard::{CookieCacheMode, Credential, CredentialHeaders, KeySet, Verifier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::support::{
    TOKEN, base64url, cookie_header, ed25519_jwk, policy, verifier, with_cached_session, with_cookie_cache,
};

fn verifiers() -> [Verifier; 3] {
    [CookieCacheMode::Off, CookieCacheMode::ReplacesLookup, CookieCacheMode::Required]
        .map(|mode| Verifier::new(with_cookie_cache(mode, policy())))
}

/// Returns whether one of the verifiers accepts these headers: for a user, or for a session token other than [`TOKEN`].
fn is_accepted(authorization: &[&[u8]], cookie: &[&[u8]], verifiers: &[Verifier]) -> bool {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let presented = CredentialHeaders { authorization: authorization.to_vec(), cookie: cookie.to_vec() };
    let now = chrono::DateTime::from_timestamp_millis(1_795_247_700_000).unwrap();
    verifiers.iter().any(|verifier| match verifier.verify(&presented, &keys, now) {
        Ok(Some((_, Credential::User(_)))) => true,
        Ok(Some((_, Credential::Session(token)))) => token.expose() != TOKEN,
        Ok(None) | Err(_) => false,
    })
}

fn bytes(max_length: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max_length)
}

/// Generates JSON with the member names and texts that the service reads.
fn json_value() -> impl Strategy<Value = Value> {
    let names = [
        "alg",
        "kid",
        "typ",
        "enc",
        "crit",
        "zip",
        "jwk",
        "sub",
        "exp",
        "nbf",
        "iat",
        "aud",
        "iss",
        "sid",
        "session",
        "user",
        "token",
        "userId",
        "id",
        "expiresAt",
        "version",
        "banned",
        "banExpires",
        "keys",
        "kty",
        "crv",
        "x",
        "y",
        "n",
        "e",
        "k",
        "use",
        "key_ops",
        "signature",
    ];
    let texts = [
        "HS256",
        "EdDSA",
        "none",
        "dir",
        "A256CBC-HS512",
        "ed",
        "alice",
        "1",
        "OKP",
        "EC",
        "RSA",
        "oct",
        "Ed25519",
        "P-256",
        "P-521",
        "sig",
        "verify",
        "AQAB",
        "",
        TOKEN,
        "better-auth:session-cache",
        "better-auth.session-cache+jwt",
        "2026-11-28T07:48:44.270Z",
        "+275760-09-13T00:00:00Z",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(texts.to_vec()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        vec(any::<u8>(), 0..70).prop_map(|bytes| base64url(bytes).into()),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(names.to_vec()), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Generates an object with some of the expected members and some random ones.
fn object(expected: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = Value> {
    (json_value(), vec(any::<bool>(), expected.len())).prop_map(move |(value, chosen)| {
        let mut object = if value.is_object() { value } else { json!({}) };
        for ((name, text), _) in expected.iter().zip(chosen).filter(|(_, chosen)| *chosen) {
            object[*name] = serde_json::from_str(text).expect("JSON");
        }
        object
    })
}

/// Generates a JWT with plausible parts and a random signature.
fn token() -> impl Strategy<Value = String> {
    let header = object(&[
        ("alg", r#""HS256""#),
        ("alg", r#""EdDSA""#),
        ("kid", r#""ed""#),
        ("typ", r#""better-auth.session-cache+jwt""#),
    ]);
    let claims = object(&[("sub", r#""alice""#), ("exp", "4102444800"), ("aud", r#""better-auth:session-cache""#)]);
    (header, claims, bytes(70)).prop_map(|(header, claims, signature)| {
        format!("{}.{}.{}", base64url(header.to_string()), base64url(claims.to_string()), base64url(signature))
    })
}

/// Generates a JWE with plausible parts and a random ciphertext.
fn encrypted() -> impl Strategy<Value = String> {
    let header = object(&[("alg", r#""dir""#), ("enc", r#""A256CBC-HS512""#)]);
    (header, bytes(20), bytes(40), bytes(80), bytes(40)).prop_map(|(header, key, iv, text, tag)| {
        let key = if key.len() > 10 { String::new() } else { base64url(key) };
        let iv = if iv.len() > 16 { iv[..16].to_vec() } else { iv };
        let tag = if tag.len() > 32 { tag[..32].to_vec() } else { tag };
        let header = base64url(header.to_string());
        format!("{header}.{key}.{}.{}.{}", base64url(iv), base64url(&text[..text.len() & !15]), base64url(tag))
    })
}

/// Generates a cached session in the form `compact` with a random signature.
fn compact_cache() -> impl Strategy<Value = String> {
    (json_value(), any::<i64>(), "[A-Za-z0-9_-]{43}").prop_map(|(inner, end, signature)| {
        base64url(format!(r#"{{"session":{inner},"expiresAt":{end},"signature":"{signature}"}}"#))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_headers_are_rejected(first in bytes(200), second in bytes(200), third in bytes(200)) {
        let verifiers = verifiers();
        prop_assert!(!is_accepted(&[&first], &[&second, &third], &verifiers));
        prop_assert!(!is_accepted(&[&first, &second], &[&third], &verifiers));
        prop_assert!(!is_accepted(&[&[b"Bearer ".as_slice(), &first].concat()], &[], &verifiers));
        prop_assert!(!is_accepted(&[], &[&[b"better-auth.session_token=".as_slice(), &second].concat()], &verifiers));
    }

    #[test]
    fn session_tokens_with_a_random_signature_are_rejected(token in ".{0,40}", signature in "[A-Za-z0-9+/]{43}=", encoded in any::<bool>()) {
        let value = format!("{token}.{signature}");
        let value = if encoded { value.replace('+', "%2B").replace('=', "%3d") } else { value };
        let cookie = format!("a=b; better-auth.session_token={value}; c");
        let bearer = format!("bearer {value}");
        prop_assert!(!is_accepted(&[], &[cookie.as_bytes()], &verifiers()));
        prop_assert!(!is_accepted(&[bearer.as_bytes()], &[], &verifiers()));
    }

    #[test]
    fn jwts_with_a_random_signature_are_rejected(token in token()) {
        let (bearer, cookies) = (format!("Bearer {token}"), with_cached_session(&token));
        prop_assert!(!is_accepted(&[bearer.as_bytes()], &[], &verifiers()));
        prop_assert!(!is_accepted(&[], &[cookies.as_bytes()], &verifiers()));
    }

    #[test]
    fn cached_sessions_with_a_random_signature_are_rejected(
        encrypted in encrypted(), compact_cache in compact_cache(), any_bytes in bytes(300), text in "[A-Za-z0-9._-]{0,200}",
    ) {
        let verifiers = verifiers();
        for cached_session in [encrypted.as_bytes(), compact_cache.as_bytes(), &any_bytes, text.as_bytes(), base64url(&any_bytes).as_bytes()] {
            let header = [with_cached_session("").as_bytes(), cached_session].concat();
            prop_assert!(!is_accepted(&[], &[&header], &verifiers));
            let (first, second) = cached_session.split_at(cached_session.len() / 2);
            let chunks = [
                cookie_header(TOKEN).into_bytes(),
                [b"better-auth.session_data.1=".as_slice(), second].concat(),
                [b"better-auth.session_data.0=".as_slice(), first].concat(),
            ];
            prop_assert!(!is_accepted(&[], &chunks.each_ref().map(Vec::as_slice), &verifiers));
        }
    }

    #[test]
    fn random_key_sets_are_parsed_without_a_panic(any_bytes in bytes(300), keys in vec(json_value(), 0..4), token in token()) {
        let _ = KeySet::from_json(&any_bytes);
        let set = json!({ "keys": keys }).to_string();
        let Ok((keys, rejected)) = KeySet::from_json(set.as_bytes()) else { return Ok(()) };
        prop_assert!(keys.len() + rejected.len() <= 4);
        let (presented, now) = (format!("Bearer {token}"), chrono::Utc::now());
        let presented = CredentialHeaders { authorization: vec![presented.as_bytes()], ..CredentialHeaders::default() };
        prop_assert!(verifier().verify(&presented, &keys, now).is_err());
    }
}
