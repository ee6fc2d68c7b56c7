//! Sentences of errors that depend on the request.

use std::fmt;

use better_auth_guard::{AuthorizationMistake, InvalidCredential};

use crate::limits::{Policy, RateLimitStatus};

/// Why no tag of `If-Match` matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TagMismatch {
    /// The task has another version.
    #[default]
    OtherVersion,
    /// The tags belong to other tasks.
    OtherTask,
    /// A tag of the service lacks its double quotes.
    Unquoted,
    /// A tag does not have the form of the service's tags.
    OtherForm,
}

impl fmt::Display for TagMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherVersion => {
                "The task has another version than If-Match; read the task again, and send its new ETag."
            }
            Self::OtherTask => "If-Match has the tag of another task; send the ETag of this task.",
            Self::Unquoted => {
                "If-Match has a tag without its double quotes; send the task's ETag unchanged, such as \"7-3\" with its double quotes."
            }
            Self::OtherForm => {
                "If-Match has a tag that the service did not issue; send the task's ETag unchanged, such as \"7-3\" with its double quotes."
            }
        })
    }
}

/// The detail of a path without a route.
pub(crate) const ROUTE_NOT_FOUND: &str =
    "No route matches this path; tasks are at /api/tasks and /api/{user_id}/tasks, and /openapi.json lists all paths.";

/// The detail of a dependency that is unavailable.
pub(crate) const UNAVAILABLE: &str = "The service is temporarily unavailable; send the request again after the seconds of Retry-After \
                                      (a POST with the same Idempotency-Key); the log has the cause beside the request_id.";

/// The detail of a fault of the service.
pub(crate) const INTERNAL: &str =
    "An internal error occurred; the log of the service has its cause beside the request_id.";

/// What a request must have for authentication, as a clause.
const SEND_CREDENTIAL: &str = "send Authorization: Bearer and a JWT or a signed session token, or the session cookie";

/// Joins a cause and what to do into one sentence.
fn sentence((cause, change): (&str, &str)) -> String {
    capitalized(&format!("{cause}; {change}."))
}

/// Returns a clause with a capital letter at its start.
pub(crate) fn capitalized(clause: &str) -> String {
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
        None => format!(
            "The request has no credential; {SEND_CREDENTIAL}; the log has the request beside its request_id, and task-api verify \
             explains a header."
        ),
        Some(mistake) => sentence((mistake.cause(), mistake.change())),
    }
}

/// The sentences for an invalid credential. They distinguish only expired credentials, not the check that failed.
pub(crate) fn invalid_credential(error: &InvalidCredential) -> String {
    if error.reason.is_expired() {
        return "The credential has expired; get a new JWT, or sign in again.".to_owned();
    }
    format!(
        "The credential is not valid; {SEND_CREDENTIAL}; the log has the reason beside the request_id, and task-api verify explains \
         a credential."
    )
}

/// The sentence for an exceeded rate limit, which names its setting.
pub(crate) fn rate_limited(status: &RateLimitStatus) -> String {
    let setting = match status.policy() {
        Policy::User => "requests of this user (RATE_LIMIT)",
        Policy::FailedAuth => "invalid credentials from this address (REFUSAL_LIMIT)",
    };
    format!("Too many {setting}; send the request again in {} s.", status.retry_after())
}

/// The sentence for a text that is no credential, in development mode.
pub(crate) fn mistaken_credential(error: &InvalidCredential) -> String {
    error.reason.advice().map_or_else(|| invalid_credential(error), sentence)
}

/// The sentence for a write with a cookie that does not come from a trusted origin.
pub(crate) fn untrusted_origin(origin: Option<&str>) -> String {
    let rule = "A write with a cookie must come from a trusted origin";
    match origin {
        Some(origin) => format!("{rule}: {}.", untrusted(origin)),
        None => format!(
            "{rule}, and the request has no Origin header; send the Origin of a page of TRUSTED_ORIGINS or BETTER_AUTH_URL, or a \
             Bearer token instead of the cookie."
        ),
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
