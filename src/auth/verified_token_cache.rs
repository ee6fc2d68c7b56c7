//! Signatures that were good a moment ago: to check one, and to read what it signs, costs many times what a digest does.

use std::fmt;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::auth::key_set::{KeySet, KeySetId};

/// So many tokens are remembered; with some 200 bytes for each, that is two megabytes.
const CAPACITY: usize = 10_000;
/// For so long, in seconds.
const REMEMBERED_FOR: i64 = 60;

/// Tokens whose signature was good, and what is to be known of each.
///
/// Nothing in here can grow old: what depends on the time is judged again whenever it is found. What was refused is not remembered.
pub(crate) struct VerifiedTokenCache<T>(Cache<TokenFingerprint, (i64, T)>);

/// A token under one key set. It is never found under a set with other keys: what a withdrawn key has signed is forgotten with the
/// key. A set that was fetched again without a change is the same set.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TokenFingerprint {
    keys: KeySetId,
    digest: [u8; 32],
}

impl TokenFingerprint {
    pub(crate) fn new(token: &str, keys: &KeySet) -> Self {
        Self { keys: keys.id(), digest: Sha256::digest(token.as_bytes()).into() }
    }
}

impl<T: Clone> VerifiedTokenCache<T> {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// What is remembered of it at `now` (Unix seconds).
    pub(crate) fn find(&self, seen: &TokenFingerprint, now: i64) -> Option<T> {
        // a clock that was set back may have been wrong when it was remembered
        self.0.get(seen).filter(|(until, _)| now < *until && *until <= now + REMEMBERED_FOR).map(|(_, known)| known)
    }

    /// Remembers it, not beyond its `exp`.
    pub(crate) fn remember(&self, seen: TokenFingerprint, known: T, exp: f64, now: i64) {
        let until = (now + REMEMBERED_FOR).min(exp as i64);
        if until > now {
            self.0.insert(seen, (until, known));
        }
    }
}

impl<T: Clone> fmt::Debug for VerifiedTokenCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} tokens)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    fn holds(verified: &VerifiedTokenCache<u8>, seen: &TokenFingerprint, now: i64) -> bool {
        verified.find(seen, now) == Some(7)
    }

    #[test]
    fn a_token_is_remembered_for_a_minute_and_not_beyond_its_end() {
        let (verified, keys) = (VerifiedTokenCache::new(), KeySet::default());
        let seen = TokenFingerprint::new("a", &keys);
        verified.remember(seen.clone(), 7, 1e18, 1000);
        assert_eq!([999, 1000, 1059, 1060].map(|now| holds(&verified, &seen, now)), [false, true, true, false]);
        verified.remember(seen.clone(), 7, 1010.9, 1000);
        assert_eq!([1000, 1009, 1010].map(|now| holds(&verified, &seen, now)), [true, true, false]);
        assert!(!holds(&verified, &TokenFingerprint::new("b", &keys), 1000));
        let ended = TokenFingerprint::new("c", &keys);
        verified.remember(ended.clone(), 7, 999.0, 1000);
        assert!(!holds(&verified, &ended, 1000) && !holds(&verified, &ended, 998));
    }

    #[test]
    fn a_set_with_other_keys_knows_nothing_of_it() {
        let key = |kid: &str, first: u8| {
            let x = URL_SAFE_NO_PAD.encode([[first; 1].as_slice(), &[7; 31]].concat());
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x })
        };
        let set = |jwks: &[Value]| KeySet::from_jwks(jwks).0;
        let (verified, one) = (VerifiedTokenCache::new(), set(&[key("a", 1), key("b", 2)]));
        verified.remember(TokenFingerprint::new("t", &one), 7, 1e18, 1000);
        let knows = |keys: &KeySet| holds(&verified, &TokenFingerprint::new("t", keys), 1000);
        assert!(knows(&one) && knows(&one.clone()));
        let mut shown_otherwise = key("a", 1);
        shown_otherwise["use"] = "sig".into();
        // fetched again: the same keys, with what decides nothing, and beside a key that is refused
        for same in [vec![key("a", 1), key("b", 2)], vec![key("b", 2), shown_otherwise, json!({ "kty": "oct" })]] {
            assert!(knows(&set(&same)), "{same:?}");
        }
        let mut unnamed = key("b", 2);
        unnamed.as_object_mut().unwrap().remove("kid");
        let others = [vec![], vec![key("a", 1)], vec![key("a", 1), key("b", 3)], vec![key("a", 2), key("b", 1)]];
        for other in others.into_iter().chain([vec![key("a", 1), unnamed], vec![key("a", 1), key("b", 2), key("c", 3)]])
        {
            assert!(!knows(&set(&other)), "{other:?}");
        }
        assert!(!knows(&KeySet::default()));
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let (verified, keys) = (VerifiedTokenCache::new(), KeySet::default());
        for number in 0..3 * CAPACITY {
            verified.remember(TokenFingerprint::new(&number.to_string(), &keys), 7, 1e18, 1000);
        }
        assert!(verified.0.len() <= CAPACITY);
    }
}
