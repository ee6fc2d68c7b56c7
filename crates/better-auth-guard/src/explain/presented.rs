//! The credential that the request presents, unverified.

use crate::cookie::CookieName;
use crate::credential_kind::CredentialKind;
use crate::verifier::CredentialHeaders;

/// The credential that the verifier reads. It is unverified.
pub(crate) enum Presented<'a> {
    /// The text after the scheme of `Authorization`. Empty if the header is ambiguous or has only a scheme.
    Authorization(&'a str),
    /// The session cookie's value. Empty without this cookie.
    Cookie(&'a str),
}

impl<'a> Presented<'a> {
    /// Selects the credential as the verifier does. Without one, selects the cookies, then `Authorization`.
    pub(crate) fn select(
        headers: &CredentialHeaders<'a>,
        cookie: &CookieName,
        kind: Option<CredentialKind>,
    ) -> Presented<'a> {
        let is_cookie = match kind {
            Some(CredentialKind::SessionCookie) => true,
            Some(CredentialKind::Jwt | CredentialKind::BearerSession) => false,
            None => headers.authorization.is_empty() || !headers.cookie.is_empty(),
        };
        if is_cookie {
            return Self::Cookie(cookie.find(&headers.cookie).unwrap_or_default());
        }
        let [value] = headers.authorization.as_slice() else { return Self::Authorization("") };
        let credential = std::str::from_utf8(value).ok().and_then(|value| value.trim().split_once(' '));
        Self::Authorization(credential.map_or("", |(_, credential)| credential.trim()))
    }

    /// Returns the credential.
    pub(crate) fn text(&self) -> &'a str {
        match self {
            Self::Authorization(text) | Self::Cookie(text) => text,
        }
    }

    /// Returns whether the credential is in a cookie.
    pub(crate) fn is_cookie(&self) -> bool {
        matches!(self, Self::Cookie(_))
    }
}
