//! Selects and verifies a request's credential, without look-ups.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::authorization_mistake::AuthorizationMistake;
use crate::cookie::{CookieName, SessionToken};
use crate::cookie_cache::{CookieCacheContext, CookieCacheMode, CookieCacheSettings};
use crate::credential::Credential;
use crate::credential_kind::CredentialKind;
use crate::invalid_credential::{CredentialErrorReason, InvalidCredential};
use crate::jwe::JweKey;
use crate::jwt::{self, JwtRules, VerifiedClaims};
use crate::key_set::KeySet;
use crate::secret::Secret;
use crate::verified_token_cache::VerifiedTokenCache;

/// The maximum length of a credential. A Better Auth JWT has about 700 bytes, and more with a picture in a claim.
const MAX_CREDENTIAL_BYTES: usize = 16 * 1024;

/// The raw request headers that can contain a credential.
#[derive(Default)]
pub struct CredentialHeaders<'a> {
    /// All `Authorization` headers.
    pub authorization: Vec<&'a [u8]>,
    /// All `Cookie` headers.
    pub cookie: Vec<&'a [u8]>,
}

impl CredentialHeaders<'_> {
    /// Returns why `Authorization` counts as absent. `None`: it is absent, or a Bearer credential.
    pub fn unread_authorization(&self) -> Option<AuthorizationMistake> {
        let [value] = self.authorization.as_slice() else { return None };
        let value = std::str::from_utf8(value).ok()?;
        bearer_text(value).is_none().then(|| AuthorizationMistake::of_header(value.trim()))
    }
}

/// The raw text of the selected credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialText<'a> {
    /// The credential of `Authorization: Bearer`.
    Bearer(&'a str),
    /// The session cookie's value.
    Cookie(&'a str),
}

/// The settings for verifying credentials.
#[derive(Clone, Debug)]
pub struct AuthPolicy {
    /// Better Auth's secrets. The first is current; all of them verify signatures.
    pub secrets: Vec<Secret>,
    /// The rules for JWTs.
    pub jwt: JwtRules,
    /// The session cookie's name.
    pub cookie: CookieName,
    /// Whether to accept an unsigned session token as a Bearer credential.
    pub bearer_unsigned: bool,
    /// The settings of Better Auth's cookie cache.
    pub cookie_cache: CookieCacheSettings,
}

impl AuthPolicy {
    /// Creates a policy with Better Auth's defaults and these secrets.
    ///
    /// The cookie names have the prefix `better-auth` and no `__Secure-`. The cookie cache is off. JWTs follow [`JwtRules::new`]: set
    /// `jwt.audience` and `jwt.issuer` if a key set verifies them.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let secrets: Vec<Secret> = secrets.into_iter().collect();
        Self {
            jwt: JwtRules::new(&secrets),
            secrets,
            cookie: CookieName::new("better-auth", None, false),
            bearer_unsigned: false,
            cookie_cache: CookieCacheSettings {
                mode: CookieCacheMode::Off,
                cookie: CookieName::session_data("better-auth", false),
                version: "1".to_owned(),
            },
        }
    }
}

/// Verifies credentials with one policy, and caches verified tokens. Another policy needs a new verifier.
#[derive(Debug)]
pub struct Verifier {
    policy: AuthPolicy,
    jwe: Vec<JweKey>,
    jwt_cache: VerifiedTokenCache<VerifiedClaims>,
    cookie_cache: VerifiedTokenCache<()>,
}

impl Verifier {
    /// Creates a verifier with empty caches.
    pub fn new(policy: AuthPolicy) -> Self {
        let jwe = policy.secrets.iter().map(JweKey::derive).collect();
        Self { jwe, jwt_cache: VerifiedTokenCache::new(), cookie_cache: VerifiedTokenCache::new(), policy }
    }

    /// Returns the policy.
    pub fn policy(&self) -> &AuthPolicy {
        &self.policy
    }

