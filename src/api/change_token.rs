//! HMAC-signed tokens of positions in the changes of a user, bound to the owner.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::{Owner, Secret};
use hmac::Mac;

use crate::api::cursor::{MAC_BYTES, mac};
use crate::db::ChangePosition;

const PURPOSE: &str = "task-api change token 1";

/// Writes and reads tokens.
pub struct ChangeTokens {
    /// The key that signs and verifies.
    current: [u8; 32],
    /// Keys that only verify: instances with old and new secrets can run in parallel.
    previous: Vec<[u8; 32]>,
}

/// The error of an unreadable token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenError {
    /// The text has not the format of a token.
    Malformed,
    /// The token belongs to another user, or its secret was removed.
    Unverified,
}

impl ChangeTokens {
    /// Derives the keys from the secrets. Without a secret the key is random, and tokens are valid until the process exits.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut keys = secrets.iter().map(|secret| secret.derive(PURPOSE));
        Self { current: keys.next().unwrap_or_else(rand::random), previous: keys.collect() }
    }

    /// Writes the token of a position in the changes of `owner`.
    pub(crate) fn write(&self, owner: &Owner, position: ChangePosition) -> String {
        let payload: Vec<u8> =
            [position.seq, position.id, position.complete_seq].into_iter().flat_map(i64::to_be_bytes).collect();
        let tag = mac(&self.current, owner, "", &payload).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&tag[..MAC_BYTES], &payload].concat())
    }

    /// Reads a token of `owner`.
    pub(crate) fn read(&self, owner: &Owner, token: &str) -> Result<ChangePosition, TokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Malformed)?;
        let (tag, payload) = bytes.split_at_checked(MAC_BYTES).ok_or(TokenError::Malformed)?;
        let (&[seq, id, complete_seq], []) = payload.as_chunks::<8>() else { return Err(TokenError::Malformed) };
        let mut keys = [&self.current].into_iter().chain(&self.previous);
        keys.find(|key| mac(key, owner, "", payload).verify_truncated_left(tag).is_ok())
            .ok_or(TokenError::Unverified)?;
        let [seq, id, complete_seq] = [seq, id, complete_seq].map(i64::from_be_bytes);
        Ok(ChangePosition { seq, id, complete_seq })
    }
}
