//! Signs texts that clients return unchanged, such as cursors. A signature is bound to the owner.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::{Owner, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of the HMAC-SHA256, truncated to half (RFC 2104 section 5).
const MAC_BYTES: usize = 16;

/// The keys of one purpose.
pub(crate) struct SigningKeys {
    /// The key that signs and verifies.
    current: [u8; 32],
    /// Keys that only verify: instances with old and new secrets can run in parallel.
    previous: Vec<[u8; 32]>,
}

/// A decoded text. Its signature is not verified.
pub(crate) struct SignedPayload(Vec<u8>);

impl SignedPayload {
    /// Decodes a text. `None`: it has not the format of a signed text.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() >= MAC_BYTES).map(Self)
    }

    /// Returns the payload.
    pub(crate) fn payload(&self) -> &[u8] {
        self.0.get(MAC_BYTES..).unwrap_or_default()
    }
}

impl SigningKeys {
    /// Derives the keys from the secrets. Without a secret the key is random, and signatures are valid until the process exits.
    pub(crate) fn derive(secrets: &[Secret], purpose: &str) -> Self {
        let mut keys = secrets.iter().map(|secret| secret.derive(purpose));
        Self { current: keys.next().unwrap_or_else(rand::random), previous: keys.collect() }
    }

    /// Signs a payload for `owner` and a context. Returns both as text.
    pub(crate) fn sign(&self, owner: &Owner, context: &str, payload: &[u8]) -> String {
        let tag = mac(&self.current, owner, context, payload).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&tag[..MAC_BYTES], payload].concat())
    }

    /// Returns whether the payload was signed for this owner and context.
    pub(crate) fn verify(&self, owner: &Owner, context: &str, signed: &SignedPayload) -> bool {
        let (tag, payload) = signed.0.split_at(MAC_BYTES);
        let mut keys = [&self.current].into_iter().chain(&self.previous);
        keys.any(|key| mac(key, owner, context, payload).verify_truncated_left(tag).is_ok())
    }
}

/// Computes the HMAC. Each part is prefixed with its length, which makes the encoding unambiguous.
fn mac(key: &[u8; 32], owner: &Owner, context: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    for part in [owner.as_str().as_bytes(), context.as_bytes(), payload] {
        mac.update(&part.len().to_be_bytes());
        mac.update(part);
    }
    mac
}
