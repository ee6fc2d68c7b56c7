//! The credential of one request, on its way through the authentication.

use actix_web::dev::ServiceRequest;

use crate::api::error::ApiResult;
use crate::auth::{CredentialHeaders, CredentialKind, SessionToken, UserId};
use crate::limits::recent_credentials::{CredentialKey, CredentialOutcome};
use crate::middleware::request_context::RequestContext;
use crate::middleware::{access_log, rate_limit};
use crate::state::{AppState, RotatingSecrets};

/// The credential of one request, on its way through the guard.
pub(crate) struct Attempt<'a> {
    pub(crate) state: &'a AppState,
    pub(crate) trust: &'a RotatingSecrets,
    pub(crate) request: &'a ServiceRequest,
    keys: Vec<CredentialKey>,
    is_remembered: bool,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(state: &'a AppState, trust: &'a RotatingSecrets, request: &'a ServiceRequest) -> Self {
        Self { state, trust, request, keys: Vec::new(), is_remembered: true }
    }

    /// Refuses the credential before its signature is checked, if it was judged recently and a limit is exceeded.
    ///
    /// # Errors
    /// 429: its user has exceeded `RATE_LIMIT`; or it was refused, and its address has exceeded `REFUSAL_LIMIT`.
    pub(crate) fn refuse_text(&mut self, presented: &CredentialHeaders<'_>) -> ApiResult<()> {
        let Some(text) = self.trust.verifier.credential_text(presented) else { return Ok(()) };
        self.refuse(self.trust.recent.key(text, self.state.keys.current().id()))
    }

    /// Refuses a session token before its session is looked up: other encodings of a credential share the session.
    ///
    /// # Errors
    /// As of [`refuse_text`](Self::refuse_text).
    pub(crate) fn refuse_session(&mut self, token: &SessionToken) -> ApiResult<()> {
        self.refuse(self.trust.recent.session_key(token))
    }

    fn refuse(&mut self, key: CredentialKey) -> ApiResult<()> {
        self.keys.push(key);
        let exceeded = match self.trust.recent.get(key) {
            Some(CredentialOutcome::Accepted(user, kind)) => {
                let exceeded = self.state.user_limit.as_ref().and_then(|limiter| limiter.exhausted_user(&user));
                if exceeded.is_some() {
                    RequestContext::of(self.request).set_user(&user, kind);
                }
                exceeded
            }
            Some(CredentialOutcome::Rejected) => {
                let client = access_log::client(self.state, self.request.request());
                self.state.refusal_limit.as_ref().and_then(|limiter| limiter.exhausted_address(client))
            }
            None => {
                self.is_remembered = false;
                None
            }
        };
        exceeded.map_or(Ok(()), |standing| Err(rate_limit::exceeded(self.state, standing)))
    }

    /// Remembers the user that this credential has proved.
    pub(crate) fn remember(self, user: &UserId, kind: CredentialKind) {
        if !self.is_remembered {
            self.trust.recent.insert_accepted(self.keys, user.as_str(), kind);
        }
    }

    /// Remembers that this credential was refused to an address over its limit.
    pub(crate) fn remember_refusal(self) {
        self.keys.into_iter().for_each(|key| self.trust.recent.insert_rejected(key));
    }
}
