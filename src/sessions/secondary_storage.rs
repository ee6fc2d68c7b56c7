//! A session as Better Auth writes it in JSON: `{"session": {…}, "user": {…}}`, in its secondary storage and as the answer of
//! `get-session` (1.2 to 1.7, `src/db/internal-adapter.ts`, `src/api/routes/session.ts`).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::auth::{SessionRecord, SessionToken};

/// A session, and when it began, where that is said.
pub(crate) struct SessionLookup {
    pub record: SessionRecord,
    pub created_at: Option<DateTime<Utc>>,
}

/// Members are read by name: their order differs by version, and plugins and `additionalFields` add more.
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

/// Better Auth writes ids as text, those of a serial column too.
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
    /// Reads the session of this token.
    ///
    /// # Errors
    /// It is not of this form, or is another's. The sentence repeats nothing of it.
    pub(crate) fn read(json: &[u8], token: &SessionToken) -> Result<Self, String> {
        // serde's own words may hold a value
        let Stored { session, user } = serde_json::from_slice(json)
            .map_err(|error| format!("the session is not as Better Auth writes it (column {})", error.column()))?;
        if session.token != token.expose() {
            return Err("the session that was given is another's".to_owned());
        }
        let user_id = session.user_id.to_string();
        let (user_exists, banned, ban_expires) = match user {
            Some(user) if user.id.to_string() == user_id => (true, user.banned.unwrap_or(false), user.ban_expires),
            Some(_) => return Err("the user that was given with the session is another".to_owned()),
            None => (false, false, None),
        };
        let record = SessionRecord { user_id, expires_at: session.expires_at, user_exists, banned, ban_expires };
        Ok(Self { record, created_at: session.created_at })
    }
}
