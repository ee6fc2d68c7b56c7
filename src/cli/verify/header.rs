//! Parses the header line of standard input. The name of the header is optional.

use std::io::BufRead;

use better_auth_guard::CredentialHeaders;

/// The input limit, in bytes. The HTTP server accepts less for all headers together.
const MAX_INPUT: u64 = 256 * 1024;

/// A header that may carry a credential.
pub(crate) enum Header {
    Authorization(Vec<u8>),
    Cookie(Vec<u8>),
}

impl Header {
    /// Parses the first line that is not blank. Returns `None` if no such line exists or it is another header.
    pub(crate) fn read(input: impl BufRead) -> std::io::Result<Option<Self>> {
        for line in input.take(MAX_INPUT).split(b'\n') {
            let line = line?;
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Ok(Self::parse(line));
            }
        }
        Ok(None)
    }

    fn parse(line: &[u8]) -> Option<Self> {
        // field names are case-insensitive (RFC 9110 section 5.1)
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
        // a bare signed token has no cookie name, but its base64 signature ends with `=`
        (is_named && equals > 0 && line.len() > equals + 1).then(|| Self::Cookie(line.to_vec()))
    }

    /// Returns the header in the form that the verifier reads.
    pub(crate) fn credential_headers(&self) -> CredentialHeaders<'_> {
        match self {
            Self::Authorization(value) => {
                CredentialHeaders { authorization: vec![value], ..CredentialHeaders::default() }
            }
            Self::Cookie(value) => CredentialHeaders { cookie: vec![value], ..CredentialHeaders::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_name_is_optional_if_unambiguous() {
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
        for ambiguous in ["", "\n\n", "Host: localhost", "token", "abc.c/61LY=", "tok.sig="] {
            assert_eq!(read(ambiguous), "none", "{ambiguous}");
        }
    }
}
