//! Finds Better Auth's signed session cookie and verifies its signature.
//!
//! `value = encodeURIComponent(token + "." + base64(HMAC-SHA256(secret, token)))` in Better Auth 1.2 to 1.7 (better-call,
//! `src/crypto.ts`). A valid signature does not authenticate a user: other Better Auth cookies have the same key and format.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

use crate::invalid_credential::CredentialErrorReason;
use crate::secret::Secret;

/// Accepts trailing bits in the last character, as JavaScript's `atob` does. Better Auth decodes the signature with `atob`.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The length of an HMAC-SHA256 in padded base64.
const SIGNATURE_CHARS: usize = 44;

/// A session token with a verified signature. With `BEARER_UNSIGNED`, the token may be unsigned.
///
/// The session's row identifies the user.
#[derive(Clone)]
pub struct SessionToken {
    /// `token.signature`, decoded.
    signed: String,
    token_length: usize,
    /// Whether the client sent it percent-encoded.
    is_encoded: bool,
}

impl SessionToken {
    /// Returns the value of `session.token`, for the look-up. Do not log it.
    pub fn expose(&self) -> &str {
        &self.signed[..self.token_length]
    }

    /// Returns the session cookie's value for this token. Send it to Better Auth only.
    pub fn cookie_value(&self) -> String {
        utf8_percent_encode(&self.signed, COMPONENT).to_string()
    }

    /// Returns the session cookie's value for a request to Better Auth, encoded or unencoded as the client sent it.
    ///
    /// Better Auth reads both. The crate rustauth sets and reads unencoded values.
    pub fn request_cookie_value(&self) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+/=".contains(&byte);
        let is_unencoded = !self.is_encoded && self.signed.bytes().all(is_plain);
        if is_unencoded { self.signed.clone() } else { self.cookie_value() }
    }

    /// Signs an unsigned token as Better Auth's bearer plugin does. Used only with `BEARER_UNSIGNED=true`.
    pub(crate) fn from_unsigned(token: &str, secrets: &[Secret]) -> Self {
        let signed = secrets.first().map_or_else(|| format!("{token}."), |secret| sign(token, secret));
        Self { signed, token_length: token.len(), is_encoded: true }
    }

    /// Verifies `token.signature` with each secret, in constant time. Percent-encoding is optional.
    pub(crate) fn verify(value: &str, secrets: &[Secret]) -> Result<Self, CredentialErrorReason> {
        let decoded = decode_component(value);
        let (token, signature) = decoded.rsplit_once('.').ok_or(CredentialErrorReason::Malformed)?;
        if token.is_empty() || signature.len() != SIGNATURE_CHARS || !signature.ends_with('=') {
            return Err(CredentialErrorReason::Malformed);
        }
        let signature = BASE64.decode(signature).map_err(|_| CredentialErrorReason::Malformed)?;
        if secrets.iter().any(|secret| mac(secret, token).verify_slice(&signature).is_ok()) {
            Ok(Self { token_length: token.len(), is_encoded: value.contains('%'), signed: decoded.into_owned() })
        } else {
            Err(CredentialErrorReason::BadSignature)
        }
    }
}

/// Tokens are equal in any encoding.
impl PartialEq for SessionToken {
    fn eq(&self, other: &Self) -> bool {
        (&self.signed, self.token_length) == (&other.signed, other.token_length)
    }
}

impl Eq for SessionToken {}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The name of a cookie, such as the session cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName(String);

impl CookieName {
    /// Returns `full_name`, by default `prefix` + `.session_token`.
    ///
    /// `secure` prepends `__Secure-` unless the name starts with it.
    pub fn new(prefix: &str, full_name: Option<&str>, secure: bool) -> Self {
        let name = full_name.map_or_else(|| format!("{prefix}.session_token"), str::to_owned);
        if secure && !name.starts_with("__Secure-") { Self(format!("__Secure-{name}")) } else { Self(name) }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the cookie cache's name: `prefix` + `.session_data`. `secure` prepends `__Secure-`.
    pub fn session_data(prefix: &str, secure: bool) -> Self {
        Self::new(prefix, Some(&format!("{prefix}.session_data")), secure)
    }

    /// Returns the value of this cookie in `Cookie` headers.
    pub fn find<'a>(&self, headers: &[&'a [u8]]) -> Option<&'a str> {
        find(&self.0, headers)
    }
}

