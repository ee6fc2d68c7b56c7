//! The line on standard input: a header, with or without its name.

use std::borrow::Cow;
use std::io::BufRead;

use crate::auth::{CookieName, CredentialHeaders};

/// More than a server reads of all headers together.
const MAX_LINE: u64 = 256 * 1024;

/// A header that may carry a credential.
pub(crate) enum Header {
    Authorization(Vec<u8>),
    Cookie(Vec<u8>),
}

impl Header {
    /// The first line that is not blank; `None` where there is none, or it is no such header.
    pub(crate) fn read(input: impl BufRead) -> std::io::Result<Option<Self>> {
        for line in input.take(MAX_LINE).split(b'\n') {
            let line = line?;
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Ok(Self::parse(line));
            }
        }
        Ok(None)
    }

    fn parse(line: &[u8]) -> Option<Self> {
        // names of fields are in any case (RFC 9110 section 5.1)
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let value = line[colon + 1..].trim_ascii().to_vec();
            match line[..colon].trim_ascii().to_ascii_lowercase().as_slice() {
                b"authorization" => return Some(Self::Authorization(value)),
                b"cookie" => return Some(Self::Cookie(value)),
                _ => {}
            }
        }
        let scheme = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return Some(Self::Authorization(line.to_vec()));
        }
        if line.starts_with(b"eyJ") && line.iter().filter(|byte| **byte == b'.').count() == 2 && !line.contains(&b' ') {
            return Some(Self::Authorization([b"Bearer ", line].concat()));
        }
        let equals = line.iter().position(|byte| *byte == b'=')?;
        let is_named = line[..equals].iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
        // a signature ends with `=` too
        (is_named && equals > 0 && line.len() > equals + 1).then(|| Self::Cookie(line.to_vec()))
    }

    /// As the guard is given it.
    pub(crate) fn presented(&self) -> CredentialHeaders<'_> {
        match self {
            Self::Authorization(value) => {
                CredentialHeaders { authorization: vec![value], ..CredentialHeaders::default() }
            }
            Self::Cookie(value) => CredentialHeaders { cookie: vec![value], ..CredentialHeaders::default() },
        }
    }

    /// What stands behind the scheme, or in the cookie of this name.
    pub(crate) fn credential(&self, cookie: &CookieName) -> Option<Cow<'_, str>> {
        match self {
            Self::Authorization(value) => {
                let (_, credential) = std::str::from_utf8(value).ok()?.trim().split_once(' ')?;
                Some(credential.trim().into())
            }
            Self::Cookie(value) => cookie.find(&[value]).map(Into::into),
        }
    }

    /// The names of the cookies, with whether each has a value.
    pub(crate) fn cookies(&self) -> Vec<(String, bool)> {
        let Self::Cookie(value) = self else { return Vec::new() };
        // names are told, and what cannot be printed is none (RFC 6265 section 4.1.1)
        let text: String = String::from_utf8_lossy(value).chars().filter(|letter| !letter.is_control()).collect();
        let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.trim().to_owned(), !value.trim().is_empty())).collect()
    }

    /// The values of all `Cookie` headers.
    pub(crate) fn cookie_values(&self) -> Vec<&[u8]> {
        self.presented().cookie
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_optional_where_it_is_clear() {
        let read = |text: &str| match Header::read(text.as_bytes()).unwrap() {
            Some(Header::Authorization(value)) => format!("A {}", String::from_utf8(value).unwrap()),
            Some(Header::Cookie(value)) => format!("C {}", String::from_utf8(value).unwrap()),
            None => "none".to_owned(),
        };
        assert_eq!(read("\r\nauthorization:  Bearer x\r\n"), "A Bearer x");
        assert_eq!(read("COOKIE: a=b"), "C a=b");
        assert_eq!(read("bearer x"), "A bearer x");
        assert_eq!(read("eyJ.x.y"), "A Bearer eyJ.x.y");
        assert_eq!(read("better-auth.session_token=a.b%3D; x=y:z"), "C better-auth.session_token=a.b%3D; x=y:z");
        assert_eq!(read("Authorization: Basic eA=="), "A Basic eA==");
        for unclear in ["", "\n\n", "Host: localhost", "token", "abc.c/61LY=", "tok.sig="] {
            assert_eq!(read(unclear), "none", "{unclear}");
        }
    }
}
