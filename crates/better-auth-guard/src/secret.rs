//! Holds secrets. `Debug` does not print them.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The recommended minimum length of a secret in bytes.
///
/// It is the output length of SHA-256 (RFC 8725 section 3.5, RFC 7518 section 3.2).
pub const MIN_SECRET_BYTES: usize = 32;

/// Better Auth's public default secrets (1.2-1.3 and 1.4-1.7, `src/context/secret-utils.ts`). It uses them if no secret is set.
const KNOWN_DEFAULTS: [&str; 2] = ["better-auth-secret-123456789", "better-auth-secret-12345678901234567890"];

/// A shared secret. Its bytes are its UTF-8 text, as in Better Auth; base64 and hex are not decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text of a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the bytes, for use as a key. Do not log or return them.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Compares the secret with these bytes in constant time.
    pub fn constant_time_eq(&self, presented: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose(), presented).is_ok()
    }

    /// Derives a key for another purpose (HMAC as a PRF, NIST SP 800-108).
    ///
    /// The key does not disclose the secret.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.expose()).expect("HMAC accepts keys of any length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Returns why the secret is weak, if it is.
    ///
    /// A public default and a secret shorter than [`MIN_SECRET_BYTES`] are weak.
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
    fn debug_does_not_print_the_secret() {
        let secret = Secret::new("LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
    }

    #[test]
    fn compares_all_bytes() {
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
