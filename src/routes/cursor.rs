//! Where a list goes on, as a text that only this service can make: opaque, authenticated, and bound to its owner and its filters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::auth::{Owner, Secret};
use crate::store::{Position, PositionValue};

/// Half a HMAC-SHA256 (RFC 2104 section 5).
const MAC_BYTES: usize = 16;
const PURPOSE: &str = "task-api cursor 1";

/// Writes and reads cursors.
pub struct Cursors {
    /// The first writes; all read, so that services with an old and a new secret can stand side by side.
    keys: Vec<[u8; 32]>,
}

/// What a cursor holds.
#[derive(Serialize, Deserialize)]
enum Held {
    #[serde(rename = "m")]
    Moment(Option<i64>, i64),
    #[serde(rename = "r")]
    Rank(i16, i64),
    #[serde(rename = "t")]
    Title(String, i64),
}

impl Cursors {
    /// Cursors under keys derived from these secrets.
    pub fn new(secrets: &[Secret]) -> Self {
        Self { keys: secrets.iter().map(|secret| secret.derive(PURPOSE)).collect() }
    }

    /// The cursor of a position in the list that `owner` asked for.
    pub(super) fn write(&self, owner: &Owner, asked: &str, position: &Position) -> Option<String> {
        let held = match position.value.clone() {
            PositionValue::Moment(millis) => Held::Moment(millis, position.id),
            PositionValue::Rank(rank) => Held::Rank(rank, position.id),
            PositionValue::Title(title) => Held::Title(title, position.id),
        };
        let held = serde_json::to_vec(&held).ok()?;
        let tag = mac(self.keys.first()?, owner, asked, &held).finalize().into_bytes();
        Some(URL_SAFE_NO_PAD.encode([&tag[..MAC_BYTES], &held].concat()))
    }

    /// The position, if this is a cursor of that list.
    pub(super) fn read(&self, owner: &Owner, asked: &str, cursor: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, held) = bytes.split_at_checked(MAC_BYTES)?;
        self.keys.iter().find(|key| mac(key, owner, asked, held).verify_truncated_left(tag).is_ok())?;
        let (value, id) = match serde_json::from_slice(held).ok()? {
            Held::Moment(millis, id) => (PositionValue::Moment(millis), id),
            Held::Rank(rank, id) => (PositionValue::Rank(rank), id),
            Held::Title(title, id) => (PositionValue::Title(title), id),
        };
        Some(Position { value, id })
    }
}

/// Each part with its length before it, so that no two lists of parts look the same.
fn mac(key: &[u8; 32], owner: &Owner, asked: &str, held: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [owner.as_str().as_bytes(), asked.as_bytes(), held] {
        mac.update(&part.len().to_be_bytes());
        mac.update(part);
    }
    mac
}
