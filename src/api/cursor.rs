//! HMAC-signed cursors of lists, bound to the owner and the filter.

use better_auth_guard::{Owner, Secret};
use serde::Deserialize;
use serde_json::json;

use crate::api::signing_keys::{SignedPayload, SigningKeys};
use crate::db::{Keyset, KeysetValue};

const PURPOSE: &str = "task-api cursor 1";

/// Writes and reads cursors.
pub struct Cursors(SigningKeys);

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
        Self(SigningKeys::derive(secrets, PURPOSE))
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
        self.0.sign(owner, filter_fingerprint, payload.to_string().as_bytes())
    }

    /// Reads a cursor. `None`: it is invalid, or belongs to another owner or filter.
    pub(crate) fn read(&self, owner: &Owner, filter_fingerprint: &str, cursor: &str) -> Option<Keyset> {
        let signed = SignedPayload::decode(cursor).filter(|signed| self.0.verify(owner, filter_fingerprint, signed))?;
        let (value, id) = match serde_json::from_slice(signed.payload()).ok()? {
            Payload::Timestamp(millis, id) => (KeysetValue::Timestamp(millis), id),
            Payload::Rank(rank, id) => (KeysetValue::Rank(rank), id),
            Payload::Title(title, id) => (KeysetValue::Title(title), id),
        };
        Some(Keyset { value, id })
    }
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
