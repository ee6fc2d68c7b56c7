//! Better Auth's cookie cache: which copies of a session are good. Each bad one is a good one with one thing changed.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{CredentialErrorReason, KeySet, Secret, signed_cookie_value};

use crate::support::{
    BETTER_AUTH_URL, SECRET, Settings, Verdict, compact, cookie_header, ed25519, ed25519_jwk, hs256, inner, judge, jwe,
    jws, verifier,
};

pub const TOKEN: &str = "tok00000000000000000000000000000";
pub const ON: (&str, &str) = ("SESSION_CACHE", "on");
pub const ALONE: (&str, &str) = ("SESSION_SOURCE", "cookie");
pub const OTHER: &str = "another secret of more than 32 bytes";

pub fn in_an_hour() -> i64 {
    (Utc::now() + TimeDelta::hours(1)).timestamp_millis()
}

/// The `Cookie` header of a session with this copy beside its token.
pub fn with_copy(copy: &str) -> String {
    format!("{}; better-auth.session_data={copy}", cookie_header(TOKEN))
}

/// What the copy comes to beside its token: looked up with `SESSION_CACHE=on` unless it is good, and refused with
/// `SESSION_SOURCE=cookie`, for the reason that is given.
#[track_caller]
fn judged(copy: &str) -> Result<String, CredentialErrorReason> {
    judged_with(&[], &KeySet::default(), &with_copy(copy), Utc::now().timestamp_millis())
}

#[track_caller]
pub fn judged_with(
    settings: Settings<'_>,
    keys: &KeySet,
    cookies: &str,
    now: i64,
) -> Result<String, CredentialErrorReason> {
    let judge_as = |role| judge(&verifier(&[settings, &[role]].concat()), keys, ("Cookie", cookies), now);
    match (judge_as(ALONE), judge_as(ON)) {
        (Verdict::User(alone), Verdict::User(beside)) if alone == beside => Ok(alone),
        (Verdict::Refused(CredentialErrorReason::Banned), Verdict::Refused(CredentialErrorReason::Banned)) => {
            Err(CredentialErrorReason::Banned)
        }
        (Verdict::Refused(reason), Verdict::Session(_)) => Err(reason),
        verdicts => panic!("{verdicts:?}"),
    }
}

#[test]
fn each_form_proves_the_user_of_its_session() {
    let (inner, exp) = (inner("alice", TOKEN), in_an_hour() / 1000);
    let mut claims = inner.clone();
    claims["exp"] = exp.into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    for secret in [SECRET, OTHER] {
        let copies = [
            compact(&inner, in_an_hour(), secret),
            hs256_bare(&claims, secret),
            jwe(&header, claims.to_string(), secret),
        ];
        for copy in copies {
            let expected =
                if secret == SECRET { Ok("alice".to_owned()) } else { Err(CredentialErrorReason::BadSignature) };
            assert_eq!(judged(&copy), expected);
            // the older of two secrets
            let secrets = format!("2:{OTHER},1:{SECRET}");
            let now = Utc::now().timestamp_millis();
            let judged = judged_with(&[("BETTER_AUTH_SECRETS", &secrets)], &KeySet::default(), &with_copy(&copy), now);
            assert_eq!(judged, Ok("alice".into()));
        }
    }
}

