//! Better Auth's signed session cookie: finding it, and checking its signature.
//!
//! `value = encodeURIComponent(token + "." + base64(HMAC-SHA256(secret, token)))`; the same bytes in Better Auth 1.2 to 1.7
//! (better-call, `src/crypto.ts`). A good signature alone proves nothing: other cookies of Better Auth share key and shape.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

use crate::auth::credential_error::CredentialErrorReason;
use crate::auth::secret::Secret;

/// JavaScript's `atob`, by which Better Auth reads the signature, does not mind stray bits in the last character.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// A HMAC-SHA256 in padded base64.
const SIGNATURE_CHARS: usize = 44;

/// A session token whose signature was checked (or, with `BEARER_UNSIGNED`, was not asked for). Only its row tells whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    /// `token.signature`, decoded.
    signed: String,
    length: usize,
}

impl SessionToken {
    /// The token as it stands in `session.token`; for the look-up, never for a log.
    pub fn expose(&self) -> &str {
        &self.signed[..self.length]
    }

    /// The value of the session cookie that this token came in, or might have; for Better Auth alone.
    pub fn cookie_value(&self) -> String {
        utf8_percent_encode(&self.signed, COMPONENT).to_string()
    }

    /// Takes a bare token without a signature, and signs it as Better Auth's bearer plugin does. Only for `BEARER_UNSIGNED=true`.
    pub(crate) fn unsigned(token: &str, secrets: &[Secret]) -> Self {
        let signed = secrets.first().map_or_else(|| format!("{token}."), |secret| sign(token, secret));
        Self { signed, length: token.len() }
    }

    /// Checks `token.signature`, percent-encoded or not, against the secrets in turn, in constant time.
    pub(crate) fn verify(value: &str, secrets: &[Secret]) -> Result<Self, CredentialErrorReason> {
        let decoded = decode_component(value);
        let (token, signature) = decoded.rsplit_once('.').ok_or(CredentialErrorReason::Malformed)?;
        if token.is_empty() || signature.len() != SIGNATURE_CHARS || !signature.ends_with('=') {
            return Err(CredentialErrorReason::Malformed);
        }
        let signature = BASE64.decode(signature).map_err(|_| CredentialErrorReason::Malformed)?;
        if secrets.iter().any(|secret| mac(secret, token).verify_slice(&signature).is_ok()) {
            Ok(Self { length: token.len(), signed: decoded.into_owned() })
        } else {
            Err(CredentialErrorReason::BadSignature)
        }
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The one name under which the session cookie is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName(String);

impl CookieName {
    /// `whole`, or `prefix` + `.session_token`; with `__Secure-` before it when `secure` and not there already.
    pub fn new(prefix: &str, whole: Option<&str>, secure: bool) -> Self {
        let name = whole.map_or_else(|| format!("{prefix}.session_token"), str::to_owned);
        if secure && !name.starts_with("__Secure-") { Self(format!("__Secure-{name}")) } else { Self(name) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the cookie cache: `prefix` + `.session_data`, with `__Secure-` before it when `secure`.
    pub fn session_data(prefix: &str, secure: bool) -> Self {
        Self::new(prefix, Some(&format!("{prefix}.session_data")), secure)
    }

    /// The value of this cookie in `Cookie` headers.
    pub(crate) fn find<'a>(&self, headers: &[&'a [u8]]) -> Option<&'a str> {
        find(&self.0, headers)
    }
}

/// The value of the cookie of this name in `Cookie` headers, outer double quotes removed; of duplicates the first. An empty value is
/// what a sign-out leaves behind, and as if absent.
pub(crate) fn find<'a>(name: &str, headers: &[&'a [u8]]) -> Option<&'a str> {
    // by bytes: what other programs put into their cookies need not be UTF-8
    let mut pairs = headers.iter().flat_map(|header| header.split(|byte| *byte == b';'));
    let value = pairs.find_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        (pair[..equals].trim_ascii() == name.as_bytes()).then_some(&pair[equals + 1..])
    })?;
    // ours that is not UTF-8 is there, and bad
    let value = std::str::from_utf8(value.trim_ascii()).unwrap_or("\u{fffd}");
    let value = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => value,
    };
    (!value.is_empty()).then_some(value)
}

/// The value of a signed cookie, as Better Auth would set it.
pub fn signed_cookie_value(token: &str, secret: &Secret) -> String {
    utf8_percent_encode(&sign(token, secret), COMPONENT).to_string()
}

fn sign(token: &str, secret: &Secret) -> String {
    format!("{token}.{}", BASE64.encode(mac(secret, token).finalize().into_bytes()))
}

/// What JavaScript's `encodeURIComponent` leaves alone.
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

/// `decodeURIComponent`, once; text that it would choke on is left as it is.
fn decode_component(value: &str) -> std::borrow::Cow<'_, str> {
    percent_decode_str(value).decode_utf8().unwrap_or(value.into())
}

/// HMAC-SHA256 under a secret, over text that Better Auth signs.
pub(crate) fn mac(secret: &Secret, text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("HMAC takes a key of any length");
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
    fn the_seed_cookie_is_genuine() {
        let token = SessionToken::verify(VALUE, &[secret()]).unwrap();
        assert_eq!(token.expose(), "6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
        assert_eq!(
            (signed_cookie_value(token.expose(), &secret()), token.cookie_value()),
            (VALUE.into(), VALUE.into())
        );
        assert_eq!(SessionToken::unsigned(token.expose(), &[secret()]).cookie_value(), VALUE);
        assert_eq!(
            SessionToken::verify(VALUE, &[Secret::new("x".repeat(32))]),
            Err(CredentialErrorReason::BadSignature)
        );
    }

    #[test]
    fn the_name_follows_from_prefix_and_security() {
        assert_eq!(CookieName::new("better-auth", None, false).as_str(), "better-auth.session_token");
        assert_eq!(CookieName::new("app", None, true).as_str(), "__Secure-app.session_token");
        assert_eq!(CookieName::new("app", Some("sid"), true).as_str(), "__Secure-sid");
        assert_eq!(CookieName::new("app", Some("__Secure-sid"), true).as_str(), "__Secure-sid");
    }

    #[test]
    fn of_duplicates_the_first_is_taken() {
        let name = CookieName::new("better-auth", None, false);
        let header: &[u8] = b"a=b;better-auth.session_token=one; better-auth.session_token=two";
        assert_eq!(name.find(&[header]), Some("one"));
        assert_eq!(name.find(&[b"better-auth.session_token=\"q\""]), Some("q"));
        assert_eq!(name.find(&[b"better-auth.session_token="]), None);
        assert_eq!(name.find(&[b"__Secure-better-auth.session_token=x"]), None);
    }
}
