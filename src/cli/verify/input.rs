//! The verdict, by the guard's own checks in the guard's own order; and what is looked up besides, to explain a refusal.

use chrono::{DateTime, Utc};

use crate::auth::{
    CookieCacheMode, Credential, CredentialError, CredentialErrorReason, CredentialHeaders, CredentialKind, KeySet,
    SessionRecord, SessionToken, UserId,
};
use crate::cli::describe_sources;
use crate::cli::verify::header::Header;
use crate::config::{Config, KeySource, SessionSource};
use crate::db::Db;
use crate::jwks;
use crate::sessions::{Sessions, Unavailable};

/// What it came to.
pub(crate) enum Outcome {
    Accepted(UserId),
    Refused(CredentialErrorReason),
    /// There is no credential.
    Absent,
    /// It cannot be told.
    Unknown(Unknown),
}

/// Why it cannot be told.
pub(crate) enum Unknown {
    /// `--offline`, and keys would have to be fetched.
    OfflineKeys,
    /// `--offline`, and the session would have to be looked up.
    OfflineSession,
    /// The key set cannot be had, and why.
    Keys(String),
    /// Sessions cannot be looked up, and why.
    Sessions(String),
}

/// What the place of sessions knows of a text that was presented as a session's token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenTrace {
    NotAsked,
    Nothing,
    Token,
    SessionId,
}

/// A verdict, and what is needed to explain it.
pub(crate) struct Verification {
    pub kind: Option<CredentialKind>,
    pub outcome: Outcome,
    /// A session token whose signature is good.
    pub token: Option<SessionToken>,
    /// What was found for it.
    pub record: Option<SessionRecord>,
    /// The keys that were used.
    pub keys: KeySet,
    /// Whether it is about the cookie `session_data`, and not about the token beside it.
    pub is_of_copy: bool,
    pub trace: TokenTrace,
}

impl Verification {
    fn new(kind: Option<CredentialKind>, outcome: Outcome) -> Self {
        Self {
            kind,
            outcome,
            token: None,
            record: None,
            keys: KeySet::default(),
            is_of_copy: false,
            trace: TokenTrace::NotAsked,
        }
    }
}

/// What verdicts are come to with.
pub(crate) struct VerificationInput<'a> {
    pub config: &'a Config,
    pub header: &'a Header,
    pub now: DateTime<Utc>,
    pub offline: bool,
    pub db: Db,
    pub sessions: Sessions,
}

impl VerificationInput<'_> {
    pub(crate) async fn judge(&self) -> Verification {
        let verifier = self.config.auth.verifier();
        let presented = self.header.presented();
        let mut keys = KeySet::default();
        // the service has keys when a request comes; without them such a copy is not believed
        if self.config.auth.session_data.mode != CookieCacheMode::Off
            && !presented.cookie.is_empty()
            && let Ok(found) = self.keys().await
        {
            keys = found;
        }
        let mut judged = verifier.verify(&presented, &keys, self.now);
        if let Err(CredentialError { kind, reason: CredentialErrorReason::UnknownKey }) = judged {
            keys = match self.keys().await {
                Ok(keys) => keys,
                Err(lack) => return Verification::new(Some(kind), Outcome::Unknown(lack)),
            };
            judged = verifier.verify(&presented, &keys, self.now);
        }
        let verdict = match judged {
            Ok(None) => Verification::new(None, Outcome::Absent),
            Ok(Some((kind, Credential::User(user)))) => Verification {
                is_of_copy: kind == CredentialKind::SessionCookie,
                token: self.token(&presented),
                ..Verification::new(Some(kind), Outcome::Accepted(user))
            },
            Ok(Some((kind, Credential::Session(token)))) => self.look_up(kind, token).await,
            Err(CredentialError { kind, reason }) => {
                let token = self.token(&presented);
                let is_of_copy = token.is_some();
                Verification { is_of_copy, token, ..Verification::new(Some(kind), Outcome::Refused(reason)) }
            }
        };
        let trace = self.trace(&verdict).await;
        Verification { keys, trace, ..verdict }
    }

    async fn look_up(&self, kind: CredentialKind, token: SessionToken) -> Verification {
        let (mut record, mut outcome) = (None, Outcome::Unknown(Unknown::OfflineSession));
        if !self.offline {
            outcome = match self.find(&token).await {
                Err(Unavailable(why)) => Outcome::Unknown(Unknown::Sessions(why)),
                Ok(found) => {
                    record.clone_from(&found);
                    token.verify_record(found, self.now).map_or_else(Outcome::Refused, Outcome::Accepted)
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

    async fn keys(&self) -> Result<KeySet, Unknown> {
        let mut source = self.config.auth.keys.clone();
        if self.offline && !matches!(source, KeySource::File(_)) {
            return Err(Unknown::OfflineKeys);
        }
        if let Some(missing) = describe_sources::missing_file(self.config) {
            source = describe_sources::without_table(source).ok_or(Unknown::Keys(missing))?;
        }
        jwks::load_once(&source, &self.db).await.map(|found| found.keys).map_err(Unknown::Keys)
    }

    /// The session token that is presented, if its signature is good and whatever stands beside it.
    fn token(&self, presented: &CredentialHeaders<'_>) -> Option<SessionToken> {
        // its verdicts explain those of the guard, and are none
        match self.config.auth.session_verifier(false).verify(presented, &KeySet::default(), self.now) {
            Ok(Some((_, Credential::Session(token)))) => Some(token),
            _ => None,
        }
    }

    /// What was presented in place of a session's token, asked for where sessions are.
    async fn trace(&self, verdict: &Verification) -> TokenTrace {
        let is_asked = matches!(
            verdict.outcome,
            Outcome::Refused(
                CredentialErrorReason::Malformed
                    | CredentialErrorReason::BadSignature
                    | CredentialErrorReason::NoSession
            )
        ) && matches!(verdict.kind, Some(CredentialKind::BearerSession | CredentialKind::SessionCookie))
            && !verdict.is_of_copy
            && self.config.auth.sessions != SessionSource::Cookie
            && !self.offline;
        let Some(text) = self.header.credential(&self.config.auth.cookie).filter(|_| is_asked) else {
            return TokenTrace::NotAsked;
        };
        let text = text.split('.').next().unwrap_or_default();
        let bearer = format!("Bearer {text}");
        let presented = CredentialHeaders { authorization: vec![bearer.as_bytes()], ..CredentialHeaders::default() };
        let unsigned = self.config.auth.session_verifier(true).verify(&presented, &KeySet::default(), self.now);
        let Ok(Some((_, Credential::Session(token)))) = unsigned else { return TokenTrace::Nothing };
        match self.find(&token).await {
            Ok(Some(_)) => TokenTrace::Token,
            Err(_) => TokenTrace::NotAsked,
            Ok(None) if !matches!(self.config.auth.sessions, SessionSource::Database { .. }) => TokenTrace::Nothing,
            Ok(None) => match self.db.is_session_id(text.to_owned()).await {
                Ok(true) => TokenTrace::SessionId,
                Ok(false) => TokenTrace::Nothing,
                Err(_) => TokenTrace::NotAsked,
            },
        }
    }
}
