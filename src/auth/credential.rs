//! The outcome of a check that needs no look-up.

use crate::auth::cookie::SessionToken;
use crate::auth::user::UserId;

/// What a credential came to before anything was looked up.
#[derive(Debug)]
pub enum Credential {
    /// A JWT that proves a user by itself, or a session cookie with a copy of its session beside it.
    User(UserId),
    /// A session token whose signature is good; only its row can tell whose it is, and whether it is still alive.
    Session(SessionToken),
}
