//! Users that a credential proved.

use crate::auth::credential_error::CredentialErrorReason;

/// A user's id that a credential proved. It can be made only by the checks of this room.
///
/// ```compile_fail,E0423
/// let id = task_api::auth::UserId(String::from("bob")); // the field is private: a path or a body proves nothing
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserId(String);

/// No issuer's ids are longer, and a database's index has its limits.
const MAX_USER_ID_BYTES: usize = 1024;

impl UserId {
    /// An id that can stand for somebody: not empty, not endless, and without NUL, which PostgreSQL cannot hold.
    pub(super) fn proved(id: String) -> Result<Self, CredentialErrorReason> {
        let possible = !id.is_empty() && id.len() <= MAX_USER_ID_BYTES && !id.contains('\0');
        if possible { Ok(Self(id)) } else { Err(CredentialErrorReason::NoUser) }
    }

    /// The owner of the rows under `/api/{path_user}`, if that is who was proved; compared byte for byte.
    pub fn claim(self, path_user: &str) -> Option<Owner> {
        (self.0 == path_user).then_some(Owner(self.0))
    }

    /// The owner where the path names nobody (`/api/tasks`).
    pub fn into_owner(self) -> Owner {
        Owner(self.0)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Proof that the caller may touch the rows of this user: a verified credential whose user is the path's.
///
/// ```compile_fail,E0423
/// let owner = task_api::auth::Owner(String::from("bob")); // only `UserId::claim` and `UserId::into_owner` make one
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner(String);

impl Owner {
    /// The owner's id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
