//! Which credential a request presents, and the checks that need no look-up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::auth::cookie::{CookieName, SessionToken};
use crate::auth::cookie_cache::{CookieCacheContext, CookieCacheMode, CookieCacheSettings};
use crate::auth::credential::Credential;
use crate::auth::credential_error::{CredentialError, CredentialErrorReason};
use crate::auth::credential_kind::CredentialKind;
use crate::auth::jwe::JweKey;
use crate::auth::jwt::{self, JwtRules, VerifiedClaims};
use crate::auth::key_set::KeySet;
use crate::auth::secret::Secret;
use crate::auth::verified_token_cache::VerifiedTokenCache;

/// No credential is longer (the contract; a Better Auth JWT has about 700 bytes).
const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// The raw headers of a request that can carry a credential.
#[derive(Default)]
pub struct CredentialHeaders<'a> {
    /// Every `Authorization` header.
    pub authorization: Vec<&'a [u8]>,
    /// Every `Cookie` header.
    pub cookie: Vec<&'a [u8]>,
}

/// The text of the credential that decides, as it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialText<'a> {
    /// `Authorization: Bearer` with this.
    Bearer(&'a str),
    /// The session cookie's value.
    Cookie(&'a str),
}

/// What a credential must fulfil.
#[derive(Clone, Debug)]
pub struct AuthPolicy {
    /// Better Auth's secrets: the first is current, all verify.
    pub secrets: Vec<Secret>,
    /// The rules for JWTs.
    pub jwt: JwtRules,
    /// The session cookie's name.
    pub cookie: CookieName,
    /// Whether a bare session token is taken as a Bearer credential.
    pub bearer_unsigned: bool,
    /// What is made of Better Auth's cookie cache.
    pub session_data: CookieCacheSettings,
}

/// Judges credentials by its rules, and remembers for a while which ones were good: other rules need another verifier.
#[derive(Debug)]
pub struct Verifier {
    rules: AuthPolicy,
    jwe: Vec<JweKey>,
    tokens: VerifiedTokenCache<VerifiedClaims>,
    copies: VerifiedTokenCache<()>,
}

impl Verifier {
    /// A verifier by these rules.
    pub fn new(rules: AuthPolicy) -> Self {
        let jwe = rules.secrets.iter().map(JweKey::derive).collect();
        Self { jwe, tokens: VerifiedTokenCache::new(), copies: VerifiedTokenCache::new(), rules }
    }

    /// The rules it judges by.
    pub fn rules(&self) -> &AuthPolicy {
        &self.rules
    }

    /// Judges the first kind of credential that is present; a bad one is never papered over by another.
    ///
    /// `Ok(None)`: there is none. A `Session` still has to be looked up. A refusal with [`CredentialErrorReason::UnknownKey`] may be judged
    /// again with a fresher key set.
    pub fn verify(
        &self,
        presented: &CredentialHeaders<'_>,
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<Option<(CredentialKind, Credential)>, CredentialError> {
        if let Some((kind, outcome)) = self.bearer(&presented.authorization, keys, now) {
            return match outcome {
                Ok(credential) => Ok(Some((kind, credential))),
                Err(reason) => Err(CredentialError { kind, reason }),
            };
        }
        let Some(value) = self.rules.cookie.find(&presented.cookie) else { return Ok(None) };
        let kind = CredentialKind::SessionCookie;
        let outcome = self.session_token(value).and_then(|token| self.session(token, &presented.cookie, keys, now));
        outcome.map(|credential| Some((kind, credential))).map_err(|reason| CredentialError { kind, reason })
    }

    /// Finds the text that `judge` judges, and checks nothing. `None` where there is no such text, or it is too long.
    pub fn credential_text<'a>(&self, presented: &CredentialHeaders<'a>) -> Option<CredentialText<'a>> {
        let bearer = match presented.authorization.as_slice() {
            [] => None,
            [value] => bearer_text(std::str::from_utf8(value).ok()?),
            _ => return None,
        };
        let cookie = || self.rules.cookie.find(&presented.cookie).map(CredentialText::Cookie);
        let text = bearer.map(CredentialText::Bearer).or_else(cookie)?;
        let (CredentialText::Bearer(value) | CredentialText::Cookie(value)) = text;
        (value.len() <= MAX_CREDENTIAL_BYTES).then_some(text)
    }

    /// What a good session token comes to, with the cookies beside it.
    fn session(
        &self,
        token: SessionToken,
        cookies: &[&[u8]],
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<Credential, CredentialErrorReason> {
        let AuthPolicy { secrets, jwt, session_data, .. } = &self.rules;
        let role = session_data.role;
        if role == CookieCacheMode::Ignored {
            return Ok(Credential::Session(token));
        }
        let means = CookieCacheContext {
            secrets,
            jwe: &self.jwe,
            keys,
            algorithms: &jwt.algorithms,
            verified: &self.copies,
            version: &session_data.version,
        };
        let copy = session_data.cookie.find_whole(cookies).ok_or(CredentialErrorReason::NoSession);
        match copy.and_then(|value| token.verify_cached(&value, &means, now)) {
            Ok(user) => Ok(Credential::User(user)),
            // a copy that is no good says nothing about the session, save that the user is banned
            Err(reason) if role == CookieCacheMode::SavesLookUp && reason != CredentialErrorReason::Banned => {
                Ok(Credential::Session(token))
            }
            Err(reason) => Err(reason),
        }
    }

    /// `None` where there is no Bearer credential (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1).
    fn bearer(
        &self,
        headers: &[&[u8]],
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Option<(CredentialKind, Result<Credential, CredentialErrorReason>)> {
        let value = match headers {
            [] => return None,
            [value] => value,
            _ => return Some((CredentialKind::Jwt, Err(CredentialErrorReason::AmbiguousHeader))),
        };
        let Ok(value) = std::str::from_utf8(value) else {
            return Some((CredentialKind::Jwt, Err(CredentialErrorReason::AmbiguousHeader)));
        };
        let credential = bearer_text(value)?;
        if credential.is_empty() {
            return Some((CredentialKind::Jwt, Err(CredentialErrorReason::EmptyBearer)));
        }
        if credential.len() > MAX_CREDENTIAL_BYTES {
            return Some((CredentialKind::Jwt, Err(CredentialErrorReason::TooLong)));
        }
        if has_jwt_form(credential) {
            let outcome = jwt::verify(credential, &self.rules.jwt, keys, &self.tokens, now.timestamp());
            return Some((CredentialKind::Jwt, outcome.map(Credential::User)));
        }
        Some((CredentialKind::BearerSession, self.bearer_session(credential).map(Credential::Session)))
    }

    fn bearer_session(&self, credential: &str) -> Result<SessionToken, CredentialErrorReason> {
        if self.rules.session_data.role == CookieCacheMode::IsTheSession {
            return Err(CredentialErrorReason::NoSession); // it comes without the cookie that would tell whose it is
        }
        if self.rules.bearer_unsigned && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(SessionToken::unsigned(credential, &self.rules.secrets));
        }
        self.session_token(credential)
    }

    fn session_token(&self, value: &str) -> Result<SessionToken, CredentialErrorReason> {
        if value.len() > MAX_CREDENTIAL_BYTES {
            return Err(CredentialErrorReason::TooLong);
        }
        SessionToken::verify(value, &self.rules.secrets)
    }
}

/// The credential of this scheme, `None` where it is another one.
fn bearer_text(value: &str) -> Option<&str> {
    let (scheme, credential) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Three base64url parts separated by dots, the first a JSON object.
fn has_jwt_form(credential: &str) -> bool {
    let parts: Vec<&str> = credential.split('.').collect();
    let base64url = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    parts.len() == 3
        && parts.iter().all(base64url)
        && URL_SAFE_NO_PAD.decode(parts[0]).is_ok_and(|header| header.first() == Some(&b'{'))
}