/// Returns the value of the first cookie with this name.
///
/// Outer double quotes are removed. An empty value counts as absent: a sign-out leaves an empty cookie.
pub(crate) fn find<'a>(name: &str, headers: &[&'a [u8]]) -> Option<&'a str> {
    // compares bytes: other programs' cookies may not be UTF-8
    let mut pairs = headers.iter().flat_map(|header| header.split(|byte| *byte == b';'));
    let value = pairs.find_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        (pair[..equals].trim_ascii() == name.as_bytes()).then_some(&pair[equals + 1..])
    })?;
    // a value that is not UTF-8 is present but invalid
    let value = std::str::from_utf8(value.trim_ascii()).unwrap_or("\u{fffd}");
    let value = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => value,
    };
    (!value.is_empty()).then_some(value)
}

/// Returns the value of a signed cookie as Better Auth sets it.
pub fn signed_cookie_value(token: &str, secret: &Secret) -> String {
    utf8_percent_encode(&sign(token, secret), COMPONENT).to_string()
}

fn sign(token: &str, secret: &Secret) -> String {
    format!("{token}.{}", BASE64.encode(mac(secret, token).finalize().into_bytes()))
}

/// Encodes all characters that JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Decodes once, as `decodeURIComponent` does. Returns text unchanged if its decoded bytes are not UTF-8.
fn decode_component(value: &str) -> std::borrow::Cow<'_, str> {
    percent_decode_str(value).decode_utf8().unwrap_or(value.into())
}

/// Computes HMAC-SHA256 of a text, with the secret as the key.
pub(crate) fn mac(secret: &Secret, text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("HMAC accepts keys of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX.BLH7eO3aRjS%2B3wWuoetnhkt6ix6jVQcn0A1aAYWcVTc%3D";

    fn secret() -> Secret {
        Secret::new("LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c")
    }

    #[test]
    fn verifies_and_rebuilds_the_seed_cookie() {
        let token = SessionToken::verify(VALUE, &[secret()]).unwrap();
        assert_eq!(token.expose(), "6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
        assert_eq!(
            (signed_cookie_value(token.expose(), &secret()), token.cookie_value()),
            (VALUE.into(), VALUE.into())
        );
        assert_eq!(SessionToken::from_unsigned(token.expose(), &[secret()]).cookie_value(), VALUE);
        assert_eq!(
            SessionToken::verify(VALUE, &[Secret::new("x".repeat(32))]),
            Err(CredentialErrorReason::BadSignature)
        );
    }

    #[test]
    fn builds_the_name_from_prefix_and_secure() {
        assert_eq!(CookieName::new("better-auth", None, false).as_str(), "better-auth.session_token");
        assert_eq!(CookieName::new("app", None, true).as_str(), "__Secure-app.session_token");
        assert_eq!(CookieName::new("app", Some("sid"), true).as_str(), "__Secure-sid");
        assert_eq!(CookieName::new("app", Some("__Secure-sid"), true).as_str(), "__Secure-sid");
    }

    #[test]
    fn takes_the_first_of_duplicate_cookies() {
        let name = CookieName::new("better-auth", None, false);
        let header: &[u8] = b"a=b;better-auth.session_token=one; better-auth.session_token=two";
        assert_eq!(name.find(&[header]), Some("one"));
        assert_eq!(name.find(&[b"better-auth.session_token=\"q\""]), Some("q"));
        assert_eq!(name.find(&[b"better-auth.session_token="]), None);
        assert_eq!(name.find(&[b"__Secure-better-auth.session_token=x"]), None);
    }
}