/// An HS256 JWT without `typ`, as Better Auth makes them.
fn hs256_bare(claims: &Value, secret: &str) -> String {
    jws(r#"{"alg":"HS256"}"#, claims.to_string(), crate::support::hmac(secret))
}

#[test]
fn what_a_copy_says_is_checked() {
    let in_words = |moment: DateTime<Utc>| json!(moment.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (past, future) = (in_words(Utc::now() - TimeDelta::minutes(1)), in_words(Utc::now() + TimeDelta::minutes(1)));
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
        let mut inner = inner("alice", TOKEN);
        match inner.pointer_mut(pointer) {
            Some(member) => *member = value.clone(),
            None => inner["user"]["banned"] = value.clone(),
        }
        assert_eq!(judged(&compact(&inner, in_an_hour(), SECRET)), expected, "{pointer}: {value}");
    }
    // 1.2 and 1.3 write no version
    let mut old = inner("alice", TOKEN);
    old.as_object_mut().unwrap().remove("version");
    assert_eq!(judged(&compact(&old, in_an_hour(), SECRET)), alice());
    assert_eq!(judged(&compact(&old, Utc::now().timestamp_millis() - 9, SECRET)), Err(CredentialErrorReason::Expired));
}

/// RFC 7516, RFC 7518 sections 4.5 and 5.2.5: rightly encrypted, and one thing changed.
#[test]
fn encrypted_copies_are_of_one_kind() {
    let mut claims = inner("alice", TOKEN);
    claims["exp"] = (in_an_hour() / 1000).into();
    let sealed = |header: Value, text: &str| jwe(&header, text, SECRET);
    let header = |members: Value| {
        let mut header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
        header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        header
    };
    let good = sealed(header(json!({})), &claims.to_string());
    assert_eq!(judged(&good), Ok("alice".into()));
    let kid = "it7wZertC6mji5rFPeuM75094hQ33iIFIc_QGnWhucc";
    let table = [
        (json!({ "kid": kid }), Ok("alice".to_owned())),
        (json!({ "kid": kid.to_lowercase() }), Err(CredentialErrorReason::BadSignature)),
        (json!({ "kid": 1 }), Err(CredentialErrorReason::Malformed)),
        // Better Auth names this one too, and has no key of its length
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
        assert_eq!(judged(&sealed(header(members.clone()), &claims.to_string())), expected, "{members}");
    }
    for (text, reason) in [
        ("", CredentialErrorReason::Malformed),
        ("[]", CredentialErrorReason::Malformed),
        ("{}", CredentialErrorReason::BadTimes),
    ] {
        assert_eq!(judged(&sealed(header(json!({})), text)), Err(reason), "{text}");
    }
    claims["exp"] = (Utc::now().timestamp() - 1).into();
    let expired = sealed(header(json!({})), &claims.to_string());
    assert_eq!(judged(&expired), Err(CredentialErrorReason::Expired), "15 s of grace are Better Auth's");
    let parts: Vec<&str> = good.split('.').collect();
    let joined = |parts: &[&str]| judged(&parts.join("."));
    assert_eq!(
        joined(&[parts[0], "AAAA", parts[2], parts[3], parts[4]]),
        Err(CredentialErrorReason::Malformed),
        "with `dir`, a key"
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
    assert_eq!(joined(&[parts[0], "", parts[2], "", parts[4]]), Err(CredentialErrorReason::BadSignature), "no text");
    assert_eq!(joined(&parts[..4]), Err(CredentialErrorReason::Malformed), "four parts");
}

#[test]
fn published_copies_are_of_their_own_kind() {
    let (keys, _) = KeySet::from_jwks(&[ed25519_jwk("ed")]);
    let mut good = inner("alice", TOKEN);
    let more = json!({
        "sid": TOKEN, "sub": "alice", "aud": "better-auth:session-cache", "iss": BETTER_AUTH_URL,
        "iat": Utc::now().timestamp(), "exp": in_an_hour() / 1000,
    });
    good.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let signed = |typ: &str, claims: &Value| {
        let header = json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }).to_string();
        with_copy(&jws(&header, claims.to_string(), |message| ed25519().sign(message.as_bytes()).as_ref().to_vec()))
    };
    let judged = |cookies: &str| judged_with(&[], &keys, cookies, Utc::now().timestamp_millis());
    let own = "better-auth.session-cache+jwt";
    assert_eq!(judged(&signed(own, &good)), Ok("alice".into()));
    for typ in ["JWT", "at+jwt", "", "BETTER-AUTH.SESSION-CACHE+JWT"] {
        assert_eq!(judged(&signed(typ, &good)), Err(CredentialErrorReason::ForeignType), "{typ}");
    }
    for (name, value, reason) in [
        ("aud", json!(BETTER_AUTH_URL), CredentialErrorReason::ForeignAudience),
        ("aud", json!(["better-auth:session-cache"]), CredentialErrorReason::ForeignAudience),
        ("sid", json!("another"), CredentialErrorReason::OtherSession),
        ("sub", json!("bob"), CredentialErrorReason::OtherSession),
        ("exp", json!(null), CredentialErrorReason::BadTimes),
        ("exp", json!(Utc::now().timestamp() - 1), CredentialErrorReason::Expired),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(judged(&signed(own, &claims)), Err(reason), "{name}");
    }
    // with its type, under the shared secret: a secret is no public key
    let header = json!({ "alg": "HS256", "typ": own }).to_string();
    let forged = jws(&header, good.to_string(), crate::support::hmac(SECRET));
    assert!(judged(&with_copy(&forged)).is_err());
    // and what is an API token is no copy
    assert_eq!(judged(&with_copy(&hs256(&good, SECRET))), Err(CredentialErrorReason::ForeignType));
    let narrowed: Settings<'_> = &[("JWT_ALGORITHMS", "ES256")];
    let now = Utc::now().timestamp_millis();
    assert_eq!(judged_with(narrowed, &keys, &signed(own, &good), now), Err(CredentialErrorReason::AlgorithmNotAllowed));
}

