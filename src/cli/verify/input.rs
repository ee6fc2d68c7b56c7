//! Verifies the credential with the service's own checks, in the same order. Looks up further facts to explain a rejection.

use better_auth_guard::sessions::Unavailable;
use better_auth_guard::{
    CookieCacheMode, Credential, CredentialErrorReason, CredentialHeaders, CredentialKind, InvalidCredential, KeySet,
    SessionRecord, SessionToken, UserId,
};
use chrono::{DateTime, Utc};

use crate::cli::describe_sources;
use crate::cli::verify::header::Header;
use crate::config::{Config, KeySource, SessionSource};
use crate::db::Db;
use crate::jwks;
use crate::sessions::Sessions;

/// The result of the verification.
pub(crate) enum Outcome {
    Accepted(UserId),
    Rejected(CredentialErrorReason),
    /// The header contains no credential.
    Missing,
    /// The service could not decide.
    Unknown(Unknown),
}

/// The reason why the result is unknown.
pub(crate) enum Unknown {
    /// A key must be fetched, but `--offline` is set.
    OfflineKeys,
    /// The session must be looked up, but `--offline` is set.
    OfflineSession,
    /// The key set is unavailable. Contains the error text.
    Keys(String),
    /// Sessions are unavailable. Contains the error text.
    Sessions(String),
}

/// The stored value that matches the presented session token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenMatch {
    /// No look-up was made, or it failed.
    NotChecked,
    None,
    Token,
    SessionId,
}

/// The result of the verification, with the facts that explain it.
pub(crate) struct Verification {
    pub kind: Option<CredentialKind>,
    pub outcome: Outcome,
    /// The session token, if its signature is valid.
    pub token: Option<SessionToken>,
    /// The session record of `token`.
    pub record: Option<SessionRecord>,
    /// The key set used for the verification.
    pub keys: KeySet,
    /// Whether the outcome is that of the cookie `session_data`, not of the session token.
    pub is_cookie_cache: bool,
    pub token_match: TokenMatch,
}

impl Verification {
    fn new(kind: Option<CredentialKind>, outcome: Outcome) -> Self {
        Self {
            kind,
            outcome,
            token: None,
            record: None,
            keys: KeySet::default(),
            is_cookie_cache: false,
            token_match: TokenMatch::NotChecked,
        }
    }
}

/// The input of the verification.
pub(crate) struct VerificationInput<'a> {
    pub config: &'a Config,
    pub header: &'a Header,
    pub now: DateTime<Utc>,
    pub offline: bool,
    pub db: Db,
    pub sessions: Sessions,
}

