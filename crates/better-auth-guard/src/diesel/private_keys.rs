//! Tests a secret with the private keys of the jwt plugin, which Better Auth encrypts with its secret.
//!
//! The column `privateKey` is a JSON string (1.2 to 1.7, `src/plugins/jwt/utils.ts`). It holds XChaCha20-Poly1305 in hex: the nonce, the
//! ciphertext and the tag. The key is the SHA-256 of the secret (`src/crypto/index.ts`). With versioned secrets the text starts with
//! `$ba$VERSION$`. With `disablePrivateKeyEncryption` the column holds the JWK.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::diesel::connection::TableConnection;
use crate::diesel::read_error::ReadError;
use crate::diesel::schema_detector::SchemaDetector;
use crate::secret::Secret;

const NONCE_BYTES: usize = 24;

/// Limits the text that is decrypted. The private key of RSA 4096 has 7 KiB in hex.
const MAX_CHARS: usize = 64 * 1024;

/// A private key as the table holds it. `Debug` prints its id only.
pub struct StoredPrivateKey {
    /// The id of the row: the `kid` of its JWTs.
    pub kid: String,
    stored: String,
}

/// Whether a secret encrypted a private key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretMatch {
    /// The secret decrypts the key.
    Matches,
    /// Another secret encrypted the key.
    Differs,
    /// The key is not encrypted, or its format is unknown.
    NotEncrypted,
}

impl StoredPrivateKey {
    /// Tests whether this secret decrypts the key. The decrypted key is dropped.
    pub fn test(&self, secret: &Secret) -> SecretMatch {
        let Some(bytes) = self.ciphertext() else { return SecretMatch::NotEncrypted };
        let Some((nonce, ciphertext)) = bytes.split_at_checked(NONCE_BYTES) else { return SecretMatch::NotEncrypted };
        let Ok(nonce) = XNonce::try_from(nonce) else { return SecretMatch::NotEncrypted };
        let key: [u8; 32] = Sha256::digest(secret.expose()).into();
        match XChaCha20Poly1305::new(&key.into()).decrypt(&nonce, ciphertext) {
            Ok(_) => SecretMatch::Matches,
            Err(_) => SecretMatch::Differs,
        }
    }

    /// Decodes the ciphertext. Returns `None` for a key that is not encrypted.
    fn ciphertext(&self) -> Option<Vec<u8>> {
        if self.stored.len() > MAX_CHARS {
            return None;
        }
        let text: String = serde_json::from_str(&self.stored).ok()?;
        let hex = match text.strip_prefix("$ba$") {
            Some(versioned) => versioned.split_once('$')?.1,
            None => &text,
        };
        decode_hex(hex)
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

impl fmt::Debug for StoredPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredPrivateKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SchemaDetector {
    /// Reads the private keys of the jwt plugin, newest first. Returns `None` without the table or its column.
    ///
    /// Verification never needs them. They test a secret ([`StoredPrivateKey::test`]).
    ///
    /// # Errors
    /// A query failed, or the table is ambiguous or misconfigured.
    pub fn private_keys(
        &self,
        connection: &mut impl TableConnection,
    ) -> Result<Option<Vec<StoredPrivateKey>>, ReadError> {
        let Some(statement) = self.detect(connection)?.keys?.and_then(|table| table.private_statement) else {
            return Ok(None);
        };
        let rows = connection.query(&statement, &[])?.into_iter();
        let key = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(kid), Some(stored)]) => Some(StoredPrivateKey { kid, stored }),
            _ => None,
        };
        Ok(Some(rows.filter_map(key).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of Better Auth 1.7 with the secret of the captured vectors.
    const ENCRYPTED: &str = "\"a5efb4a6dd87c1b4458fecec3fc8fd598d5c3cb3ff746d1207a2823dc90b1f974562caca1c5c7842755e355de55c6b30fa0bcae2b90877fde5c078212c9a41b9139bf0f2f77219707354bd51786ccf7947862662e1e7c4ec77d8fcfc8b92a22c4766ce04ec5d70a0661d8fed81183ed740af73f3e9da158c187a5aa069968b01af1b5514ba80bdc43726bf64583eb1cc1658fde48a08df4e3c7a62aad17dcce6683b369130a25affe7\"";
    const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";

    fn test(stored: &str, secret: &str) -> SecretMatch {
        StoredPrivateKey { kid: "k".into(), stored: stored.into() }.test(&Secret::new(secret))
    }

    #[test]
    fn only_the_secret_of_better_auth_decrypts() {
        assert_eq!(test(ENCRYPTED, SECRET), SecretMatch::Matches);
        assert_eq!(test(&ENCRYPTED.replacen('"', "\"$ba$2$", 1), SECRET), SecretMatch::Matches);
        for wrong in ["", "\"LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c\"", "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c ", "another"] {
            assert_eq!(test(ENCRYPTED, wrong), SecretMatch::Differs, "{wrong}");
        }
        assert_eq!(test(&ENCRYPTED.replacen("a5", "a6", 1), SECRET), SecretMatch::Differs);
    }

    #[test]
    fn other_formats_prove_nothing() {
        for other in ["", "x", r#"{"kty":"OKP","d":"x"}"#, "\"\"", "\"a5e\"", "\"zz\"", "\"$ba$1\"", "\"a5ef\"", "null"]
        {
            assert_eq!(test(other, SECRET), SecretMatch::NotEncrypted, "{other}");
        }
        assert_eq!(test(&format!("\"{}\"", "a".repeat(MAX_CHARS)), SECRET), SecretMatch::NotEncrypted);
    }

    #[test]
    fn debug_does_not_print_the_key() {
        let key = StoredPrivateKey { kid: "k1".into(), stored: ENCRYPTED.into() };
        assert!(!format!("{key:?}").contains("a5ef"));
    }
}
