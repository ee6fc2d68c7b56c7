//! Why a guard cannot be built.

use crate::endpoints::EndpointError;

/// Why [`GuardBuilder::build`](crate::GuardBuilder::build) failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BuildError {
    /// There is nothing to verify credentials with.
    #[error("nothing to verify credentials with: set secrets, base_url or jwks")]
    NothingToVerifyWith,
    /// The base URL is not an absolute URL.
    #[error("base_url must be an absolute URL, such as https://app.example.com")]
    InvalidBaseUrl,
    /// The key set at the base URL must not be fetched.
    #[error("base_url {0}, to fetch the key set from it; set jwks or allow_http")]
    InsecureBaseUrl(EndpointError),
    /// A trusted origin is invalid.
    #[error("the trusted origin {origin:?} {problem}")]
    InvalidTrustedOrigin {
        /// The text.
        origin: String,
        /// The rest of the sentence: "must …".
        problem: &'static str,
    },
    /// A secret is weak.
    #[error("a secret {0}")]
    WeakSecret(&'static str),
    /// Session tokens cannot be verified without a secret.
    #[error("sessions and the cookie cache need secrets: Better Auth signs session cookies with BETTER_AUTH_SECRET")]
    MissingSecrets,
    /// The key set may sign tokens of other services, and the accepted audience is unknown.
    #[error("audience is unknown: set base_url, audience or any_audience")]
    MissingAudience,
}
