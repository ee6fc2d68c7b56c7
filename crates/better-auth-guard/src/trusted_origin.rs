//! Trusted origins, and patterns of them as in Better Auth's `trustedOrigins`.

use std::fmt;

use url::Url;

use crate::build_error::BuildError;

/// The maximum length of an origin that a pattern can match: a host name has at most 253 characters.
const MAX_ORIGIN_BYTES: usize = 320;

/// Schemes whose pages have no origin of their own, or that browsers never send.
const REJECTED_SCHEMES: [&str; 8] = ["about", "blob", "data", "file", "ftp", "javascript", "ws", "wss"];

const ACCEPTED: &str = "must be an origin, such as https://app.example.com or tauri://localhost, or a pattern, such as \
                        https://*.example.com";

/// A trusted origin, or a pattern of trusted origins.
///
/// | text | matches |
/// |---|---|
/// | `https://app.example.com` | this origin |
/// | `tauri://localhost`, `chrome-extension://ID` | this origin of an app or an extension |
/// | `myapp://` | each host of this scheme |
/// | `https://*.example.com` | `*`: any characters except `/`, also dots; `?`: one of them |
/// | `*.example.com` | the same for the host and the port, with any scheme |
///
/// Patterns match as in Better Auth 1.2 to 1.7 (`matchesOriginPattern`, `src/auth/trusted-origins.ts`). Texts that can match no
/// origin are rejected, and patterns that match every host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustedOrigin {
    text: String,
    form: Form,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    /// The whole text of an http or https origin.
    Exact,
    /// Scheme and host of another scheme. Without a host it matches each host.
    App { scheme: String, host: String },
    /// A pattern for the scheme, and a pattern for the host with its port.
    Pattern { scheme: Option<String>, host: String },
}

impl TrustedOrigin {
    /// Parses an origin or a pattern.
    ///
    /// # Errors
    /// The text can match no origin, or matches every host. The error is the rest of a sentence: "must …".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains(['*', '?']) {
            return Self::parse_pattern(text);
        }
        let url = Url::parse(text).map_err(|_| ACCEPTED)?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err("must be only an origin, without a path");
        }
        if matches!(url.scheme(), "http" | "https") {
            if url.path() != "/" {
                return Err("must be only an origin, without a path");
            }
            return Ok(Self { text: url.origin().ascii_serialization(), form: Form::Exact });
        }
        Self::parse_app(text)
    }

    /// Parses the origins of a guard.
    pub(crate) fn parse_all(origins: &[String]) -> Result<Vec<Self>, BuildError> {
        let parse = |origin: &String| {
            Self::parse(origin).map_err(|problem| BuildError::InvalidTrustedOrigin { origin: origin.clone(), problem })
        };
        origins.iter().map(parse).collect()
    }

    /// Parses an origin of a scheme that is not http or https.
    fn parse_app(text: &str) -> Result<Self, &'static str> {
        let text = text.to_ascii_lowercase();
        let (scheme, host) = text.split_once("://").ok_or(ACCEPTED)?;
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.contains('/') {
            return Err("must be only an origin, without a path");
        }
        if !is_scheme(scheme) || REJECTED_SCHEMES.contains(&scheme) || !host.bytes().all(is_host_byte) {
            return Err(ACCEPTED);
        }
        if host.is_empty() && scheme.ends_with("-extension") {
            return Err("must name one extension, such as chrome-extension://ID");
        }
        let form = Form::App { scheme: scheme.to_owned(), host: host.to_owned() };
        Ok(Self { text: format!("{scheme}://{host}"), form })
    }

    fn parse_pattern(text: &str) -> Result<Self, &'static str> {
        let (scheme, host) = match text.split_once("://") {
            Some((scheme, host)) => (Some(scheme), host),
            None => (None, text),
        };
        if scheme.is_some_and(|scheme| {
            scheme.is_empty() || !scheme.bytes().all(|byte| is_scheme_byte(byte) || is_wildcard(byte))
        }) || !host.bytes().all(|byte| is_host_byte(byte) || is_wildcard(byte))
        {
            return Err(
                "must be a pattern of an origin in lower case and without a path, such as https://*.example.com",
            );
        }
        if scheme.is_some_and(|scheme| REJECTED_SCHEMES.contains(&scheme)) {
            return Err(ACCEPTED);
        }
        if !host.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return Err("must not match every host; use a pattern such as https://*.example.com");
        }
        let is_default_port = matches!(scheme, Some("https")) && host.ends_with(":443")
            || matches!(scheme, Some("http")) && host.ends_with(":80");
        if is_default_port {
            return Err("must omit the default port, as browsers do");
        }
        let form = Form::Pattern { scheme: scheme.map(str::to_owned), host: host.to_owned() };
        Ok(Self { text: text.to_owned(), form })
    }

    /// Returns the origin or the pattern as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether this is a pattern whose host ends with a wildcard. It also matches domains of others.
    pub fn has_open_end(&self) -> bool {
        match &self.form {
            Form::Pattern { host, .. } => {
                let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
                host.rsplit('.').next().is_some_and(|label| label.bytes().any(is_wildcard))
            }
            Form::Exact | Form::App { .. } => false,
        }
    }

    /// Returns whether an `Origin` header matches.
    ///
    /// A pattern matches only a serialized origin (RFC 6454 section 6.2), never a text that contains one.
    pub fn matches(&self, origin: &[u8]) -> bool {
        if self.form == Form::Exact {
            return self.text.as_bytes() == origin;
        }
        let Some((scheme, host)) = std::str::from_utf8(origin).ok().and_then(serialized) else { return false };
        match &self.form {
            Form::Exact => false,
            Form::App { scheme: trusted, host: trusted_host } => {
                trusted == scheme && (trusted_host.is_empty() || trusted_host.eq_ignore_ascii_case(host))
            }
            Form::Pattern { scheme: pattern, host: host_pattern } => {
                pattern.as_deref().is_none_or(|pattern| glob_matches(pattern.as_bytes(), scheme.as_bytes()))
                    && glob_matches(host_pattern.as_bytes(), host.as_bytes())
            }
        }
    }
}

impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Splits a serialized origin into its scheme and its host with port. `None`: the text is not a serialized origin.
fn serialized(origin: &str) -> Option<(&str, &str)> {
    let (scheme, host) = origin.split_once("://").filter(|_| origin.len() <= MAX_ORIGIN_BYTES)?;
    if !is_scheme(scheme) || host.is_empty() || !host.bytes().all(|byte| is_host_byte(byte.to_ascii_lowercase())) {
        return None;
    }
    let is_http = matches!(scheme, "http" | "https");
    let is_serialized = !is_http || Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    is_serialized.then_some((scheme, host))
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(is_scheme_byte)
}

fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)
}

/// Returns whether a byte can occur in the host and port of a serialized origin.
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._~:[]%{}".contains(&byte)
}

fn is_wildcard(byte: u8) -> bool {
    byte == b'*' || byte == b'?'
}

/// Returns whether a text matches a pattern. `*` matches any number of bytes, `?` one. Neither side contains `/`.
fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut in_pattern, mut in_text) = (0, 0);
    // the last `*`, and the end of the text that it matches
    let mut star: Option<(usize, usize)> = None;
    while in_text < text.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                star = Some((in_pattern, in_text));
                in_pattern += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[in_text] => {
                in_pattern += 1;
                in_text += 1;
            }
            _ => {
                let Some((position, end)) = star else { return false };
                star = Some((position, end + 1));
                (in_pattern, in_text) = (position + 1, end + 1);
            }
        }
    }
    pattern[in_pattern..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests;
