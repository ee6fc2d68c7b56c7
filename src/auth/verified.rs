//! Signatures that were good a moment ago: to check one by a public key costs many times what a digest does.

use std::fmt;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::KeySet;

/// So many tokens are remembered; with 48 bytes for each, that is less than a megabyte.
const CAPACITY: usize = 10_000;
/// For so long, in seconds.
const REMEMBERED_FOR: i64 = 60;

/// Tokens whose signature was checked by a public key, and good.
///
/// What a token claims is judged again each time, so that nothing about it can grow old in here. HS256 is left out, because its check
/// costs no more than the digest, and so is what was refused.
pub(super) struct Verified(Cache<Seen, i64>);

/// A token under one key set. It is never found under another set: what a withdrawn key has signed is forgotten with the key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    keys: u64,
    digest: [u8; 32],
}

impl Seen {
    pub(super) fn new(token: &str, keys: &KeySet) -> Self {
        Self { keys: keys.id(), digest: Sha256::digest(token.as_bytes()).into() }
    }
}

impl Verified {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// Whether its signature is remembered at `now` (Unix seconds).
    pub(super) fn holds(&self, seen: &Seen, now: i64) -> bool {
        // a clock that was set back may have been wrong when it was remembered
        self.0.get(seen).is_some_and(|until| now < until && until <= now + REMEMBERED_FOR)
    }

    /// Remembers it, not beyond its `exp`.
    pub(super) fn remember(&self, seen: Seen, exp: f64, now: i64) {
        let until = (now + REMEMBERED_FOR).min(exp as i64);
        if until > now {
            self.0.insert(seen, until);
        }
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} tokens)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_remembered_for_a_minute_and_not_beyond_its_end() {
        let (verified, keys) = (Verified::new(), KeySet::default());
        let seen = Seen::new("a", &keys);
        verified.remember(seen.clone(), 1e18, 1000);
        assert_eq!([999, 1000, 1059, 1060].map(|now| verified.holds(&seen, now)), [false, true, true, false]);
        verified.remember(seen.clone(), 1010.9, 1000);
        assert_eq!([1000, 1009, 1010].map(|now| verified.holds(&seen, now)), [true, true, false]);
        assert!(!verified.holds(&Seen::new("b", &keys), 1000));
        let ended = Seen::new("c", &keys);
        verified.remember(ended.clone(), 999.0, 1000);
        assert!(!verified.holds(&ended, 1000) && !verified.holds(&ended, 998));
    }

    #[test]
    fn another_key_set_knows_nothing_of_it() {
        let verified = Verified::new();
        let [one, two] = [KeySet::from_jwks(&[]).0, KeySet::from_jwks(&[]).0];
        verified.remember(Seen::new("a", &one), 1e18, 1000);
        assert!(verified.holds(&Seen::new("a", &one), 1000) && verified.holds(&Seen::new("a", &one.clone()), 1000));
        assert!(!verified.holds(&Seen::new("a", &two), 1000));
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let (verified, keys) = (Verified::new(), KeySet::default());
        for number in 0..3 * CAPACITY {
            verified.remember(Seen::new(&number.to_string(), &keys), 1e18, 1000);
        }
        assert!(verified.0.len() <= CAPACITY);
    }
}
