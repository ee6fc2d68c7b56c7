//! Applies rate limits to a credential before it is verified.

use actix_web::dev::ServiceRequest;
use better_auth_guard::{CredentialHeaders, CredentialKind, SessionToken, UserId};

use crate::api::error::ApiResult;
use crate::limits::recent_credentials::{CredentialKey, CredentialOutcome};
use crate::middleware::request_context::RequestContext;
use crate::middleware::{access_log, rate_limit};
use crate::state::{AppState, RotatingSecrets};

/// The credential of one request during authentication.
pub(crate) struct CredentialAttempt<'a> {
    pub(crate) state: &'a AppState,
    pub(crate) secrets: &'a RotatingSecrets,
    pub(crate) request: &'a ServiceRequest,
    keys: Vec<CredentialKey>,
    /// Whether every key in `keys` is in the cache of recent credentials.
    is_cached: bool,
}

impl<'a> CredentialAttempt<'a> {
    pub(crate) fn new(state: &'a AppState, secrets: &'a RotatingSecrets, request: &'a ServiceRequest) -> Self {
        Self { state, secrets, request, keys: Vec::new(), is_cached: true }
    }

    /// Checks the limits of a recently verified credential before its signature is verified.
    ///
    /// # Errors
    /// 429: the credential's user exceeded `RATE_LIMIT`; or the credential was rejected, and the address exceeded `REFUSAL_LIMIT`.
    pub(crate) fn check_text_limit(&mut self, headers: &CredentialHeaders<'_>) -> ApiResult<()> {
        let Some(text) = self.secrets.verifier.credential_text(headers) else { return Ok(()) };
        self.check_limit(self.secrets.recent.key(text, self.state.keys.current().id()))
    }

    /// Checks the limits of a session token before its session is looked up.
    ///
    /// Different encodings of one credential share the session.
    ///
    /// # Errors
    /// As for [`check_text_limit`](Self::check_text_limit).
    pub(crate) fn check_session_limit(&mut self, token: &SessionToken) -> ApiResult<()> {
        self.check_limit(self.secrets.recent.session_key(token))
    }

    fn check_limit(&mut self, key: CredentialKey) -> ApiResult<()> {
        self.keys.push(key);
        let exceeded = match self.secrets.recent.get(key) {
            Some(CredentialOutcome::Accepted(user, kind)) => {
                let exceeded = self.state.user_limit.as_ref().and_then(|limiter| limiter.exhausted_user(&user));
                if exceeded.is_some() {
                    RequestContext::of(self.request).set_user(&user, kind);
                }
                exceeded
            }
            Some(CredentialOutcome::Rejected) => {
                let client = access_log::client_address(self.state, self.request.request());
                self.state.failed_auth_limit.as_ref().and_then(|limiter| limiter.exhausted_address(client))
            }
            None => {
                self.is_cached = false;
                None
            }
        };
        exceeded.map_or(Ok(()), |status| Err(rate_limit::exceeded(self.state, status)))
    }

    /// Caches the credential's user.
    pub(crate) fn cache_user(self, user: &UserId, kind: CredentialKind) {
        if !self.is_cached {
            self.secrets.recent.insert_accepted(self.keys, user.as_str(), kind);
        }
    }

    /// Caches the rejection of a credential from an address over its limit.
    pub(crate) fn cache_rejection(self) {
        self.keys.into_iter().for_each(|key| self.secrets.recent.insert_rejected(key));
    }
}
