//! Proofs: bytes in, a proof of who is asking (or the reason of a refusal) out.
//!
//! Nothing here knows a web framework, a database or the network. What has to be looked up elsewhere (a session's row, a
//! public key that is not known yet) is handed in by the caller, and judged here.

mod cookie;
mod header;
mod jwe;
mod jws;
mod jwt;
mod keys;
mod refusal;
mod roca;
mod secret;
mod session;
mod session_data;
mod verified;

pub use cookie::{CookieName, SessionToken, signed_cookie_value};
pub use header::{CredentialText, Presented, Rules, Verifier};
pub use jwt::{Algorithm, CLIENT_CLAIMS, ClaimCheck, JwtRules, mint};
pub(crate) use keys::KeySetId;
pub use keys::{KeySet, MAX_KEY_SET_BYTES, RefusedKey};
pub use refusal::{Reason, Refusal};
pub use secret::{MIN_SECRET_BYTES, Secret};
pub use session::SessionRecord;
pub use session_data::{SessionData, SessionDataRules};

/// A user's id that a credential proved. It can be made only by the checks of this room.
///
/// ```compile_fail,E0603
/// let id = task_api::auth::UserId(String::from("bob")); // the field is private: a path or a body proves nothing
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserId(String);

/// No issuer's ids are longer, and a database's index has its limits.
const MAX_USER_ID_BYTES: usize = 1024;

impl UserId {
    /// An id that can stand for somebody: not empty, not endless, and without NUL, which PostgreSQL cannot hold.
    fn proved(id: String) -> Result<Self, Reason> {
        let possible = !id.is_empty() && id.len() <= MAX_USER_ID_BYTES && !id.contains('\0');
        if possible { Ok(Self(id)) } else { Err(Reason::NoUser) }
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
/// ```compile_fail,E0603
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

/// How somebody proved who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `Authorization: Bearer` with a JWT.
    Jwt,
    /// `Authorization: Bearer` with a signed (or, when allowed, bare) session token.
    BearerSession,
    /// Better Auth's signed session cookie.
    SessionCookie,
}

impl Kind {
    /// The name used in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::BearerSession => "bearer_session",
            Self::SessionCookie => "session_cookie",
        }
    }
}

/// What a credential came to before anything was looked up.
#[derive(Debug)]
pub enum Credential {
    /// A JWT that proves a user by itself, or a session cookie with a copy of its session beside it.
    User(UserId),
    /// A session token whose signature is good; only its row can tell whose it is, and whether it is still alive.
    Session(SessionToken),
}