#[test]
fn chunks_are_put_together_in_their_order() {
    let copy = compact(&inner("alice", TOKEN), in_an_hour(), SECRET);
    let session = cookie_header(TOKEN);
    let chunk = |number: usize, part: &str| format!("better-auth.session_data.{number}={part}");
    let parts: Vec<String> = (0..12).map(|n| chunk(n, &copy[n * copy.len() / 12..(n + 1) * copy.len() / 12])).collect();
    let judged = |cookies: String| judged_with(&[], &KeySet::default(), &cookies, Utc::now().timestamp_millis());
    let reversed: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    assert_eq!(judged(format!("{session}; {}", parts.join("; "))), Ok("alice".into()));
    assert_eq!(judged(format!("{}; {session}", reversed.join(";"))), Ok("alice".into()), "whatever order they come in");
    assert!(judged(format!("{session}; {}", parts[1..].join("; "))).is_err(), "the first is missing");
    assert!(judged(format!("{session}; {}", parts[..11].join("; "))).is_err(), "the last is missing");
    // what is whole counts before chunks that an earlier, longer one has left behind
    assert_eq!(judged(format!("{session}; {}; better-auth.session_data={copy}", chunk(0, "x"))), Ok("alice".into()));
    let big = "A".repeat(65_537);
    assert_eq!(judged(format!("{session}; better-auth.session_data={big}")), Err(CredentialErrorReason::TooLong));
}

#[test]
fn the_cookie_has_the_prefix_of_the_session_cookie() {
    let copy = compact(&inner("alice", TOKEN), in_an_hour(), SECRET);
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    for (settings, token, data) in [
        (&[("COOKIE_PREFIX", "app")] as Settings<'_>, "app.session_token", "app.session_data"),
        (&[("COOKIE_SECURE", "true")], "__Secure-better-auth.session_token", "__Secure-better-auth.session_data"),
        (&[("COOKIE_NAME", "sid")], "sid", "better-auth.session_data"),
    ] {
        let judged = |data: &str| {
            let cookies = format!("{token}={value}; {data}={copy}");
            judged_with(settings, &KeySet::default(), &cookies, Utc::now().timestamp_millis())
        };
        assert_eq!(judged(data), Ok("alice".into()), "{data}");
        assert_eq!(judged("other.session_data"), Err(CredentialErrorReason::NoSession), "{data}");
    }
}
