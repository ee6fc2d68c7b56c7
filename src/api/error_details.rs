//! Sentences of errors that depend on the request.

use std::fmt;

use better_auth_guard::{AuthorizationMistake, InvalidCredential};

/// Why no tag of `If-Match` matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TagMismatch {
    /// The task has another version.
    #[default]
    OtherVersion,
    /// The tags belong to other tasks.
    OtherTask,
    /// A tag does not have the form of the service's tags.
    OtherForm,
}

impl fmt::Display for TagMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherVersion => "The task's version does not match If-Match.",
            Self::OtherTask => "If-Match has the tag of another task; send the ETag of this task.",
            Self::OtherForm => {
                "If-Match has a tag that the service did not issue; send the task's ETag unchanged, such as \"7-3\" with its double quotes."
            }
        })
    }
}

/// Joins a cause and what to do into one sentence.
fn sentence((cause, change): (&str, &str)) -> String {
    capitalized(&format!("{cause}; {change}."))
}

fn capitalized(clause: &str) -> String {
    let mut chars = clause.chars();
    let first: String = chars.next().map(|first| first.to_ascii_uppercase()).into_iter().collect();
    first + chars.as_str()
}

/// The sentence for a preflight of an origin that is not trusted.
pub(crate) fn untrusted_preflight(origin: &str) -> String {
    capitalized(&format!("{}.", untrusted(origin)))
}

pub(crate) fn missing_credential(mistake: Option<AuthorizationMistake>) -> String {
    match mistake {
        None => "The request has no credential; send a Bearer token or a session cookie.".to_owned(),
        Some(mistake) => sentence((mistake.cause(), mistake.change())),
    }
}

/// The sentence for an invalid credential. It distinguishes only expired credentials, not the check that failed.
pub(crate) fn invalid_credential(error: &InvalidCredential) -> &'static str {
    if error.reason.is_expired() {
        "The credential has expired."
    } else {
        "The credential is not valid; send Authorization: Bearer and a JWT or a signed session token, or the session cookie."
    }
}

/// The sentence for a text that is no credential, in development mode.
pub(crate) fn mistaken_credential(error: &InvalidCredential) -> String {
    error.reason.advice().map_or_else(|| invalid_credential(error).to_owned(), sentence)
}

/// The sentence for a write with a cookie that does not come from a trusted origin.
pub(crate) fn untrusted_origin(origin: Option<&str>) -> String {
    let rule = "A write with a cookie must come from a trusted origin";
    match origin {
        Some(origin) => format!("{rule}: {}.", untrusted(origin)),
        None => format!("{rule}, and the request has no Origin header; see TRUSTED_ORIGINS."),
    }
}

/// Names an origin that is not trusted, and the settings, as a clause.
pub(crate) fn untrusted(origin: &str) -> String {
    match origin {
        "null" => "the origin null (a sandboxed frame, a file or a redirect) is never trusted: load the page from an origin of \
                   TRUSTED_ORIGINS or BETTER_AUTH_URL"
            .to_owned(),
        origin => {
            format!("the origin {origin} is not trusted; add it to TRUSTED_ORIGINS, or set BETTER_AUTH_URL to it")
        }
    }
}

/// Converts an `Origin` header for texts: at most 100 characters, without spaces and control characters.
pub(crate) fn displayed_origin(origin: &[u8]) -> String {
    const MAX_CHARS: usize = 100;
    let printable = |character: char| if character.is_ascii_graphic() && character != '"' { character } else { '?' };
    let text = String::from_utf8_lossy(origin);
    let shown: String = text.chars().take(MAX_CHARS).map(printable).collect();
    match shown.len() {
        0 => "\"\"".to_owned(),
        length if length < text.chars().count() => format!("{shown}…"),
        _ => shown,
    }
}
