//! Verifies a session token against its session's row.

use chrono::{DateTime, Utc};

use crate::cookie::SessionToken;
use crate::invalid_credential::CredentialErrorReason;
use crate::user::UserId;

/// A session with its user, from Better Auth's tables.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The user's id as text, for any column type.
    pub user_id: String,
    /// The session's end. At this instant the session is still valid (Better Auth 1.7, `src/api/routes/session.ts`).
    pub expires_at: DateTime<Utc>,
    /// Whether the user's row exists.
    pub user_exists: bool,
    /// `user.banned`, a column of the admin plugin; `false` without the column.
    pub banned: bool,
    /// `user.banExpires`. An expired ban does not apply; a ban without an end is permanent.
    pub ban_expires: Option<DateTime<Utc>>,
}

impl SessionToken {
    /// Authenticates the session's user. `None` means that the token has no session.
    pub fn verify_record(
        &self,
        record: Option<SessionRecord>,
        now: DateTime<Utc>,
    ) -> Result<UserId, CredentialErrorReason> {
        let record = record.ok_or(CredentialErrorReason::NoSession)?;
        if record.expires_at < now {
            return Err(CredentialErrorReason::Expired);
        }
        if !record.user_exists {
            return Err(CredentialErrorReason::NoSuchUser);
        }
        if record.banned && record.ban_expires.is_none_or(|end| end > now) {
            return Err(CredentialErrorReason::Banned);
        }
        UserId::from_verified(record.user_id)
    }
}
