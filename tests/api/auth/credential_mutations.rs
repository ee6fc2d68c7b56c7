//! A good credential is good as it is: no change of a byte, wherever it stands, makes another good one.
//!
//! The few that are accepted all the same are other spellings of the same bytes, which Better Auth accepts too, and prove the same.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use task_api::auth::{Credential, CredentialHeaders, KeySet, Secret, Verifier, signed_cookie_value};

use crate::auth::captured_vectors::{of_kind, text};
use crate::support::{SECRET, compact, cookie_header, ed25519_jwk, eddsa, hs256, inner, jwe, verifier};

const TOKEN: &str = "tok00000000000000000000000000000";
/// The day of the vectors, in Unix milliseconds.
const NOW: i64 = 1_795_247_400_000;
/// What stands in the place of a byte: its neighbours, and what parsers are attentive to.
const REPLACEMENTS: &[u8] = b"\0 \"%+-.;=Aw\xff";

/// A good credential, and what judges it.
struct Good {
    name: &'static str,
    is_cookie: bool,
    /// What comes before the part that is changed.
    before: String,
    changed: String,
    verifier: Verifier,
    keys: KeySet,
}

impl Good {
    /// Whom it proves, or whose session, with this in the place of the part that is changed.
    fn proves(&self, changed: &[u8]) -> Option<String> {
        let header = [self.before.as_bytes(), changed].concat();
        let mut presented = CredentialHeaders::default();
        let headers = if self.is_cookie { &mut presented.cookie } else { &mut presented.authorization };
        headers.push(&header);
        let now = chrono::DateTime::from_timestamp_millis(NOW).unwrap();
        match self.verifier.verify(&presented, &self.keys, now) {
            Ok(Some((_, Credential::User(user)))) => Some(user.as_str().to_owned()),
            Ok(Some((_, Credential::Session(token)))) => Some(token.expose().to_owned()),
            Ok(None) | Err(_) => None,
        }
    }

    /// Whether this is another spelling of it: for a signed session token, percent-encoding, white space and quotes around it, and bits
    /// of the last base64 character that stand for nothing; and a cookie's name or value ends where `;` does.
    fn allows(&self, changed: &[u8]) -> bool {
        if self.name.starts_with("JWT") || self.name.starts_with("session_data") {
            return self.trimmed(changed) == self.changed.as_bytes();
        }
        let decode = |bytes: &[u8]| {
            let text = percent_encoding::percent_decode(self.trimmed(bytes)).collect::<Vec<u8>>();
            text.strip_suffix(b"=").map(|text| text[..text.len() - 1].to_vec())
        };
        decode(changed) == decode(self.changed.as_bytes())
    }

    /// Blanks around a header's value are no part of it; nor are double quotes around a cookie's, and what follows its end.
    fn trimmed<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.is_cookie {
            return bytes.trim_ascii();
        }
        let bytes = bytes.split(|byte| *byte == b';').next().unwrap().trim_ascii();
        match bytes.strip_prefix(b"\"") {
            Some(rest) => rest.strip_suffix(b"\"").unwrap_or(rest),
            None => bytes,
        }
    }
}