    /// Verifies the Bearer credential, or the session cookie if there is none.
    ///
    /// Returns `Ok(None)` without a credential. The caller must look up a [`Credential::Session`].
    ///
    /// # Errors
    /// The selected credential is invalid. There is no fallback to the other kind. After [`CredentialErrorReason::UnknownKey`], the
    /// caller may retry with a refreshed key set.
    pub fn verify(
        &self,
        headers: &CredentialHeaders<'_>,
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<Option<(CredentialKind, Credential)>, InvalidCredential> {
        if let Some((kind, outcome)) = self.verify_bearer(&headers.authorization, keys, now) {
            return match outcome {
                Ok(credential) => Ok(Some((kind, credential))),
                Err(reason) => Err(InvalidCredential { kind, reason }),
            };
        }
        let Some(value) = self.policy.cookie.find(&headers.cookie) else { return Ok(None) };
        let kind = CredentialKind::SessionCookie;
        let outcome =
            self.verify_session_token(value).and_then(|token| self.resolve_session(token, &headers.cookie, keys, now));
        outcome.map(|credential| Some((kind, credential))).map_err(|reason| InvalidCredential { kind, reason })
    }

    /// Returns the text that [`Self::verify`] would verify, without checking it.
    ///
    /// Returns `None` without a credential, with an ambiguous `Authorization`, or with a credential longer than 16 KiB.
    pub fn credential_text<'a>(&self, headers: &CredentialHeaders<'a>) -> Option<CredentialText<'a>> {
        let bearer = match headers.authorization.as_slice() {
            [] => None,
            [value] => bearer_text(std::str::from_utf8(value).ok()?),
            _ => return None,
        };
        let cookie = || self.policy.cookie.find(&headers.cookie).map(CredentialText::Cookie);
        let text = bearer.map(CredentialText::Bearer).or_else(cookie)?;
        let (CredentialText::Bearer(value) | CredentialText::Cookie(value)) = text;
        (value.len() <= MAX_CREDENTIAL_BYTES).then_some(text)
    }

    /// Authenticates the user with the cookie cache.
    ///
    /// Otherwise returns the session token for the look-up.
    fn resolve_session(
        &self,
        token: SessionToken,
        cookies: &[&[u8]],
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<Credential, CredentialErrorReason> {
        let AuthPolicy { secrets, jwt, cookie_cache: settings, .. } = &self.policy;
        let mode = settings.mode;
        if mode == CookieCacheMode::Off {
            return Ok(Credential::Session(token));
        }
        let context = CookieCacheContext {
            secrets,
            jwe: &self.jwe,
            keys,
            algorithms: &jwt.algorithms,
            cache: &self.cookie_cache,
            version: &settings.version,
        };
        let copy = settings.cookie.find_joined(cookies).ok_or(CredentialErrorReason::NoSession);
        match copy.and_then(|value| token.verify_cached(&value, &context, now)) {
            Ok(user) => Ok(Credential::User(user)),
            // an invalid copy says nothing about the session, but a ban applies
            Err(reason) if mode == CookieCacheMode::ReplacesLookup && reason != CredentialErrorReason::Banned => {
                Ok(Credential::Session(token))
            }
            Err(reason) => Err(reason),
        }
    }

    /// Verifies a Bearer credential (RFC 6750 section 2.1), or returns `None` if there is none.
    ///
    /// The scheme is case-insensitive (RFC 9110 section 11.1).
    fn verify_bearer(
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
        if let Some(mistake) = AuthorizationMistake::of_credential(credential) {
            return Some((CredentialKind::BearerSession, Err(CredentialErrorReason::NotACredential(mistake))));
        }
        if has_jwt_form(credential) {
            let outcome = jwt::verify(credential, &self.policy.jwt, keys, &self.jwt_cache, now.timestamp());
            return Some((CredentialKind::Jwt, outcome.map(Credential::User)));
        }
        Some((CredentialKind::BearerSession, self.verify_bearer_session(credential).map(Credential::Session)))
    }

    fn verify_bearer_session(&self, credential: &str) -> Result<SessionToken, CredentialErrorReason> {
        if self.policy.cookie_cache.mode == CookieCacheMode::Required {
            return Err(CredentialErrorReason::NoSession); // Bearer requests have no session_data cookie
        }
        if self.policy.bearer_unsigned && credential.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(SessionToken::from_unsigned(credential, &self.policy.secrets));
        }
        self.verify_session_token(credential)
    }

    fn verify_session_token(&self, value: &str) -> Result<SessionToken, CredentialErrorReason> {
        if value.len() > MAX_CREDENTIAL_BYTES {
            return Err(CredentialErrorReason::TooLong);
        }
        match AuthorizationMistake::of_credential(value) {
            Some(mistake) => Err(CredentialErrorReason::NotACredential(mistake)),
            None => SessionToken::verify(value, &self.policy.secrets),
        }
    }
}

/// Returns the credential of the scheme `Bearer`, or `None` for another scheme.
fn bearer_text(value: &str) -> Option<&str> {
    let (scheme, credential) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Returns whether the text has the format of a JWT.
///
/// That is three base64url parts separated by dots. The first one decodes to text that starts with `{`.
fn has_jwt_form(credential: &str) -> bool {
    let parts: Vec<&str> = credential.split('.').collect();
    let base64url = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    parts.len() == 3
        && parts.iter().all(base64url)
        && URL_SAFE_NO_PAD.decode(parts[0]).is_ok_and(|header| header.first() == Some(&b'{'))
}
