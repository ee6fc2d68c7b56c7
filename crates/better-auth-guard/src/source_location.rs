//! Where keys or sessions are.

use std::fmt;

use url::Url;

use crate::endpoints::without_query;

/// Where keys or sessions are, for explanations. `Display` is the end of a sentence, such as `at https://app.example.com/api/auth/jwks`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceLocation {
    /// A URL. `Display` omits its query.
    Url(Url),
    /// Another source, with its preposition, such as `in Better Auth's jwks table`. The text must not contain a secret.
    Other(String),
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "at {}", without_query(url)),
            Self::Other(text) => f.write_str(text),
        }
    }
}