/// One of each kind, algorithm and form.
fn all() -> Vec<Good> {
    let claims = json!({ "sub": "alice", "exp": NOW / 1000 + 900 });
    let mut copy = inner("alice", TOKEN);
    copy["session"]["expiresAt"] = "2026-11-28T07:48:44.270Z".into();
    copy["exp"] = (NOW / 1000 + 900).into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let bearer = |name, token: String, keys: &[Value]| Good {
        name,
        is_cookie: false,
        before: "Bearer ".into(),
        changed: token,
        // captured JWTs are of another front end than that of the tests
        verifier: verifier(&[("JWT_ISSUER", "any"), ("JWT_AUDIENCE", "any")]),
        keys: KeySet::from_jwks(keys).0,
    };
    let beside = |name, copy: String, keys: &[Value], session: &str| Good {
        name,
        is_cookie: true,
        before: format!("{session}; better-auth.session_data="),
        changed: copy,
        verifier: verifier(&[("SESSION_SOURCE", "cookie")]),
        keys: KeySet::from_jwks(keys).0,
    };
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    let mut goods = vec![
        bearer("JWT HS256", hs256(&claims, SECRET), &[]),
        bearer("JWT EdDSA", eddsa("ed", &claims), &[ed25519_jwk("ed")]),
        bearer("bearer session token", value.clone(), &[]),
        Good { is_cookie: true, before: "better-auth.session_token=".into(), ..bearer("cookie", value, &[]) },
        beside("session_data compact", compact(&copy, NOW + 1000, SECRET), &[], &cookie_header(TOKEN)),
        beside("session_data jwe", jwe(&header, copy.to_string(), SECRET), &[], &cookie_header(TOKEN)),
    ];
    for (name, id) in [("JWT ES256", "ES256"), ("JWT ES512", "ES512"), ("JWT RS256", "RS256"), ("JWT PS256", "PS256")] {
        let vectors = of_kind("jwt");
        let vector = vectors.iter().find(|vector| vector["id"] == format!("jwt/1.7.24/alg_{id}")).unwrap();
        goods.push(bearer(name, text(vector, "/input/token").into(), &[vector["input"]["jwks"]["keys"][0].clone()]));
    }
    let copies =
        [("session_data jwt", "session_data_jwt", "jwt"), ("session_data by key", "session_data_jwt_jwks", "jwt_jwks")];
    for (name, kind, id) in copies {
        let vectors = of_kind(kind);
        let vector = vectors.iter().find(|vector| vector["id"] == format!("session_data/1.7.24/{id}")).unwrap();
        let keys = vector["input"]["jwks"]["keys"].as_array().cloned().unwrap_or_default();
        let session = text(vector, "/input/cookies/better-auth.session_token");
        goods.push(beside(
            name,
            text(vector, "/input/value").into(),
            &keys,
            &format!("better-auth.session_token={session}"),
        ));
    }
    goods.iter().for_each(|good| assert!(good.proves(good.changed.as_bytes()).is_some(), "{} is good", good.name));
    goods
}

/// Every byte, in turn, replaced by others and left out.
#[test]
fn no_changed_byte_is_accepted() {
    for good in all() {
        let whole = good.changed.as_bytes();
        let proof = good.proves(whole);
        let check = |changed: Vec<u8>, at: usize| {
            if let Some(proved) = good.proves(&changed) {
                assert!(good.allows(&changed), "{} at {at}: {}", good.name, String::from_utf8_lossy(&changed));
                assert_eq!(Some(proved), proof, "{} at {at}", good.name);
            }
        };
        // a public key's check is dear
        let is_dear = ["JWT ES512", "JWT ES256", "JWT PS256", "JWT RS256"].contains(&good.name);
        for at in 0..whole.len() {
            let (before, byte) = (whole[at], &whole[at..=at]);
            let neighbours = [before ^ 1, before ^ 2, before ^ 0x20, before ^ 0x80];
            let others = if is_dear { &REPLACEMENTS[..2] } else { REPLACEMENTS };
            for other in neighbours.iter().chain(others).filter(|other| !byte.contains(other)) {
                let mut changed = whole.to_vec();
                changed[at] = *other;
                check(changed, at);
            }
            check([&whole[..at], &whole[at + 1..]].concat(), at);
        }
    }
}

/// A change of any length: bytes put in, taken out, exchanged, repeated.
fn change() -> impl Strategy<Value = (prop::sample::Index, prop::sample::Index, u8, Vec<u8>)> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, prop::collection::vec(any::<u8>(), 1..6))
}

#[test]
fn no_random_change_is_accepted() {
    for good in all() {
        let whole = good.changed.as_bytes();
        let proof = good.proves(whole);
        let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&change(), |(one, two, how, bytes)| {
            let (one, two) = (one.index(whole.len() + 1), two.index(whole.len() + 1));
            let (start, end) = (one.min(two), one.max(two));
            let part = &whole[start..end];
            let changed = match how {
                0 => [&whole[..start], &bytes, &whole[start..]].concat(),
                1 => [&whole[..start], &whole[end..]].concat(),
                2 => [&whole[..start], &part.iter().rev().copied().collect::<Vec<_>>(), &whole[end..]].concat(),
                3 => [&whole[..end], part, &whole[end..]].concat(),
                _ => [&whole[..start], &bytes, &whole[end..]].concat(),
            };
            if let Some(proved) = good.proves(&changed) {
                prop_assert!(changed == whole || good.allows(&changed), "{}", good.name);
                prop_assert_eq!(Some(proved), proof.clone());
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", good.name));
    }
}
