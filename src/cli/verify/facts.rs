//! Looks up the facts of the explanation: the keys and the session.

use better_auth_guard::explain::{Explainer, Explanation, Facts, TokenMatch, Unknown};
use better_auth_guard::sessions::Unavailable;
use better_auth_guard::{
    CookieCacheMode, Credential, CredentialErrorReason, CredentialHeaders, InvalidCredential, KeySet, SessionRecord,
    SessionToken, Verifier,
};
use chrono::{DateTime, Utc};

use crate::cli::describe_sources;
use crate::cli::verify::setting_name;
use crate::config::{Config, KeySource, SessionSource};
use crate::db::Db;
use crate::jwks;
use crate::sessions::Sessions;

/// The input of the verification.
pub(crate) struct FactLookup<'a> {
    pub config: &'a Config,
    pub now: DateTime<Utc>,
    pub offline: bool,
    pub db: Db,
    pub sessions: Sessions,
}

impl FactLookup<'_> {
    /// Verifies the credential with the service's settings, and explains the result.
    pub(crate) async fn explain(&self, headers: &CredentialHeaders<'_>) -> Explanation {
        let auth = &self.config.auth;
        let verifier = auth.verifier();
        let keys = self.keys(&verifier, headers).await;
        let session = self.session(&verifier, headers, keys.as_ref().ok()).await;
        let mut facts = Facts { keys, session, token_match: TokenMatch::None, now: self.now };
        let names = setting_name::names(auth.jwt_secret.is_some());
        let explainer = Explainer::new(&verifier)
            .names(&names)
            .key_source(describe_sources::keys(&auth.keys))
            .session_source(describe_sources::sessions(self.config));
        let explanation = explainer.explain(headers, &facts);
        let Some(text) = explanation.token_to_match().filter(|_| !self.offline) else { return explanation };
        facts.token_match = self.match_token(text).await;
        explainer.explain(headers, &facts)
    }

    /// Loads the keys if the credential needs them.
    async fn keys(&self, verifier: &Verifier, headers: &CredentialHeaders<'_>) -> Result<KeySet, Unknown> {
        // a running service has loaded its keys; a cookie cache signed with one of them is invalid without the key set
        let has_cookie_cache = self.config.auth.cookie_cache.mode != CookieCacheMode::Off && !headers.cookie.is_empty();
        let keys = KeySet::default();
        match verifier.verify(headers, &keys, self.now) {
            Err(InvalidCredential { reason: CredentialErrorReason::UnknownKey, .. }) => self.load_keys().await,
            _ if has_cookie_cache => self.load_keys().await,
            _ => Ok(keys),
        }
    }

    async fn load_keys(&self) -> Result<KeySet, Unknown> {
        let mut source = self.config.auth.keys.clone();
        if self.offline && !matches!(source, KeySource::File(_)) {
            return Err(Unknown::Skipped {
                cause: "--offline is set".into(),
                change: "omit --offline, or pass the key set with --jwks FILE".into(),
            });
        }
        if let Some(missing) = describe_sources::missing_file(self.config) {
            source = describe_sources::without_table(source).ok_or(Unknown::Unavailable(missing))?;
        }
        let loaded = jwks::source(&source, self.db.clone()).load(None).await;
        loaded.map(|loaded| loaded.keys).map_err(Unknown::Unavailable)
    }

    /// Looks up the session if the credential needs it.
    async fn session(
        &self,
        verifier: &Verifier,
        headers: &CredentialHeaders<'_>,
        keys: Option<&KeySet>,
    ) -> Result<Option<SessionRecord>, Unknown> {
        match verifier.verify(headers, keys.unwrap_or(&KeySet::default()), self.now) {
            Ok(Some((_, Credential::Session(_)))) if self.offline => Err(Unknown::Skipped {
                cause: "--offline is set".into(),
                change: "omit --offline: a valid signature is not sufficient".into(),
            }),
            Ok(Some((_, Credential::Session(token)))) => {
                self.find(&token).await.map_err(|Unavailable(error)| Unknown::Unavailable(error))
            }
            _ => Ok(None),
        }
    }

    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        match (&self.config.auth.sessions, describe_sources::missing_file(self.config)) {
            (SessionSource::Database { .. }, Some(missing)) => Err(Unavailable(missing)),
            _ => self.sessions.find(token).await,
        }
    }

    /// Looks up whether the rejected text is a session's token or id.
    async fn match_token(&self, text: &str) -> TokenMatch {
        let bearer = format!("Bearer {text}");
        let headers = CredentialHeaders { authorization: vec![bearer.as_bytes()], ..CredentialHeaders::default() };
        // used only for the explanation, not for the outcome
        let unsigned = self.config.auth.session_verifier(true).verify(&headers, &KeySet::default(), self.now);
        let Ok(Some((_, Credential::Session(token)))) = unsigned else { return TokenMatch::None };
        match self.find(&token).await {
            Ok(Some(_)) => TokenMatch::Token,
            Ok(None) if matches!(self.config.auth.sessions, SessionSource::Database { .. }) => {
                match self.db.is_session_id(text.to_owned()).await {
                    Ok(true) => TokenMatch::SessionId,
                    Ok(false) | Err(_) => TokenMatch::None,
                }
            }
            Ok(None) | Err(_) => TokenMatch::None,
        }
    }
}
