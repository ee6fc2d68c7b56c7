//! Decrypts Better Auth's encrypted tokens: compact JWEs (RFC 7516) with `dir` and `A256CBC-HS512` (RFC 7518 section 5.2.5).
//!
//! The key is derived from Better Auth's secret (`src/crypto/jwt.ts`, 1.4 to 1.7).

use std::fmt;

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::invalid_credential::CredentialErrorReason;
use crate::jws::decode_object;
use crate::secret::Secret;

/// The salt for `session_data`. `account_data` has another salt.
const SALT: &[u8] = b"better-auth-session";
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";
const IV_BYTES: usize = 16;
/// Half an HMAC-SHA512.
const TAG_BYTES: usize = 32;

/// A content encryption key, derived from a secret.
pub(crate) struct JweKey {
    /// The JWK thumbprint with SHA-256 (RFC 7638).
    thumbprint: String,
    mac: hmac::Key,
    cipher: PaddedBlockDecryptingKey,
}

/// The length of the content encryption key.
///
/// The first 32 bytes are the MAC key, the last 32 bytes are the cipher key.
struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        64
    }
}

impl JweKey {
    pub(crate) fn derive(secret: &Secret) -> Self {
        let mut key = [0; 64];
        hkdf::Salt::new(hkdf::HKDF_SHA256, SALT)
            .extract(secret.expose())
            .expand(&[INFO], KeyLength)
            .and_then(|okm| okm.fill(&mut key))
            .expect("HKDF-SHA256 can derive 64 bytes");
        let jwk = format!(r#"{{"k":"{}","kty":"oct"}}"#, URL_SAFE_NO_PAD.encode(key));
        let cipher = UnboundCipherKey::new(&AES_256, &key[32..]).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
        Self {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(jwk)),
            mac: hmac::Key::new(hmac::HMAC_SHA512, &key[..32]),
            cipher: cipher.expect("an AES-256 key has 32 bytes"),
        }
    }

    /// Verifies the tag in constant time, then decrypts (RFC 7518 section 5.2.2.2).
    fn decrypt(&self, header: &str, parts: &JweParts) -> Result<Vec<u8>, CredentialErrorReason> {
        let mut tag = hmac::Context::with_key(&self.mac);
        let header_bits = (header.len() as u64) * 8;
        for part in [header.as_bytes(), &parts.iv, &parts.text, &header_bits.to_be_bytes()] {
            tag.update(part);
        }
        verify_slices_are_equal(&tag.sign().as_ref()[..TAG_BYTES], &parts.tag)
            .map_err(|_| CredentialErrorReason::BadSignature)?;
        let mut text = parts.text.clone();
        let context = DecryptionContext::Iv128((&parts.iv).into());
        let length = self.cipher.decrypt(&mut text, context).map_err(|_| CredentialErrorReason::Malformed)?.len();
        text.truncate(length);
        Ok(text)
    }
}

impl fmt::Debug for JweKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JweKey(…)")
    }
}

struct JweParts {
    iv: [u8; IV_BYTES],
    text: Vec<u8>,
    tag: [u8; TAG_BYTES],
}

/// Decrypts with the key of the token's `kid`. Without `kid`, tries all keys.
pub(crate) fn decrypt(token: &str, keys: &[JweKey]) -> Result<Vec<u8>, CredentialErrorReason> {
    let segments: Vec<&str> = token.split('.').collect();
    // with `dir` there is no encrypted key (RFC 7518 section 4.5)
    let [header, "", iv, text, tag] = segments.as_slice() else { return Err(CredentialErrorReason::Malformed) };
    let kid = read_kid(header)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| CredentialErrorReason::Malformed);
    let parts = JweParts {
        iv: decode(iv)?.try_into().map_err(|_| CredentialErrorReason::Malformed)?,
        text: decode(text)?,
        tag: decode(tag)?.try_into().map_err(|_| CredentialErrorReason::Malformed)?,
    };
    let candidates = keys.iter().filter(|key| kid.as_ref().is_none_or(|kid| *kid == key.thumbprint));
    let mut outcome = Err(CredentialErrorReason::BadSignature);
    for key in candidates {
        outcome = key.decrypt(header, &parts);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn read_kid(header: &str) -> Result<Option<String>, CredentialErrorReason> {
    let header = decode_object(header)?;
    if header.get("alg").and_then(Value::as_str) != Some("dir")
        || header.get("enc").and_then(Value::as_str) != Some("A256CBC-HS512")
    {
        return Err(CredentialErrorReason::AlgorithmNotAllowed);
    }
    // rejects zip, crit, cty and the sender's keys: they would change how the ciphertext is read
    if header.keys().any(|name| !["alg", "enc", "kid", "typ"].contains(&name.as_str())) {
        return Err(CredentialErrorReason::UnsupportedHeader);
    }
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) => Ok(Some(kid.clone())),
        Some(_) => Err(CredentialErrorReason::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_same_key_as_better_auth() {
        let key = JweKey::derive(&Secret::new("LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c"));
        assert_eq!(key.thumbprint, "it7wZertC6mji5rFPeuM75094hQ33iIFIc_QGnWhucc");
        assert_eq!(format!("{key:?}"), "JweKey(…)");
    }
}
