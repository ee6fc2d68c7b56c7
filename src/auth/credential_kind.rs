//! The kinds of credentials.

/// How somebody proved who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialKind {
    /// `Authorization: Bearer` with a JWT.
    Jwt,
    /// `Authorization: Bearer` with a signed (or, when allowed, bare) session token.
    BearerSession,
    /// Better Auth's signed session cookie.
    SessionCookie,
}

impl CredentialKind {
    /// The name used in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::BearerSession => "bearer_session",
            Self::SessionCookie => "session_cookie",
        }
    }
}
