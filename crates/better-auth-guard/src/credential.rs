//! The result of verifying a credential without a look-up.

use crate::cookie::SessionToken;
use crate::user::UserId;

/// A credential that passed all checks that need no look-up.
#[derive(Debug)]
pub enum Credential {
    /// The user of a valid JWT or a valid cookie cache.
    User(UserId),
    /// A session token with a valid signature. The session look-up must find its user and check its expiry.
    Session(SessionToken),
}
