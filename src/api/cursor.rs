//! HMAC-signed cursors of lists, bound to the owner and the filter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::{Owner, Secret};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::db::{Keyset, KeysetValue};

/// Length of the HMAC-SHA256, truncated to half (RFC 2104 section 5).
pub(crate) const MAC_BYTES: usize = 16;
const PURPOSE: &str = "task-api cursor 1";

/// Writes and reads cursors.
pub struct Cursors {
    /// The key that signs and verifies.
    current: [u8; 32],
    /// Keys that only verify: instances with old and new secrets can run in parallel.
    previous: Vec<[u8; 32]>,
}

/// The signed part of a cursor.
#[derive(Deserialize)]
enum Payload {
    #[serde(rename = "m")]
    Timestamp(Option<i64>, i64),
    #[serde(rename = "r")]
    Rank(i16, i64),
    #[serde(rename = "t")]
    Title(String, i64),
}

impl Cursors {
    /// Derives the keys from the secrets. Without a secret the key is random, and cursors are valid until the process exits.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut keys = secrets.iter().map(|secret| secret.derive(PURPOSE));
        Self { current: keys.next().unwrap_or_else(rand::random), previous: keys.collect() }
    }

    /// Writes the cursor of a position in a list of `owner`.
    pub(crate) fn write(&self, owner: &Owner, filter_fingerprint: &str, position: &Keyset) -> String {
        let id = position.id;
        // the format of `Payload`, built as a value because its serialization is infallible
        let payload = match &position.value {
            KeysetValue::Timestamp(millis) => json!({ "m": [millis, id] }),
            KeysetValue::Rank(rank) => json!({ "r": [rank, id] }),
            KeysetValue::Title(title) => json!({ "t": [title, id] }),
        };
        let payload = payload.to_string().into_bytes();
        let tag = mac(&self.current, owner, filter_fingerprint, &payload).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&tag[..MAC_BYTES], &payload].concat())
    }

    /// Reads a cursor. `None`: it is invalid, or belongs to another owner or filter.
    pub(crate) fn read(&self, owner: &Owner, filter_fingerprint: &str, cursor: &str) -> Option<Keyset> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, payload) = bytes.split_at_checked(MAC_BYTES)?;
        let mut keys = [&self.current].into_iter().chain(&self.previous);
        keys.find(|key| mac(key, owner, filter_fingerprint, payload).verify_truncated_left(tag).is_ok())?;
        let (value, id) = match serde_json::from_slice(payload).ok()? {
            Payload::Timestamp(millis, id) => (KeysetValue::Timestamp(millis), id),
            Payload::Rank(rank, id) => (KeysetValue::Rank(rank), id),
            Payload::Title(title, id) => (KeysetValue::Title(title), id),
        };
        Some(Keyset { value, id })
    }
}

/// Computes the HMAC. Each part is prefixed with its length, which makes the encoding unambiguous.
pub(crate) fn mac(key: &[u8; 32], owner: &Owner, filter_fingerprint: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    for part in [owner.as_str().as_bytes(), filter_fingerprint.as_bytes(), payload] {
        mac.update(&part.len().to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use better_auth_guard::Credential;
    use better_auth_guard::CredentialHeaders;
    use better_auth_guard::KeySet;
    use better_auth_guard::mint;

    /// Creates an owner from a verified credential, which is the only way.
    fn owner() -> Owner {
        const SECRET: &str = "a test secret with more than 32 bytes";
        let token = mint(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), &Secret::new(SECRET));
        let lookup = |name: &str| (name == "BETTER_AUTH_SECRET").then(|| SECRET.to_owned());
        let config = Config::from_lookup(&lookup).expect("the default settings are valid");
        let authorization = format!("Bearer {token}");
        let headers = CredentialHeaders { authorization: vec![authorization.as_bytes()], cookie: Vec::new() };
        match config.auth.verifier().verify(&headers, &KeySet::default(), chrono::Utc::now()) {
            Ok(Some((_, Credential::User(user)))) => user.into_owner(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_the_cursor_of_every_position() {
        let owner = owner();
        let title = "\"\\ \u{0}\u{7f}\u{2028}\u{1f600}".repeat(40);
        for secrets in [vec![], vec![Secret::new("one"), Secret::new("two")]] {
            let cursors = Cursors::new(&secrets);
            for value in [
                KeysetValue::Timestamp(None),
                KeysetValue::Timestamp(Some(i64::MIN)),
                KeysetValue::Rank(i16::MAX),
                KeysetValue::Title(title.clone()),
            ] {
                let position = Keyset { value, id: i64::MAX };
                let cursor = cursors.write(&owner, "filter", &position);
                assert_eq!(cursors.read(&owner, "filter", &cursor), Some(position));
                assert_eq!(cursors.read(&owner, "another filter", &cursor), None);
                assert_eq!(Cursors::new(&[]).read(&owner, "filter", &cursor), None);
            }
        }
    }
}
