//! Which credential a request presents, and the checks that need no look-up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::{CookieName, Credential, JwtRules, KeySet, Kind, Reason, Refusal, Secret, SessionToken, jwt};

/// No credential is longer (the contract; a Better Auth JWT has about 700 bytes).
const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// The raw headers of a request that can carry a credential.
#[derive(Default)]
pub struct Presented<'a> {
    /// Every `Authorization` header.
    pub authorization: Vec<&'a [u8]>,
    /// Every `Cookie` header.
    pub cookie: Vec<&'a [u8]>,
}

/// What is needed to judge a credential.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// Better Auth's secrets: the first is current, all verify.
    pub secrets: Vec<Secret>,
    /// The rules for JWTs.
    pub jwt: JwtRules,
    /// The session cookie's name.
    pub cookie: CookieName,
    /// Whether a bare session token is taken as a Bearer credential.
    pub bearer_unsigned: bool,
}

impl Verifier {
    /// Judges the first kind of credential that is present; a bad one is never papered over by another.
    ///
    /// `Ok(None)`: there is none. A `Session` still has to be looked up. A refusal with [`Reason::UnknownKey`] may be judged
    /// again with a fresher key set.
    pub fn judge(
        &self,
        presented: &Presented<'_>,
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<Option<(Kind, Credential)>, Refusal> {
        if let Some((kind, outcome)) = self.bearer(&presented.authorization, keys, now) {
            return match outcome {
                Ok(credential) => Ok(Some((kind, credential))),
                Err(reason) => Err(Refusal { kind, reason }),
            };
        }
        let Some(value) = self.cookie.find(&presented.cookie) else { return Ok(None) };
        let kind = Kind::SessionCookie;
        match self.session_token(value) {
            Ok(token) => Ok(Some((kind, Credential::Session(token)))),
            Err(reason) => Err(Refusal { kind, reason }),
        }
    }

    /// `None` where there is no Bearer credential (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1).
    fn bearer(
        &self,
        headers: &[&[u8]],
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Option<(Kind, Result<Credential, Reason>)> {
        let value = match headers {
            [] => return None,
            [value] => value,
            _ => return Some((Kind::Jwt, Err(Reason::AmbiguousHeader))),
        };
        let Ok(value) = std::str::from_utf8(value) else { return Some((Kind::Jwt, Err(Reason::AmbiguousHeader))) };
        let (scheme, credential) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let credential = credential.trim();
        if credential.is_empty() {
            return Some((Kind::Jwt, Err(Reason::EmptyBearer)));
        }
        if credential.len() > MAX_CREDENTIAL_BYTES {
            return Some((Kind::Jwt, Err(Reason::TooLong)));
        }
        if looks_like_jwt(credential) {
            let outcome = jwt::verify(credential, &self.jwt, keys, now.timestamp()).map(Credential::User);
            return Some((Kind::Jwt, outcome));
        }
        Some((Kind::BearerSession, self.bearer_session(credential).map(Credential::Session)))
    }

    fn bearer_session(&self, credential: &str) -> Result<SessionToken, Reason> {
        if self.bearer_unsigned && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(SessionToken::unsigned(credential, &self.secrets));
        }
        self.session_token(credential)
    }

    fn session_token(&self, value: &str) -> Result<SessionToken, Reason> {
        if value.len() > MAX_CREDENTIAL_BYTES {
            return Err(Reason::TooLong);
        }
        SessionToken::verify(value, &self.secrets)
    }
}

/// Three base64url parts separated by dots, the first a JSON object.
fn looks_like_jwt(credential: &str) -> bool {
    let parts: Vec<&str> = credential.split('.').collect();
    let base64url = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    parts.len() == 3
        && parts.iter().all(base64url)
        && URL_SAFE_NO_PAD.decode(parts[0]).is_ok_and(|header| header.first() == Some(&b'{'))
}
