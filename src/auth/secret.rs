//! A secret that cannot be printed by accident.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest bytes a secret should have: the output length of SHA-256 (RFC 8725 section 3.5, RFC 7518 section 3.2).
pub const MIN_SECRET_BYTES: usize = 32;

/// What Better Auth falls back to when no secret is set (1.2-1.3 and 1.4-1.7, `src/context/secret-utils.ts`): known to everybody.
const KNOWN_DEFAULTS: [&str; 2] = ["better-auth-secret-123456789", "better-auth-secret-12345678901234567890"];

/// A shared secret, used as the raw UTF-8 bytes of its text even where that looks like base64 or hex, as Better Auth does.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text of a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The bytes, for a key. Never for a log or an answer.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether these are its bytes; how much of them is right cannot be told from the time that this takes.
    pub fn constant_time_eq(&self, presented: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose(), presented).is_ok()
    }

    /// A key for another purpose, from which nothing about the secret can be learnt (HMAC as a PRF, NIST SP 800-108).
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.expose()).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Why this secret protects nothing, if so.
    pub fn weak_reason(&self) -> Option<&'static str> {
        if KNOWN_DEFAULTS.contains(&self.0.as_str()) {
            Some("is the default from Better Auth's source, which everybody knows")
        } else if self.0.len() < MIN_SECRET_BYTES {
            Some("is shorter than 32 bytes")
        } else {
            None
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
    }

    #[test]
    fn a_secret_is_its_bytes_and_no_others() {
        let secret = Secret::new("correct");
        assert!(secret.constant_time_eq(b"correct"));
        for wrong in ["", "c", "correcu", "correct ", "Correct"] {
            assert!(!secret.constant_time_eq(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn known_and_short_secrets_are_weak() {
        assert!(Secret::new("better-auth-secret-12345678901234567890").weak_reason().is_some());
        assert!(Secret::new("a".repeat(31)).weak_reason().is_some());
        assert_eq!(Secret::new("a".repeat(32)).weak_reason(), None);
    }
}