impl VerificationInput<'_> {
    pub(crate) async fn verify(&self) -> Verification {
        let verifier = self.config.auth.verifier();
        let headers = self.header.credential_headers();
        let mut keys = KeySet::default();
        // a running service has loaded its keys; a cookie cache signed with one of them is invalid without the key set
        if self.config.auth.cookie_cache.mode != CookieCacheMode::Off
            && !headers.cookie.is_empty()
            && let Ok(loaded) = self.load_keys().await
        {
            keys = loaded;
        }
        let mut result = verifier.verify(&headers, &keys, self.now);
        if let Err(InvalidCredential { kind, reason: CredentialErrorReason::UnknownKey }) = result {
            keys = match self.load_keys().await {
                Ok(keys) => keys,
                Err(unknown) => return Verification::new(Some(kind), Outcome::Unknown(unknown)),
            };
            result = verifier.verify(&headers, &keys, self.now);
        }
        let verification = match result {
            Ok(None) => Verification::new(None, Outcome::Missing),
            Ok(Some((kind, Credential::User(user)))) => Verification {
                is_cookie_cache: kind == CredentialKind::SessionCookie,
                token: self.signed_token(&headers),
                ..Verification::new(Some(kind), Outcome::Accepted(user))
            },
            Ok(Some((kind, Credential::Session(token)))) => self.look_up(kind, token).await,
            Err(InvalidCredential { kind, reason }) => {
                let token = self.signed_token(&headers);
                let is_cookie_cache = token.is_some();
                Verification { is_cookie_cache, token, ..Verification::new(Some(kind), Outcome::Rejected(reason)) }
            }
        };
        let token_match = self.match_token(&verification).await;
        Verification { keys, token_match, ..verification }
    }

    async fn look_up(&self, kind: CredentialKind, token: SessionToken) -> Verification {
        let (mut record, mut outcome) = (None, Outcome::Unknown(Unknown::OfflineSession));
        if !self.offline {
            outcome = match self.find(&token).await {
                Err(Unavailable(error)) => Outcome::Unknown(Unknown::Sessions(error)),
                Ok(stored) => {
                    record.clone_from(&stored);
                    token.verify_record(stored, self.now).map_or_else(Outcome::Rejected, Outcome::Accepted)
                }
            };
        }
        Verification { token: Some(token), record, ..Verification::new(Some(kind), outcome) }
    }

    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        match (&self.config.auth.sessions, describe_sources::missing_file(self.config)) {
            (SessionSource::Database { .. }, Some(missing)) => Err(Unavailable(missing)),
            _ => self.sessions.find(token).await,
        }
    }

    async fn load_keys(&self) -> Result<KeySet, Unknown> {
        let mut source = self.config.auth.keys.clone();
        if self.offline && !matches!(source, KeySource::File(_)) {
            return Err(Unknown::OfflineKeys);
        }
        if let Some(missing) = describe_sources::missing_file(self.config) {
            source = describe_sources::without_table(source).ok_or(Unknown::Keys(missing))?;
        }
        jwks::source(&source, self.db.clone()).load(None).await.map(|loaded| loaded.keys).map_err(Unknown::Keys)
    }

    /// Returns the session token if its signature is valid. Ignores all other credentials.
    fn signed_token(&self, headers: &CredentialHeaders<'_>) -> Option<SessionToken> {
        // used only for the explanation, not for the outcome
        match self.config.auth.session_verifier(false).verify(headers, &KeySet::default(), self.now) {
            Ok(Some((_, Credential::Session(token)))) => Some(token),
            _ => None,
        }
    }

    /// Looks up whether the rejected text is a session's token or id.
    async fn match_token(&self, verification: &Verification) -> TokenMatch {
        let should_look_up =
            matches!(
                verification.outcome,
                Outcome::Rejected(
                    CredentialErrorReason::Malformed
                        | CredentialErrorReason::BadSignature
                        | CredentialErrorReason::NoSession
                )
            ) && matches!(verification.kind, Some(CredentialKind::BearerSession | CredentialKind::SessionCookie))
                && !verification.is_cookie_cache
                && self.config.auth.sessions != SessionSource::Cookie
                && !self.offline;
        let Some(text) = self.header.credential(&self.config.auth.cookie).filter(|_| should_look_up) else {
            return TokenMatch::NotChecked;
        };
        let text = text.split('.').next().unwrap_or_default();
        let bearer = format!("Bearer {text}");
        let headers = CredentialHeaders { authorization: vec![bearer.as_bytes()], ..CredentialHeaders::default() };
        let unsigned = self.config.auth.session_verifier(true).verify(&headers, &KeySet::default(), self.now);
        let Ok(Some((_, Credential::Session(token)))) = unsigned else { return TokenMatch::None };
        match self.find(&token).await {
            Ok(Some(_)) => TokenMatch::Token,
            Err(_) => TokenMatch::NotChecked,
            Ok(None) if !matches!(self.config.auth.sessions, SessionSource::Database { .. }) => TokenMatch::None,
            Ok(None) => match self.db.is_session_id(text.to_owned()).await {
                Ok(true) => TokenMatch::SessionId,
                Ok(false) => TokenMatch::None,
                Err(_) => TokenMatch::NotChecked,
            },
        }
    }
}
