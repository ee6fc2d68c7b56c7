//! Conditional requests (RFC 9110 section 13): what a request says about a task's `ETag`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::api::error::ApiError;
use crate::db::VersionCondition;

/// `If-Match` of a write: which versions it is meant for.
///
/// Compared strongly (section 13.1.1): a weak tag never matches, nor does the tag of another task.
pub(crate) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// For the task of this id.
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

/// Whether `If-None-Match` says that the client has this version already. Compared weakly (section 13.1.2).
pub(crate) fn matches_if_none_match(request: &HttpRequest, current: &str) -> bool {
    let tags = tags(request.headers(), IF_NONE_MATCH).unwrap_or_default();
    tags.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
}

/// The tags of a header, all its lines together; `None` where there is none.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let mut lines = headers.get_all(name).peekable();
    lines.peek()?;
    // our tags hold no comma; what is no text is no tag of ours
    let texts = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    Some(texts.map(|tag| tag.trim().to_owned()).collect())
}

fn version(tag: &str, id: i64) -> Option<i64> {
    let (tagged, version) = tag.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?;
    (tagged == id.to_string()).then_some(version)?.parse().ok()
}

/// The entity tag of a version of a task.
pub(crate) fn etag(id: i64, version: i64) -> String {
    format!("\"{id}-{version}\"")
}
