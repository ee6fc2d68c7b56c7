//! Evaluates conditional requests (RFC 9110 section 13) and writes `ETag`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::api::error::ApiError;
use crate::db::VersionCondition;

/// The `If-Match` of a write.
///
/// The comparison is strong (section 13.1.1). A weak tag or the tag of another task never matches.
pub(crate) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Returns the condition for the task with this id.
    pub(crate) fn condition(self, id: i64) -> VersionCondition {
        let Some(tags) = self.0 else { return VersionCondition::Any };
        if tags.iter().any(|tag| tag == "*") {
            return VersionCondition::Any;
        }
        VersionCondition::Versions(tags.iter().filter_map(|tag| version(tag, id)).collect())
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(tags(request.headers(), IF_MATCH))))
    }
}

/// Returns whether `If-None-Match` contains the current tag. The comparison is weak (section 13.1.2).
pub(crate) fn matches_if_none_match(request: &HttpRequest, current: &str) -> bool {
    let tags = tags(request.headers(), IF_NONE_MATCH).unwrap_or_default();
    tags.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
}

/// Returns the tags of all lines of a header. `None`: the header is absent.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let mut lines = headers.get_all(name).peekable();
    lines.peek()?;
    // the service's tags contain no comma and are ASCII
    let texts = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    Some(texts.map(|tag| tag.trim().to_owned()).collect())
}

fn version(tag: &str, id: i64) -> Option<i64> {
    let (tag_id, version) = tag.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?;
    (tag_id == id.to_string()).then_some(version)?.parse().ok()
}

/// Builds the entity tag of a version of a task.
pub(crate) fn etag(id: i64, version: i64) -> String {
    format!("\"{id}-{version}\"")
}
