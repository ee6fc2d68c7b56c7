//! Where a list goes on, as a text that only this service can make: opaque, authenticated, and bound to its owner and its filters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::auth::{Owner, Secret};
use crate::db::{Keyset, KeysetValue};

/// Half a HMAC-SHA256 (RFC 2104 section 5).
const MAC_BYTES: usize = 16;
const PURPOSE: &str = "task-api cursor 1";

/// Writes and reads cursors.
pub struct Cursors {
    /// Writes, and reads.
    current: [u8; 32],
    /// Read only: services with an old and a new secret can run side by side.
    older: Vec<[u8; 32]>,
}

/// What a cursor holds.
#[derive(Deserialize)]
enum Held {
    #[serde(rename = "m")]
    Timestamp(Option<i64>, i64),
    #[serde(rename = "r")]
    Rank(i16, i64),
    #[serde(rename = "t")]
    Title(String, i64),
}

impl Cursors {
    /// Derives the keys from these secrets. Without a secret the key is random, and cursors end with the process.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut keys = secrets.iter().map(|secret| secret.derive(PURPOSE));
        Self { current: keys.next().unwrap_or_else(rand::random), older: keys.collect() }
    }

    /// The cursor of a position in the list that `owner` asked for.
    pub(crate) fn write(&self, owner: &Owner, filter_fingerprint: &str, position: &Keyset) -> String {
        let id = position.id;
        // as `Held` reads it; built as a value, which always has a text
        let held = match &position.value {
            KeysetValue::Timestamp(millis) => json!({ "m": [millis, id] }),
            KeysetValue::Rank(rank) => json!({ "r": [rank, id] }),
            KeysetValue::Title(title) => json!({ "t": [title, id] }),
        };
        let held = held.to_string().into_bytes();
        let tag = mac(&self.current, owner, filter_fingerprint, &held).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&tag[..MAC_BYTES], &held].concat())
    }

    /// The position, if this is a cursor of that list.
    pub(crate) fn read(&self, owner: &Owner, filter_fingerprint: &str, cursor: &str) -> Option<Keyset> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, held) = bytes.split_at_checked(MAC_BYTES)?;
        let mut keys = [&self.current].into_iter().chain(&self.older);
        keys.find(|key| mac(key, owner, filter_fingerprint, held).verify_truncated_left(tag).is_ok())?;
        let (value, id) = match serde_json::from_slice(held).ok()? {
            Held::Timestamp(millis, id) => (KeysetValue::Timestamp(millis), id),
            Held::Rank(rank, id) => (KeysetValue::Rank(rank), id),
            Held::Title(title, id) => (KeysetValue::Title(title), id),
        };
        Some(Keyset { value, id })
    }
}

/// Each part with its length before it, so that no two lists of parts look the same.
fn mac(key: &[u8; 32], owner: &Owner, filter_fingerprint: &str, held: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [owner.as_str().as_bytes(), filter_fingerprint.as_bytes(), held] {
        mac.update(&part.len().to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credential;
    use crate::auth::CredentialHeaders;
    use crate::auth::KeySet;
    use crate::auth::mint;
    use crate::config::Config;

    /// An owner, which only a credential can make.
    fn owner() -> Owner {
        const SECRET: &str = "a secret of this test, of more than 32 bytes";
        let token = mint(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), &Secret::new(SECRET));
        let lookup = |name: &str| (name == "BETTER_AUTH_SECRET").then(|| SECRET.to_owned());
        let config = Config::from_lookup(&lookup).expect("the defaults are good");
        let authorization = format!("Bearer {token}");
        let presented = CredentialHeaders { authorization: vec![authorization.as_bytes()], cookie: Vec::new() };
        match config.auth.verifier().verify(&presented, &KeySet::default(), chrono::Utc::now()) {
            Ok(Some((_, Credential::User(user)))) => user.into_owner(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_position_has_a_cursor_that_is_read_again() {
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
                let cursor = cursors.write(&owner, "asked", &position);
                assert_eq!(cursors.read(&owner, "asked", &cursor), Some(position));
                assert_eq!(cursors.read(&owner, "otherwise", &cursor), None);
                assert_eq!(Cursors::new(&[]).read(&owner, "asked", &cursor), None);
            }
        }
    }
}
