//! Why a request is not authenticated.

use std::time::Duration;

use crate::invalid_credential::InvalidCredential;
use crate::sessions::Unavailable;
use crate::user::Forbidden;

/// Why a request is not authenticated.
///
/// `Display` is for the client: it does not state why a credential is invalid. [`InvalidCredential::reason`] is for the log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CredentialError {
    /// 401: the request has no credential.
    #[error("The request has no credential; send Authorization: Bearer and a token, or the session cookie.")]
    Missing,
    /// 401: the credential is invalid.
    #[error("{}", if .0.reason.is_expired() { "The credential has expired." } else { "The credential is not valid; send Authorization: Bearer and a JWT or a signed session token, or the session cookie." })]
    Invalid(InvalidCredential),
    /// 403: a request with a session cookie does not come from a trusted origin.
    #[error("The request does not come from a trusted origin.")]
    UntrustedOrigin,
    /// 429: the client's address sent too many invalid credentials.
    #[error("Too many invalid credentials.")]
    TooManyFailures {
        /// When an invalid credential is 401 again.
        retry_after: Duration,
    },
    /// 503: the key set or the session source is unreachable. The credential may be valid.
    #[error("The credential cannot be verified at the moment.")]
    Unavailable(Unavailable),
}

/// A rejected request: it is not authenticated, or not authorized.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// The request is not authenticated.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// 403: the path's user is not the authenticated user.
    #[error("The path's user is not the authenticated user.")]
    Forbidden,
}

impl From<Forbidden> for Rejection {
    fn from(_: Forbidden) -> Self {
        Self::Forbidden
    }
}

impl Rejection {
    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Credential(CredentialError::Missing | CredentialError::Invalid(_)) => 401,
            Self::Credential(CredentialError::UntrustedOrigin) | Self::Forbidden => 403,
            Self::Credential(CredentialError::TooManyFailures { .. }) => 429,
            Self::Credential(CredentialError::Unavailable(_)) => 503,
        }
    }

    /// Returns the error code for clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Credential(CredentialError::Missing) => "missing_credential",
            Self::Credential(CredentialError::Invalid(error)) if error.reason.is_expired() => "credential_expired",
            Self::Credential(CredentialError::Invalid(_)) => "invalid_credential",
            Self::Credential(CredentialError::UntrustedOrigin) => "untrusted_origin",
            Self::Credential(CredentialError::TooManyFailures { .. }) => "rate_limited",
            Self::Credential(CredentialError::Unavailable(_)) => "unavailable",
            Self::Forbidden => "forbidden",
        }
    }

    /// Returns a problem document (RFC 9457), `application/problem+json`.
    pub fn problem(&self) -> String {
        let status = self.status();
        let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        serde_json::json!({
            "type": "about:blank", "title": title, "status": status, "detail": self.to_string(), "code": self.code(),
        })
        .to_string()
    }

    /// Returns the headers of the response: `WWW-Authenticate` of a 401 (RFC 6750 section 3), `Retry-After` of a 429 and a 503.
    pub fn headers(&self) -> Vec<(http::HeaderName, String)> {
        match self {
            Self::Credential(CredentialError::Missing) => vec![(http::header::WWW_AUTHENTICATE, "Bearer".to_owned())],
            Self::Credential(CredentialError::Invalid(_)) => {
                vec![(http::header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#.to_owned())]
            }
            Self::Credential(CredentialError::TooManyFailures { retry_after }) => {
                let seconds = retry_after.as_secs_f64().ceil().max(1.0);
                vec![(http::header::RETRY_AFTER, seconds.to_string())]
            }
            Self::Credential(CredentialError::Unavailable(_)) => vec![(http::header::RETRY_AFTER, "1".to_owned())],
            Self::Credential(CredentialError::UntrustedOrigin) | Self::Forbidden => Vec::new(),
        }
    }
}
