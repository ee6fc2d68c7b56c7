//! Authenticates requests.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::authenticated::{Authenticated, Evidence};
use crate::credential::Credential;
use crate::credential_error::CredentialError;
use crate::credential_kind::CredentialKind;
use crate::failed_attempts::FailedAttempts;
use crate::invalid_credential::InvalidCredential;
use crate::jwks::{JwksCache, UndecidedCredential, VerifyError};
use crate::request_head::RequestHead;
use crate::sessions::{Sessions, Unavailable};
use crate::trusted_origin::TrustedOrigin;
use crate::verifier::{CredentialText, Verifier};

/// Authenticates requests. A clone shares the caches.
///
/// Needs a tokio runtime: a background task refreshes the key set. It ends with the last clone.
#[derive(Clone)]
pub struct Guard(Arc<Parts>);

/// The parts of a guard.
pub(crate) struct Parts {
    pub verifier: Verifier,
    pub keys: Arc<JwksCache>,
    pub sessions: Option<Sessions>,
    /// The trusted origins, or `None` without the check.
    pub trusted_origins: Option<Vec<TrustedOrigin>>,
    pub failed_attempts: Option<FailedAttempts>,
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub unavailable_log: crate::unavailable_log::UnavailableLog,
    pub refresh: OnceLock<JoinHandle<()>>,
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let Some(refresh) = self.refresh.get() {
            refresh.abort();
        }
    }
}

impl Guard {
    pub(crate) fn new(parts: Parts) -> Self {
        let guard = Self(Arc::new(parts));
        if tokio::runtime::Handle::try_current().is_ok() {
            guard.start_refresh();
        }
        guard
    }

    /// Starts the refresh of the key set, once.
    fn start_refresh(&self) {
        self.0.refresh.get_or_init(|| {
            let keys = self.0.keys.clone();
            tokio::spawn(async move { keys.run_refresh_loop().await })
        });
    }

    /// Returns the parts, and starts the refresh of the key set.
    pub(crate) fn parts(&self) -> &Parts {
        self.start_refresh();
        &self.0
    }

    /// Returns the cache of public keys, for metrics and readiness.
    pub fn keys(&self) -> &JwksCache {
        &self.0.keys
    }

    /// Authenticates a request.
    ///
    /// # Errors
    /// The request has no valid credential, or the credential cannot be verified at the moment. See [`CredentialError`].
    pub async fn authenticate<'a>(
        &self,
        request: impl Into<RequestHead<'a>>,
    ) -> Result<Authenticated, CredentialError> {
        let request = request.into();
        self.start_refresh();
        let authenticated = self.verify(&request, Utc::now()).await.map_err(|error| self.count(&request, error))?;
        let is_forgeable = authenticated.kind() == CredentialKind::SessionCookie && !request.is_safe;
        match &self.0.trusted_origins {
            Some(origins) if is_forgeable && !request.origin.is_trusted(origins) => {
                Err(CredentialError::UntrustedOrigin)
            }
            _ => Ok(authenticated),
        }
    }

    /// Authenticates a request for a middleware, and logs why a credential cannot be verified (at most once a second).
    ///
    /// Returns `Ok(None)` if the credential is optional and missing.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) async fn admit(
        &self,
        request: RequestHead<'_>,
        is_optional: bool,
    ) -> Result<Option<Authenticated>, CredentialError> {
        let outcome = self.authenticate(request).await;
        if let Err(CredentialError::Unavailable(cause)) = &outcome {
            self.0.unavailable_log.log(cause);
        }
        match outcome {
            Err(CredentialError::Missing) if is_optional => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    async fn verify(&self, request: &RequestHead<'_>, now: DateTime<Utc>) -> Result<Authenticated, CredentialError> {
        let parts = &*self.0;
        let verified =
            parts.keys.verify(&parts.verifier, &request.credentials, now).await.map_err(|error| match error {
                VerifyError::Invalid(error) => CredentialError::Invalid(error),
                VerifyError::Undecided(UndecidedCredential { cause, .. }) => {
                    CredentialError::Unavailable(Unavailable(cause))
                }
            })?;
        let (kind, credential) = verified.ok_or(CredentialError::Missing)?;
        let token = match credential {
            Credential::User(user) => return Ok(Authenticated::new(user, kind, self.evidence(request))),
            Credential::Session(token) => token,
        };
        let Some(sessions) = &parts.sessions else {
            return Err(CredentialError::Unavailable(Unavailable("no session source is configured".to_owned())));
        };
        let record = sessions.find(&token).await.map_err(CredentialError::Unavailable)?;
        let user = token
            .verify_record(record.clone(), now)
            .map_err(|reason| CredentialError::Invalid(InvalidCredential { kind, reason }))?;
        Ok(Authenticated::new(user, kind, record.map_or(Evidence::CookieCache, Evidence::Session)))
    }

    /// Returns the payload of the JWT, or that the cookie cache authenticated the user.
    fn evidence(&self, request: &RequestHead<'_>) -> Evidence {
        match self.0.verifier.credential_text(&request.credentials) {
            Some(CredentialText::Bearer(token)) => Evidence::Jwt(token.split('.').nth(1).unwrap_or_default().into()),
            Some(CredentialText::Cookie(_)) | None => Evidence::CookieCache,
        }
    }

    /// Counts an invalid credential, and replaces the error beyond the limit.
    fn count(&self, request: &RequestHead<'_>, error: CredentialError) -> CredentialError {
        if let (CredentialError::Invalid(invalid), Some(attempts), Some(client)) =
            (&error, &self.0.failed_attempts, request.client)
            && !invalid.reason.is_expired()
            && let Err(retry_after) = attempts.count(client, Instant::now())
        {
            return CredentialError::TooManyFailures { retry_after };
        }
        error
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("policy", self.0.verifier.policy()).finish_non_exhaustive()
    }
}
