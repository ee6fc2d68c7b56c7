//! Users of verified credentials.

use crate::invalid_credential::CredentialErrorReason;

/// The user's id of a verified credential. Only this module's checks create it.
///
/// ```compile_fail,E0423
/// let id = better_auth_guard::UserId(String::from("bob")); // the field is private: a path or a body does not authenticate a user
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserId(String);

/// Limits the size of ids in database indexes.
const MAX_USER_ID_BYTES: usize = 1024;

impl UserId {
    /// Validates an id: 1 to 1024 bytes without NUL. PostgreSQL cannot store NUL.
    pub(crate) fn from_verified(id: String) -> Result<Self, CredentialErrorReason> {
        let is_valid = !id.is_empty() && id.len() <= MAX_USER_ID_BYTES && !id.contains('\0');
        if is_valid { Ok(Self(id)) } else { Err(CredentialErrorReason::NoUser) }
    }

    /// Authorizes access to a path of this user, such as `/api/{path_user}/tasks`. Compares the ids byte for byte.
    ///
    /// # Errors
    /// The path's user is not this user.
    pub fn authorize_path(self, path_user: &str) -> Result<Owner, Forbidden> {
        if self.0 == path_user { Ok(Owner(self.0)) } else { Err(Forbidden) }
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
/// let owner = better_auth_guard::Owner(String::from("bob")); // only `UserId::authorize_path` and `UserId::into_owner` create an owner
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner(String);

impl Owner {
    /// Returns the owner's id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The path's user is not the authenticated user: 403.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the path's user is not the authenticated user")]
pub struct Forbidden;
