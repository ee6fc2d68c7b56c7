//! The facts that the verifier does not have: keys, the session and the time.

use chrono::{DateTime, Utc};

use crate::key_set::KeySet;
use crate::session::SessionRecord;

/// The facts of an explanation.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The key set, or why it is unknown. Only credentials that are signed by a key of the key set need it.
    pub keys: Result<KeySet, Unknown>,
    /// The session of the session token, `None` if no session has this token, or why it is unknown.
    ///
    /// Only a [`Credential::Session`](crate::Credential::Session) needs it.
    pub session: Result<Option<SessionRecord>, Unknown>,
    /// The stored value that matches [`Explanation::token_to_match`](crate::explain::Explanation::token_to_match).
    pub token_match: TokenMatch,
    /// The time of the verification.
    pub now: DateTime<Utc>,
}

/// Why a fact is unknown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// No look-up was made.
    Skipped {
        /// Why not, as a clause, such as `--offline is set`.
        cause: String,
        /// How to make the look-up, such as `omit --offline`.
        change: String,
    },
    /// The look-up failed. Contains the error text, which must not contain a secret.
    Unavailable(String),
}

/// The stored value that matches a rejected session token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TokenMatch {
    /// None, or no look-up was made.
    #[default]
    None,
    /// `session.token`.
    Token,
    /// `session.id`.
    SessionId,
}
