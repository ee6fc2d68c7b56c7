//! Changes valid credentials byte by byte and checks that the service rejects each result.
//!
//! Accepted exceptions are other encodings of the same bytes. Better Auth accepts them too, and they identify the same user.

use better_auth_guard::{
    CookieCacheMode, Credential, CredentialHeaders, KeySet, Secret, Verifier, signed_cookie_value,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::vectors::{of_kind, text};
use crate::support::{
    SECRET, TOKEN, cached_session, compact, cookie_header, ed25519_jwk, eddsa, hs256, jwe, policy,
    policy_with_any_issuer, with_cookie_cache,
};

/// The clock of the tests, in Unix milliseconds: the day of the captured vectors.
const NOW: i64 = 1_795_247_400_000;
/// Bytes that replace each byte, beside its bit flips: characters that parsers treat specially.
const REPLACEMENTS: &[u8] = b"\0 \"%+-.;=Aw\xff";

/// A valid credential with its verifier and key set.
struct ValidCredential {
    name: &'static str,
    is_cookie: bool,
    /// The part of the header value before the mutated part.
    prefix: String,
    /// The part that the tests mutate.
    value: String,
    verifier: Verifier,
    keys: KeySet,
}

impl ValidCredential {
    /// Returns the user or the session token that the header with these bytes proves.
    fn identity_of(&self, mutated: &[u8]) -> Option<String> {
        let header = [self.prefix.as_bytes(), mutated].concat();
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

    /// Returns whether these bytes encode the same credential.
    ///
    /// A signed session token allows percent-encoding, surrounding white space and quotes. It also allows any unused bits in
    /// the last base64 character. A `;` ends the value of a cookie.
    fn is_same_value(&self, mutated: &[u8]) -> bool {
        if self.name.starts_with("JWT") || self.name.starts_with("session_data") {
            return self.trimmed(mutated) == self.value.as_bytes();
        }
        let decode = |bytes: &[u8]| {
            let text = percent_encoding::percent_decode(self.trimmed(bytes)).collect::<Vec<u8>>();
            text.strip_suffix(b"=").map(|text| text[..text.len() - 1].to_vec())
        };
        decode(mutated) == decode(self.value.as_bytes())
    }

    /// Removes white space around a header value. Also removes the double quotes of a cookie value and the part after `;`.
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

/// Returns one credential of each kind, algorithm and form.
fn all_credentials() -> Vec<ValidCredential> {
    let claims = json!({ "sub": "alice", "exp": NOW / 1000 + 900 });
    let mut cached = cached_session("alice", TOKEN);
    cached["session"]["expiresAt"] = "2026-11-28T07:48:44.270Z".into();
    cached["exp"] = (NOW / 1000 + 900).into();
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let bearer = |name, token: String, keys: &[Value]| ValidCredential {
        name,
        is_cookie: false,
        prefix: "Bearer ".into(),
        value: token,
        // The captured JWTs have another issuer than the tests.
        verifier: Verifier::new(policy_with_any_issuer()),
        keys: KeySet::from_jwks(keys).0,
    };
    let with_cached_session = |name, cached: String, keys: &[Value], session_cookie: &str| ValidCredential {
        name,
        is_cookie: true,
        prefix: format!("{session_cookie}; better-auth.session_data="),
        value: cached,
        verifier: Verifier::new(with_cookie_cache(CookieCacheMode::Required, policy())),
        keys: KeySet::from_jwks(keys).0,
    };
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    let mut credentials = vec![
        bearer("JWT HS256", hs256(&claims, SECRET), &[]),
        bearer("JWT EdDSA", eddsa("ed", &claims), &[ed25519_jwk("ed")]),
        bearer("bearer session token", value.clone(), &[]),
        ValidCredential {
            is_cookie: true,
            prefix: "better-auth.session_token=".into(),
            ..bearer("cookie", value, &[])
        },
        with_cached_session("session_data compact", compact(&cached, NOW + 1000, SECRET), &[], &cookie_header(TOKEN)),
        with_cached_session("session_data jwe", jwe(&header, cached.to_string(), SECRET), &[], &cookie_header(TOKEN)),
    ];
    for (name, id) in [("JWT ES256", "ES256"), ("JWT ES512", "ES512"), ("JWT RS256", "RS256"), ("JWT PS256", "PS256")] {
        let vectors = of_kind("jwt");
        let vector = vectors.iter().find(|vector| vector["id"] == format!("jwt/1.7.24/alg_{id}")).unwrap();
        credentials.push(bearer(
            name,
            text(vector, "/input/token").into(),
            &[vector["input"]["jwks"]["keys"][0].clone()],
        ));
    }
    let captured =
        [("session_data jwt", "session_data_jwt", "jwt"), ("session_data by key", "session_data_jwt_jwks", "jwt_jwks")];
    for (name, kind, id) in captured {
        let vectors = of_kind(kind);
        let vector = vectors.iter().find(|vector| vector["id"] == format!("session_data/1.7.24/{id}")).unwrap();
        let keys = vector["input"]["jwks"]["keys"].as_array().cloned().unwrap_or_default();
        let session_cookie = text(vector, "/input/cookies/better-auth.session_token");
        credentials.push(with_cached_session(
            name,
            text(vector, "/input/value").into(),
            &keys,
            &format!("better-auth.session_token={session_cookie}"),
        ));
    }
    credentials.iter().for_each(|credential| {
        assert!(credential.identity_of(credential.value.as_bytes()).is_some(), "{} is valid", credential.name)
    });
    credentials
}

/// Replaces and removes every byte in turn.
#[test]
fn no_single_byte_mutation_is_accepted() {
    for credential in all_credentials() {
        let original = credential.value.as_bytes();
        let identity = credential.identity_of(original);
        let check = |mutated: Vec<u8>, at: usize| {
            if let Some(accepted) = credential.identity_of(&mutated) {
                assert!(
                    credential.is_same_value(&mutated),
                    "{} at {at}: {}",
                    credential.name,
                    String::from_utf8_lossy(&mutated)
                );
                assert_eq!(Some(accepted), identity, "{} at {at}", credential.name);
            }
        };
        // Verifying with a public key is slow. These algorithms get fewer replacements.
        let is_slow = ["JWT ES512", "JWT ES256", "JWT PS256", "JWT RS256"].contains(&credential.name);
        for at in 0..original.len() {
            let (byte, slice) = (original[at], &original[at..=at]);
            let neighbours = [byte ^ 1, byte ^ 2, byte ^ 0x20, byte ^ 0x80];
            let replacements = if is_slow { &REPLACEMENTS[..2] } else { REPLACEMENTS };
            for replacement in neighbours.iter().chain(replacements).filter(|replacement| !slice.contains(replacement))
            {
                let mut mutated = original.to_vec();
                mutated[at] = *replacement;
                check(mutated, at);
            }
            check([&original[..at], &original[at + 1..]].concat(), at);
        }
    }
}

/// Generates a mutation: two positions, its kind (insert, remove, reverse, repeat, replace) and its bytes.
fn mutation() -> impl Strategy<Value = (prop::sample::Index, prop::sample::Index, u8, Vec<u8>)> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, prop::collection::vec(any::<u8>(), 1..6))
}

#[test]
fn no_random_mutation_is_accepted() {
    for credential in all_credentials() {
        let original = credential.value.as_bytes();
        let identity = credential.identity_of(original);
        let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&mutation(), |(first, second, kind, bytes)| {
            let (first, second) = (first.index(original.len() + 1), second.index(original.len() + 1));
            let (start, end) = (first.min(second), first.max(second));
            let part = &original[start..end];
            let mutated = match kind {
                0 => [&original[..start], &bytes, &original[start..]].concat(),
                1 => [&original[..start], &original[end..]].concat(),
                2 => [&original[..start], &part.iter().rev().copied().collect::<Vec<_>>(), &original[end..]].concat(),
                3 => [&original[..end], part, &original[end..]].concat(),
                _ => [&original[..start], &bytes, &original[end..]].concat(),
            };
            if let Some(accepted) = credential.identity_of(&mutated) {
                prop_assert!(mutated == original || credential.is_same_value(&mutated), "{}", credential.name);
                prop_assert_eq!(Some(accepted), identity.clone());
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", credential.name));
    }
}
