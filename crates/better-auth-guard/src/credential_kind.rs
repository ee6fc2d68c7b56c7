//! Kinds of credentials.

/// The kind of a request's credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialKind {
    /// `Authorization: Bearer` with a JWT.
    Jwt,
    /// `Authorization: Bearer` with a signed session token, or an unsigned one with `BEARER_UNSIGNED`.
    BearerSession,
    /// Better Auth's signed session cookie.
    SessionCookie,
}

impl CredentialKind {
    /// Returns the name for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::BearerSession => "bearer_session",
            Self::SessionCookie => "session_cookie",
        }
    }
}
