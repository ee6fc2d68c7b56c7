//! Users of verified credentials.

use crate::auth::credential_error::CredentialErrorReason;

/// The user's id of a verified credential. Only this module's checks create it.
///
/// ```compile_fail,E0423
/// let id = task_api::auth::UserId(String::from("bob")); // the field is private: a path or a body does not authenticate a user
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserId(String);

/// Limits the size of ids in database indexes.
const MAX_USER_ID_BYTES: usize = 1024;

impl UserId {
    /// Validates an id: 1 to 1024 bytes without NUL. PostgreSQL cannot store NUL.
    pub(super) fn from_verified(id: String) -> Result<Self, CredentialErrorReason> {
        let is_valid = !id.is_empty() && id.len() <= MAX_USER_ID_BYTES && !id.contains('\0');
        if is_valid { Ok(Self(id)) } else { Err(CredentialErrorReason::NoUser) }
    }

    /// Returns the owner of `/api/{path_user}` if the ids are equal.
    ///
    /// Compares the ids byte for byte.
    pub fn authorize(self, path_user: &str) -> Option<Owner> {
        (self.0 == path_user).then_some(Owner(self.0))
    }

    /// Returns the owner for a path without a user (`/api/tasks`).
    pub fn into_owner(self) -> Owner {
        Owner(self.0)
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Authorizes access to this user's rows. The request's credential is verified, and its user is the path's user.
///
/// ```compile_fail,E0423
/// let owner = task_api::auth::Owner(String::from("bob")); // only `UserId::authorize` and `UserId::into_owner` create an owner
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner(String);

impl Owner {
    /// Returns the owner's id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
