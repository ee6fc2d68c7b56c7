//! Explains how a guard verifies a request.

use chrono::{DateTime, Utc};

use crate::cookie::SessionToken;
use crate::credential::Credential;
use crate::explain::explainer::Explainer;
use crate::explain::explanation::Explanation;
use crate::explain::facts::{Facts, TokenMatch, Unknown};
use crate::guard::Guard;
use crate::jwks::VerifyError;
use crate::request_head::RequestHead;
use crate::verifier::CredentialHeaders;

impl Guard {
    /// Verifies the credential of a request as [`Self::authenticate`] does, and explains the result.
    ///
    /// Looks up the keys and the session. The texts name the methods of [`GuardBuilder`](crate::GuardBuilder). For diagnostics only:
    /// does not check the origin, does not count invalid credentials, and looks up some rejected tokens.
    pub async fn explain<'a>(&self, request: impl Into<RequestHead<'a>>) -> Explanation {
        let request = request.into();
        let (parts, headers) = (self.parts(), &request.credentials);
        let mut facts = self.facts(headers, Utc::now()).await;
        let explain = |facts: &Facts| {
            let explainer = Explainer::new(&parts.verifier);
            let explainer = match parts.keys.location() {
                Some(location) => explainer.key_source(location.clone()),
                None => explainer,
            };
            explainer.explain(headers, facts)
        };
        let explanation = explain(&facts);
        let Some(text) = explanation.token_to_match() else { return explanation };
        let secrets = &parts.verifier.policy().secrets;
        if let Some(sessions) = &parts.sessions
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && let Ok(Some(_)) = sessions.find(&SessionToken::from_unsigned(text, secrets)).await
        {
            facts.token_match = TokenMatch::Token;
        }
        explain(&facts)
    }

    /// Looks up the facts that the credential needs.
    async fn facts(&self, headers: &CredentialHeaders<'_>, now: DateTime<Utc>) -> Facts {
        let parts = self.parts();
        let verified = parts.keys.verify(&parts.verifier, headers, now).await;
        let keys = match &verified {
            Err(VerifyError::Undecided(undecided)) => Err(Unknown::Unavailable(undecided.cause.clone())),
            Ok(_) | Err(VerifyError::Invalid(_)) => Ok((*parts.keys.current()).clone()),
        };
        let session = match (&verified, &parts.sessions) {
            (Ok(Some((_, Credential::Session(token)))), Some(sessions)) => {
                sessions.find(token).await.map_err(|error| Unknown::Unavailable(error.0))
            }
            (Ok(Some((_, Credential::Session(_)))), None) => {
                Err(Unknown::Unavailable("no session source is configured".to_owned()))
            }
            _ => Ok(None),
        };
        Facts { keys, session, token_match: TokenMatch::None, now }
    }
}
