//! HMAC-signed tokens of positions in the changes of a user, bound to the owner.

use better_auth_guard::{Owner, Secret};

use crate::api::signing_keys::{SignedPayload, SigningKeys};
use crate::db::ChangePosition;

const PURPOSE: &str = "task-api change token 1";

/// Writes and reads tokens.
pub struct ChangeTokens(SigningKeys);

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
        Self(SigningKeys::derive(secrets, PURPOSE))
    }

    /// Writes the token of a position in the changes of `owner`.
    pub(crate) fn write(&self, owner: &Owner, position: ChangePosition) -> String {
        let payload: Vec<u8> =
            [position.seq, position.id, position.complete_seq].into_iter().flat_map(i64::to_be_bytes).collect();
        self.0.sign(owner, "", &payload)
    }

    /// Reads a token of `owner`.
    pub(crate) fn read(&self, owner: &Owner, token: &str) -> Result<ChangePosition, TokenError> {
        let signed = SignedPayload::decode(token).ok_or(TokenError::Malformed)?;
        let (&[seq, id, complete_seq], []) = signed.payload().as_chunks::<8>() else {
            return Err(TokenError::Malformed);
        };
        if !self.0.verify(owner, "", &signed) {
            return Err(TokenError::Unverified);
        }
        let [seq, id, complete_seq] = [seq, id, complete_seq].map(i64::from_be_bytes);
        Ok(ChangePosition { seq, id, complete_seq })
    }
}
