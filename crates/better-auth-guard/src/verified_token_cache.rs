//! Caches verified tokens.
//!
//! A digest of a token takes much less time than verifying its signature and parsing its claims.

use std::fmt;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::key_set::{KeySet, KeySetId};

/// The maximum number of tokens. With about 200 bytes per token, the cache needs 2 MB.
const CAPACITY: usize = 10_000;
/// The maximum age of an entry.
const TTL_SECONDS: i64 = 60;

/// Tokens with a verified signature, each with a value.
///
/// Values must not depend on the time: the caller checks times again for every hit. Rejected tokens are not cached.
pub(crate) struct VerifiedTokenCache<T>(Cache<TokenFingerprint, (i64, T)>);

/// Identifies a token and the key set that verified it.
///
/// A key set with other keys does not match, so removing a key invalidates the tokens it signed. Fetching an unchanged set keeps
/// them.
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

    /// Returns the token's value at `now` (Unix seconds).
    pub(crate) fn get(&self, fingerprint: &TokenFingerprint, now: i64) -> Option<T> {
        // if the clock was set back, it may have been wrong at the insertion
        self.0.get(fingerprint).filter(|(until, _)| now < *until && *until <= now + TTL_SECONDS).map(|(_, value)| value)
    }

    /// Inserts a verified token. The entry expires after 60 s or at `exp`.
    pub(crate) fn insert(&self, fingerprint: TokenFingerprint, value: T, exp: f64, now: i64) {
        let until = (now + TTL_SECONDS).min(exp as i64);
        if until > now {
            self.0.insert(fingerprint, (until, value));
        }
    }
}

impl<T: Clone> fmt::Debug for VerifiedTokenCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedTokenCache({} tokens)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    fn contains(cache: &VerifiedTokenCache<u8>, fingerprint: &TokenFingerprint, now: i64) -> bool {
        cache.get(fingerprint, now) == Some(7)
    }

    #[test]
    fn entries_expire_after_the_ttl_or_at_exp() {
        let (cache, keys) = (VerifiedTokenCache::new(), KeySet::default());
        let fingerprint = TokenFingerprint::new("a", &keys);
        cache.insert(fingerprint.clone(), 7, 1e18, 1000);
        assert_eq!([999, 1000, 1059, 1060].map(|now| contains(&cache, &fingerprint, now)), [false, true, true, false]);
        cache.insert(fingerprint.clone(), 7, 1010.9, 1000);
        assert_eq!([1000, 1009, 1010].map(|now| contains(&cache, &fingerprint, now)), [true, true, false]);
        assert!(!contains(&cache, &TokenFingerprint::new("b", &keys), 1000));
        let expired = TokenFingerprint::new("c", &keys);
        cache.insert(expired.clone(), 7, 999.0, 1000);
        assert!(!contains(&cache, &expired, 1000) && !contains(&cache, &expired, 998));
    }

    #[test]
    fn other_key_sets_do_not_match() {
        let key = |kid: &str, first: u8| {
            let x = URL_SAFE_NO_PAD.encode([[first; 1].as_slice(), &[7; 31]].concat());
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x })
        };
        let set = |jwks: &[Value]| KeySet::from_jwks(jwks).0;
        let (cache, keys) = (VerifiedTokenCache::new(), set(&[key("a", 1), key("b", 2)]));
        cache.insert(TokenFingerprint::new("t", &keys), 7, 1e18, 1000);
        let is_cached = |keys: &KeySet| contains(&cache, &TokenFingerprint::new("t", keys), 1000);
        assert!(is_cached(&keys) && is_cached(&keys.clone()));
        let mut with_use = key("a", 1);
        with_use["use"] = "sig".into();
        // the same keys, with a member that does not affect verification, and with a rejected key
        for same in [vec![key("a", 1), key("b", 2)], vec![key("b", 2), with_use, json!({ "kty": "oct" })]] {
            assert!(is_cached(&set(&same)), "{same:?}");
        }
        let mut without_kid = key("b", 2);
        without_kid.as_object_mut().unwrap().remove("kid");
        let others = [vec![], vec![key("a", 1)], vec![key("a", 1), key("b", 3)], vec![key("a", 2), key("b", 1)]];
        for other in
            others.into_iter().chain([vec![key("a", 1), without_kid], vec![key("a", 1), key("b", 2), key("c", 3)]])
        {
            assert!(!is_cached(&set(&other)), "{other:?}");
        }
        assert!(!is_cached(&KeySet::default()));
    }

    #[test]
    fn capacity_is_bounded() {
        let (cache, keys) = (VerifiedTokenCache::new(), KeySet::default());
        for number in 0..3 * CAPACITY {
            cache.insert(TokenFingerprint::new(&number.to_string(), &keys), 7, 1e18, 1000);
        }
        assert!(cache.0.len() <= CAPACITY);
    }
}
