//! Parses Better Auth's JSON of a session: `{"session": {…}, "user": {…}}`.
//!
//! The secondary storage and the response of `get-session` have the same format (1.2 to 1.7, `src/db/internal-adapter.ts`,
//! `src/api/routes/session.ts`).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::cookie::SessionToken;
use crate::session::SessionRecord;

/// A session, with its creation time if present.
pub(crate) struct SessionLookup {
    pub record: SessionRecord,
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "only Redis keeps sessions of a changed user"))]
    pub created_at: Option<DateTime<Utc>>,
}

/// The order of members differs between versions. Plugins and `additionalFields` add members, which are ignored.
#[derive(Deserialize)]
struct Stored {
    session: StoredSession,
    user: Option<StoredUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSession {
    token: String,
    user_id: Id,
    expires_at: DateTime<Utc>,
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredUser {
    id: Id,
    banned: Option<bool>,
    ban_expires: Option<DateTime<Utc>>,
}

/// An id. Better Auth writes ids as text, including those of serial columns; numbers are also accepted.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl SessionLookup {
    /// Parses the session of this token.
    ///
    /// # Errors
    /// The JSON has another format, or the session has another token or user. The error contains no value of the session.
    pub(crate) fn parse(json: &[u8], token: &SessionToken) -> Result<Self, String> {
        // serde's message may contain a value
        let Stored { session, user } = serde_json::from_slice(json)
            .map_err(|error| format!("the session is not in Better Auth's JSON format (column {})", error.column()))?;
        if session.token != token.expose() {
            return Err("the returned session has another token".to_owned());
        }
        let user_id = session.user_id.to_string();
        let (user_exists, banned, ban_expires) = match user {
            Some(user) if user.id.to_string() == user_id => (true, user.banned.unwrap_or(false), user.ban_expires),
            Some(_) => return Err("the returned user is not the session's user".to_owned()),
            None => (false, false, None),
        };
        let record = SessionRecord { user_id, expires_at: session.expires_at, user_exists, banned, ban_expires };
        Ok(Self { record, created_at: session.created_at })
    }
}
