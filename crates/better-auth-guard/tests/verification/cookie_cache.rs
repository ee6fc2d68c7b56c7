//! Tests which cached sessions of Better Auth's cookie cache are valid.
//!
//! Each invalid cached session differs from a valid one in one point.

use better_auth_guard::{
    Algorithm, AuthPolicy, CookieCacheMode, CookieName, CredentialErrorReason, KeySet, Secret, Verifier,
    signed_cookie_value,
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{
    BETTER_AUTH_URL, OTHER_SECRET, SECRET, TOKEN, VerificationResult, cached_session, compact, cookie_header, ed25519,
    ed25519_jwk, hmac, hs256, in_one_hour, jwe, jws, policy, policy_of, policy_with, verify_header,
    with_cached_session, with_cookie_cache,
};

/// Verifies a cached session beside its session token.
///
/// Checks both modes: an invalid one causes a look-up if the cookie replaces the look-up, and a rejection if it is required.
/// Returns the user, or the reason of the rejection.
#[track_caller]
fn verify(cached: &str) -> Result<String, CredentialErrorReason> {
    verify_with(&policy(), &KeySet::default(), &with_cached_session(cached), Utc::now().timestamp_millis())
}

/// Verifies these cookies with this policy and these keys in both modes.
#[track_caller]
pub fn verify_with(
    policy: &AuthPolicy,
    keys: &KeySet,
    cookies: &str,
    now: i64,
) -> Result<String, CredentialErrorReason> {
    let verify_in_mode = |mode| {
        let verifier = Verifier::new(with_cookie_cache(mode, policy.clone()));
        verify_header(&verifier, keys, ("Cookie", cookies), now)
    };
    match (verify_in_mode(CookieCacheMode::Required), verify_in_mode(CookieCacheMode::ReplacesLookup)) {
        (VerificationResult::User(cookie_only), VerificationResult::User(cache_on)) if cookie_only == cache_on => {
            Ok(cookie_only)
        }
        (
            VerificationResult::Refused(CredentialErrorReason::Banned),
            VerificationResult::Refused(CredentialErrorReason::Banned),
        ) => Err(CredentialErrorReason::Banned),
        (VerificationResult::Refused(reason), VerificationResult::Session(_)) => Err(reason),
        verdicts => panic!("{verdicts:?}"),
    }
}

#[test]
fn each_form_authenticates_the_user() {
    let (inner, exp) = (cached_session("alice", TOKEN), in_one_hour() / 1000);
    let mut claims = inner.clone();
    claims["exp"] = exp.into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    for secret in [SECRET, OTHER_SECRET] {
        let cached_sessions = [
            compact(&inner, in_one_hour(), secret),
            hs256_bare(&claims, secret),
            jwe(&header, claims.to_string(), secret),
        ];
        for cached in cached_sessions {
            let expected =
                if secret == SECRET { Ok("alice".to_owned()) } else { Err(CredentialErrorReason::BadSignature) };
            assert_eq!(verify(&cached), expected);
            // The older of two secrets verifies too.
            let now = Utc::now().timestamp_millis();
            let result = verify_with(
                &policy_of(&[OTHER_SECRET, SECRET]),
                &KeySet::default(),
                &with_cached_session(&cached),
                now,
            );
            assert_eq!(result, Ok("alice".into()));
        }
    }
}

/// Returns an HS256 JWT without `typ`, as Better Auth writes it.
fn hs256_bare(claims: &Value, secret: &str) -> String {
    jws(r#"{"alg":"HS256"}"#, claims.to_string(), hmac(secret))
}

#[test]
fn members_of_a_cached_session_are_checked() {
    let iso = |timestamp: DateTime<Utc>| json!(timestamp.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (past, future) = (iso(Utc::now() - TimeDelta::minutes(1)), iso(Utc::now() + TimeDelta::minutes(1)));
    let alice = || Ok("alice".to_owned());
    let table = [
        ("/session/token", json!("another"), Err(CredentialErrorReason::OtherSession)),
        ("/session/token", json!(null), Err(CredentialErrorReason::OtherSession)),
        ("/session/expiresAt", past.clone(), Err(CredentialErrorReason::Expired)),
        ("/session/expiresAt", json!(null), Err(CredentialErrorReason::BadTimes)),
        ("/session/expiresAt", json!("tomorrow"), Err(CredentialErrorReason::BadTimes)),
        ("/session/userId", json!("bob"), Err(CredentialErrorReason::NoUser)),
        ("/user/id", json!("bob"), Err(CredentialErrorReason::NoUser)),
        ("/user/id", json!(null), Err(CredentialErrorReason::NoUser)),
        ("/user", json!("alice"), Err(CredentialErrorReason::Malformed)),
        ("/session", json!([]), Err(CredentialErrorReason::Malformed)),
        ("/version", json!("2"), Err(CredentialErrorReason::OtherVersion)),
        ("/version", json!(1), Err(CredentialErrorReason::OtherVersion)),
        ("/user/banned", json!(false), alice()),
        ("/user/banned", json!(null), alice()),
        ("/user/banned", json!(true), Err(CredentialErrorReason::Banned)),
        ("/user/banned", json!(1), Err(CredentialErrorReason::Banned)),
        ("/user/banned", json!("yes"), Err(CredentialErrorReason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": past }), alice()),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": future }), Err(CredentialErrorReason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": null }), Err(CredentialErrorReason::Banned)),
        ("/user", json!({ "id": "alice", "banned": true, "banExpires": "once" }), Err(CredentialErrorReason::Banned)),
    ];
    for (pointer, value, expected) in table {
        let mut inner = cached_session("alice", TOKEN);
        match inner.pointer_mut(pointer) {
            Some(member) => *member = value.clone(),
            None => inner["user"]["banned"] = value.clone(),
        }
        assert_eq!(verify(&compact(&inner, in_one_hour(), SECRET)), expected, "{pointer}: {value}");
    }
    // Better Auth 1.2 and 1.3 write no version.
    let mut without_version = cached_session("alice", TOKEN);
    without_version.as_object_mut().unwrap().remove("version");
    assert_eq!(verify(&compact(&without_version, in_one_hour(), SECRET)), alice());
    assert_eq!(
        verify(&compact(&without_version, Utc::now().timestamp_millis() - 9, SECRET)),
        Err(CredentialErrorReason::Expired)
    );
}

/// RFC 7516, RFC 7518 sections 4.5 and 5.2.5: correctly encrypted, with one point changed.
#[test]
fn encrypted_sessions_of_another_kind_are_rejected() {
    let mut claims = cached_session("alice", TOKEN);
    claims["exp"] = (in_one_hour() / 1000).into();
    let encrypted = |header: Value, text: &str| jwe(&header, text, SECRET);
    let header = |members: Value| {
        let mut header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
        header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        header
    };
    let valid = encrypted(header(json!({})), &claims.to_string());
    assert_eq!(verify(&valid), Ok("alice".into()));
    let kid = "it7wZertC6mji5rFPeuM75094hQ33iIFIc_QGnWhucc";
    let table = [
        (json!({ "kid": kid }), Ok("alice".to_owned())),
        (json!({ "kid": kid.to_lowercase() }), Err(CredentialErrorReason::BadSignature)),
        (json!({ "kid": 1 }), Err(CredentialErrorReason::Malformed)),
        // Better Auth lists this algorithm too, but has no key of its length.
        (json!({ "enc": "A256GCM" }), Err(CredentialErrorReason::AlgorithmNotAllowed)),
        (json!({ "enc": "A128CBC-HS256" }), Err(CredentialErrorReason::AlgorithmNotAllowed)),
        (json!({ "enc": null }), Err(CredentialErrorReason::AlgorithmNotAllowed)),
        (json!({ "alg": "A256KW" }), Err(CredentialErrorReason::AlgorithmNotAllowed)),
        (
            json!({ "alg": "PBES2-HS256+A128KW", "p2c": 2_000_000_000_u32 }),
            Err(CredentialErrorReason::AlgorithmNotAllowed),
        ),
        (json!({ "alg": "none" }), Err(CredentialErrorReason::AlgorithmNotAllowed)),
        (json!({ "zip": "DEF" }), Err(CredentialErrorReason::UnsupportedHeader)),
        (json!({ "crit": ["exp"] }), Err(CredentialErrorReason::UnsupportedHeader)),
        (json!({ "jwk": {} }), Err(CredentialErrorReason::UnsupportedHeader)),
        (json!({ "cty": "JWT" }), Err(CredentialErrorReason::UnsupportedHeader)),
    ];
    for (members, expected) in table {
        assert_eq!(verify(&encrypted(header(members.clone()), &claims.to_string())), expected, "{members}");
    }
    for (text, reason) in [
        ("", CredentialErrorReason::Malformed),
        ("[]", CredentialErrorReason::Malformed),
        ("{}", CredentialErrorReason::BadTimes),
    ] {
        assert_eq!(verify(&encrypted(header(json!({})), text)), Err(reason), "{text}");
    }
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let expired = encrypted(header(json!({})), &claims.to_string());
    assert_eq!(verify(&expired), Err(CredentialErrorReason::Expired), "unlike Better Auth, no grace period of 15 s");
    let parts: Vec<&str> = valid.split('.').collect();
    let joined = |parts: &[&str]| verify(&parts.join("."));
    assert_eq!(
        joined(&[parts[0], "AAAA", parts[2], parts[3], parts[4]]),
        Err(CredentialErrorReason::Malformed),
        "an encrypted key with `dir`"
    );
    assert_eq!(
        joined(&[parts[0], "", &parts[2][..12], parts[3], parts[4]]),
        Err(CredentialErrorReason::Malformed),
        "a short IV"
    );
    assert_eq!(
        joined(&[parts[0], "", parts[2], parts[3], &parts[4][..22]]),
        Err(CredentialErrorReason::Malformed),
        "half a tag"
    );
    assert_eq!(
        joined(&[parts[0], "", parts[2], "", parts[4]]),
        Err(CredentialErrorReason::BadSignature),
        "an empty ciphertext"
    );
    assert_eq!(joined(&parts[..4]), Err(CredentialErrorReason::Malformed), "four parts");
}

#[test]
fn sessions_signed_with_a_public_key_need_their_own_type() {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let mut valid = cached_session("alice", TOKEN);
    let claims_of_type = json!({
        "sid": TOKEN, "sub": "alice", "aud": "better-auth:session-cache", "iss": BETTER_AUTH_URL,
        "iat": Utc::now().timestamp(), "exp": in_one_hour() / 1000,
    });
    valid.as_object_mut().unwrap().extend(claims_of_type.as_object().unwrap().clone());
    let signed = |typ: &str, claims: &Value| {
        let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }).to_string();
        with_cached_session(&jws(&header, claims.to_string(), |message| {
            ed25519().sign(message.as_bytes()).as_ref().to_vec()
        }))
    };
    let verify = |cookies: &str| verify_with(&policy(), &keys, cookies, Utc::now().timestamp_millis());
    let cache_type = "better-auth.session-cache+jwt";
    assert_eq!(verify(&signed(cache_type, &valid)), Ok("alice".into()));
    for typ in ["JWT", "at+jwt", "", "BETTER-AUTH.SESSION-CACHE+JWT"] {
        assert_eq!(verify(&signed(typ, &valid)), Err(CredentialErrorReason::ForeignType), "{typ}");
    }
    for (name, value, reason) in [
        ("aud", json!(BETTER_AUTH_URL), CredentialErrorReason::ForeignAudience),
        ("aud", json!(["better-auth:session-cache"]), CredentialErrorReason::ForeignAudience),
        ("sid", json!("another"), CredentialErrorReason::OtherSession),
        ("sub", json!("bob"), CredentialErrorReason::OtherSession),
        ("exp", json!(null), CredentialErrorReason::BadTimes),
        ("exp", json!(Utc::now().timestamp() - 1), CredentialErrorReason::Expired),
    ] {
        let mut claims = valid.clone();
        claims[name] = value;
        assert_eq!(verify(&signed(cache_type, &claims)), Err(reason), "{name}");
    }
    // The shared secret does not verify this type.
    let header = json!({ "alg": "HS256", "typ": cache_type }).to_string();
    let forged = jws(&header, valid.to_string(), hmac(SECRET));
    assert!(verify(&with_cached_session(&forged)).is_err());
    // An API token is no cached session.
    assert_eq!(verify(&with_cached_session(&hs256(&valid, SECRET))), Err(CredentialErrorReason::ForeignType));
    let narrowed = policy_with(|policy| policy.jwt.algorithms = vec![Algorithm::Es256]);
    let now = Utc::now().timestamp_millis();
    assert_eq!(
        verify_with(&narrowed, &keys, &signed(cache_type, &valid), now),
        Err(CredentialErrorReason::AlgorithmNotAllowed)
    );
}

#[test]
fn chunks_are_joined_by_their_number() {
    let cached = compact(&cached_session("alice", TOKEN), in_one_hour(), SECRET);
    let session = cookie_header(TOKEN);
    let chunk = |number: usize, part: &str| format!("better-auth.session_data.{number}={part}");
    let parts: Vec<String> =
        (0..12).map(|n| chunk(n, &cached[n * cached.len() / 12..(n + 1) * cached.len() / 12])).collect();
    let verify = |cookies: String| verify_with(&policy(), &KeySet::default(), &cookies, Utc::now().timestamp_millis());
    let reversed: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    assert_eq!(verify(format!("{session}; {}", parts.join("; "))), Ok("alice".into()));
    assert_eq!(verify(format!("{}; {session}", reversed.join(";"))), Ok("alice".into()), "chunks in reverse order");
    assert!(verify(format!("{session}; {}", parts[1..].join("; "))).is_err(), "the first is missing");
    assert!(verify(format!("{session}; {}", parts[..11].join("; "))).is_err(), "the last is missing");
    // The unchunked cookie takes precedence over chunks left by an earlier, longer value.
    assert_eq!(verify(format!("{session}; {}; better-auth.session_data={cached}", chunk(0, "x"))), Ok("alice".into()));
    let oversized = "A".repeat(65_537);
    assert_eq!(verify(format!("{session}; better-auth.session_data={oversized}")), Err(CredentialErrorReason::TooLong));
}

#[test]
fn the_cookie_name_has_the_prefix_of_the_session_cookie() {
    let cached = compact(&cached_session("alice", TOKEN), in_one_hour(), SECRET);
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    for ((prefix, name, secure), token, data) in [
        (("app", None, false), "app.session_token", "app.session_data"),
        (("better-auth", None, true), "__Secure-better-auth.session_token", "__Secure-better-auth.session_data"),
        (("better-auth", Some("sid"), false), "sid", "better-auth.session_data"),
    ] {
        let with_names = policy_with(|policy| {
            policy.cookie = CookieName::new(prefix, name, secure);
            policy.cookie_cache.cookie = CookieName::session_data(prefix, secure);
        });
        let verify = |data: &str| {
            let cookies = format!("{token}={value}; {data}={cached}");
            verify_with(&with_names, &KeySet::default(), &cookies, Utc::now().timestamp_millis())
        };
        assert_eq!(verify(data), Ok("alice".into()), "{data}");
        assert_eq!(verify("other.session_data"), Err(CredentialErrorReason::NoSession), "{data}");
    }
}
