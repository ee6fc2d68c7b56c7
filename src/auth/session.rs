//! What a session's row says about its token.

use chrono::{DateTime, Utc};

use crate::auth::cookie::SessionToken;
use crate::auth::credential_error::CredentialErrorReason;
use crate::auth::user::UserId;

/// The row behind a session token, as Better Auth's `session` and `user` tables hold it.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The user's id, as text whatever its column's type.
    pub user_id: String,
    /// When the session ends; equal to now is still alive (Better Auth 1.7, `src/api/routes/session.ts`).
    pub expires_at: DateTime<Utc>,
    /// Whether the user's row is still there.
    pub user_exists: bool,
    /// `user.banned`, where the admin plugin has made that column.
    pub banned: bool,
    /// `user.banExpires`: a ban that has run out is none.
    pub ban_expires: Option<DateTime<Utc>>,
}

impl SessionToken {
    /// Whom this token proves, given the row that was found for it (`None`: there is none).
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
        UserId::proved(record.user_id)
    }
}
