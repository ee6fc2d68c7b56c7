//! Evaluates conditional requests (RFC 9110 section 13) and writes `ETag`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::api::error::ApiError;
use crate::api::error_details::TagMismatch;
use crate::db::VersionCondition;

/// The `If-Match` of a write.
///
/// A weak tag of the service (`W/"7-3"`) counts as strong: only compressing proxies weaken tags, and each write changes the version. This
/// is more lenient than section 13.1.1. The tag of another task never matches.
pub(crate) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Returns the condition for the task with this id.
    pub(crate) fn condition(&self, id: i64) -> VersionCondition {
        let Some(tags) = &self.0 else { return VersionCondition::Any };
        if tags.iter().any(|tag| tag == "*") {
            return VersionCondition::Any;
        }
        let tags = tags.iter().filter_map(|tag| parse(tag));
        VersionCondition::Versions(tags.filter(|(tag_id, _)| *tag_id == id).map(|(_, version)| version).collect())
    }

    /// Adds to a 412 why no tag matched the task with this id.
    pub(crate) fn explain(&self, id: i64, error: ApiError) -> ApiError {
        match error {
            ApiError::PreconditionFailed(_) => ApiError::PreconditionFailed(self.mismatch(id)),
            error => error,
        }
    }

    fn mismatch(&self, id: i64) -> TagMismatch {
        let tags: Vec<_> = self.0.iter().flatten().map(|tag| parse(tag)).collect();
        match tags.iter().any(|tag| tag.is_some_and(|(tag_id, _)| tag_id == id)) {
            true => TagMismatch::OtherVersion,
            false if self.0.iter().flatten().any(|tag| parse(&format!("\"{tag}\"")).is_some()) => TagMismatch::Unquoted,
            false if tags.contains(&None) => TagMismatch::OtherForm,
            false => TagMismatch::OtherTask,
        }
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

/// Returns the id and the version of a tag of the service, strong or weak.
fn parse(tag: &str) -> Option<(i64, i64)> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let (id, version) = tag.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(id)?, number(version)?))
}

/// Builds the entity tag of a version of a task.
pub(crate) fn etag(id: i64, version: i64) -> String {
    format!("\"{id}-{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(text: &str) -> IfMatch {
        IfMatch(Some(text.split(',').map(|tag| tag.trim().to_owned()).collect()))
    }

    #[test]
    fn strong_and_weak_tags_of_the_task_match() {
        for (text, versions) in [
            (r#""7-3""#, vec![3]),
            (r#"W/"7-3""#, vec![3]),
            (r#""7-3", W/"7-4", "8-5""#, vec![3, 4]),
            ("7-3", vec![]),
            (r#"w/"7-3""#, vec![]),
            (r#""7-3-gzip""#, vec![]),
            (r#""+7-3""#, vec![]),
            (r#""7-""#, vec![]),
            ("\"7-99999999999999999999\"", vec![]),
        ] {
            assert_eq!(if_match(text).condition(7), VersionCondition::Versions(versions), "{text}");
        }
        assert_eq!(if_match("*").condition(7), VersionCondition::Any);
    }

    #[test]
    fn the_mismatch_is_named() {
        for (text, expected) in [
            (r#""7-3""#, TagMismatch::OtherVersion),
            (r#"W/"7-3", nonsense"#, TagMismatch::OtherVersion),
            (r#""8-3""#, TagMismatch::OtherTask),
            ("7-3", TagMismatch::Unquoted),
            (r#""8-3", 7-3"#, TagMismatch::Unquoted),
            (r#""8-3", 7-x"#, TagMismatch::OtherForm),
            ("", TagMismatch::OtherForm),
        ] {
            assert_eq!(if_match(text).mismatch(7), expected, "{text}");
        }
    }
}
