//! The verdict, by the guard's own checks in the guard's own order; and what is looked up besides, to explain a refusal.

use chrono::{DateTime, Utc};

use super::super::places;
use super::header::Header;
use crate::auth::{
    Credential, KeySet, Kind, Presented, Reason, Refusal, SessionData, SessionRecord, SessionToken, UserId,
};
use crate::config::{Config, KeySource, SessionSource};
use crate::keys;
use crate::sessions::{Sessions, Unavailable};
use crate::store::Db;

/// What it came to.
pub(super) enum Outcome {
    Accepted(UserId),
    Refused(Reason),
    /// There is no credential.
    Absent,
    /// It cannot be told.
    Unknown(Lack),
}

/// Why it cannot be told.
pub(super) enum Lack {
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
pub(super) enum Trace {
    NotAsked,
    Nothing,
    Token,
    SessionId,
}

/// A verdict, and what is needed to explain it.
pub(super) struct Verdict {
    pub kind: Option<Kind>,
    pub outcome: Outcome,
    /// A session token whose signature is good.
    pub token: Option<SessionToken>,
    /// What was found for it.
    pub record: Option<SessionRecord>,
    /// The keys that were used.
    pub keys: KeySet,
    /// Whether it is about the cookie `session_data`, and not about the token beside it.
    pub is_of_copy: bool,
    pub trace: Trace,
}

impl Verdict {
    fn new(kind: Option<Kind>, outcome: Outcome) -> Self {
        Self {
            kind,
            outcome,
            token: None,
            record: None,
            keys: KeySet::default(),
            is_of_copy: false,
            trace: Trace::NotAsked,
        }
    }
}

/// What verdicts are come to with.
pub(super) struct Case<'a> {
    pub config: &'a Config,
    pub header: &'a Header,
    pub now: DateTime<Utc>,
    pub offline: bool,
    pub db: Db,
    pub sessions: Sessions,
}

impl Case<'_> {
    pub(super) async fn judge(&self) -> Verdict {
        let verifier = self.config.auth.verifier();
        let presented = self.header.presented();
        let mut keys = KeySet::default();
        // the service has keys when a request comes; without them such a copy is not believed
        if self.config.auth.session_data.role != SessionData::Ignored
            && !presented.cookie.is_empty()
            && let Ok(found) = self.keys().await
        {
            keys = found;
        }
        let mut judged = verifier.judge(&presented, &keys, self.now);
        if let Err(Refusal { kind, reason: Reason::UnknownKey }) = judged {
            keys = match self.keys().await {
                Ok(keys) => keys,
                Err(lack) => return Verdict::new(Some(kind), Outcome::Unknown(lack)),
            };
            judged = verifier.judge(&presented, &keys, self.now);
        }
        let verdict = match judged {
            Ok(None) => Verdict::new(None, Outcome::Absent),
            Ok(Some((kind, Credential::User(user)))) => Verdict {
                is_of_copy: kind == Kind::SessionCookie,
                token: self.token(&presented),
                ..Verdict::new(Some(kind), Outcome::Accepted(user))
            },
            Ok(Some((kind, Credential::Session(token)))) => self.look_up(kind, token).await,
            Err(Refusal { kind, reason }) => {
                let token = self.token(&presented);
                let is_of_copy = token.is_some();
                Verdict { is_of_copy, token, ..Verdict::new(Some(kind), Outcome::Refused(reason)) }
            }
        };
        let trace = self.trace(&verdict).await;
        Verdict { keys, trace, ..verdict }
    }

    async fn look_up(&self, kind: Kind, token: SessionToken) -> Verdict {
        let (mut record, mut outcome) = (None, Outcome::Unknown(Lack::OfflineSession));
        if !self.offline {
            outcome = match self.find(&token).await {
                Err(Unavailable(why)) => Outcome::Unknown(Lack::Sessions(why)),
                Ok(found) => {
                    record.clone_from(&found);
                    token.judge(found, self.now).map_or_else(Outcome::Refused, Outcome::Accepted)
                }
            };
        }
        Verdict { token: Some(token), record, ..Verdict::new(Some(kind), outcome) }
    }

    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        match (&self.config.auth.sessions, places::missing_file(self.config)) {
            (SessionSource::Database { .. }, Some(missing)) => Err(Unavailable(missing)),
            _ => self.sessions.find(token).await,
        }
    }

    async fn keys(&self) -> Result<KeySet, Lack> {
        let mut source = self.config.auth.keys.clone();
        if self.offline && !matches!(source, KeySource::File(_)) {
            return Err(Lack::OfflineKeys);
        }
        if let Some(missing) = places::missing_file(self.config) {
            source = places::without_table(source).ok_or(Lack::Keys(missing))?;
        }
        keys::look(&source, &self.db).await.map(|found| found.keys).map_err(Lack::Keys)
    }

    /// The session token that is presented, if its signature is good and whatever stands beside it.
    fn token(&self, presented: &Presented<'_>) -> Option<SessionToken> {
        // its verdicts explain those of the guard, and are none
        match self.config.auth.session_verifier(false).judge(presented, &KeySet::default(), self.now) {
            Ok(Some((_, Credential::Session(token)))) => Some(token),
            _ => None,
        }
    }

    /// What was presented in place of a session's token, asked for where sessions are.
    async fn trace(&self, verdict: &Verdict) -> Trace {
        let is_asked =
            matches!(verdict.outcome, Outcome::Refused(Reason::Malformed | Reason::BadSignature | Reason::NoSession))
                && matches!(verdict.kind, Some(Kind::BearerSession | Kind::SessionCookie))
                && !verdict.is_of_copy
                && self.config.auth.sessions != SessionSource::Cookie
                && !self.offline;
        let Some(text) = self.header.credential(&self.config.auth.cookie).filter(|_| is_asked) else {
            return Trace::NotAsked;
        };
        let text = text.split('.').next().unwrap_or_default();
        let bearer = format!("Bearer {text}");
        let presented = Presented { authorization: vec![bearer.as_bytes()], ..Presented::default() };
        let unsigned = self.config.auth.session_verifier(true).judge(&presented, &KeySet::default(), self.now);
        let Ok(Some((_, Credential::Session(token)))) = unsigned else { return Trace::Nothing };
        match self.find(&token).await {
            Ok(Some(_)) => Trace::Token,
            Err(_) => Trace::NotAsked,
            Ok(None) if !matches!(self.config.auth.sessions, SessionSource::Database { .. }) => Trace::Nothing,
            Ok(None) => match self.db.is_session_id(text.to_owned()).await {
                Ok(true) => Trace::SessionId,
                Ok(false) => Trace::Nothing,
                Err(_) => Trace::NotAsked,
            },
        }
    }
}
