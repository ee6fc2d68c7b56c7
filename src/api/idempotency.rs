//! Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), which makes a POST repeatable.

use std::fmt::Write;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use sha2::{Digest, Sha256};

use crate::api::error::{ApiError, ApiResult};
use crate::db::IdempotencyRequest;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The routes that accept a key. The same key on another route is another key. The aliases of a path are one route.
#[derive(Clone, Copy)]
pub(crate) enum KeyRoute {
    Create,
    Bulk,
    Import,
    Complete(i64),
    Restore(i64),
}

impl KeyRoute {
    /// Returns the stored form of a key. Keys have no space, so keys of different routes differ.
    fn stored(self, key: &str) -> String {
        match self {
            Self::Create => key.to_owned(),
            Self::Bulk => format!("bulk {key}"),
            Self::Import => format!("import {key}"),
            Self::Complete(id) => format!("complete {id} {key}"),
            Self::Restore(id) => format!("restore {id} {key}"),
        }
    }
}

/// The key of a request.
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the key of a request. `None`: the request has no key.
    ///
    /// # Errors
    /// [`ApiError::Malformed`]: the key is invalid, or the header is repeated.
    pub(crate) fn of(request: &HttpRequest, route: KeyRoute) -> ApiResult<Option<Self>> {
        let values: Vec<_> = request.headers().get_all(IDEMPOTENCY_KEY).collect();
        let key = match values.as_slice() {
            [] => return Ok(None),
            [value] => value.to_str().ok().and_then(key),
            _ => None,
        };
        match key {
            Some(key) => Ok(Some(Self(route.stored(&key)))),
            None => Err(ApiError::Malformed(
                "The Idempotency-Key must be one value of 1 to 255 visible ASCII characters.".into(),
            )),
        }
    }

    /// Adds the fingerprint of the request's body.
    pub(crate) fn with_body(self, body: &[u8]) -> IdempotencyRequest {
        IdempotencyRequest { key: self.0, fingerprint: hex(&Sha256::digest(body)) }
    }
}

/// Returns the key of a request and the fingerprint of its body. `None`: the request has no key.
///
/// # Errors
/// As for [`IdempotencyKey::of`].
pub(crate) fn read(request: &HttpRequest, route: KeyRoute, body: &[u8]) -> ApiResult<Option<IdempotencyRequest>> {
    Ok(IdempotencyKey::of(request, route)?.map(|key| key.with_body(body)))
}

/// Parses a quoted key (a string of a structured field, RFC 8941 section 3.3.3) or the same key without quotes.
fn key(text: &str) -> Option<String> {
    let text = text.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.to_owned(),
    };
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    (is_visible && (1..=255).contains(&key.len())).then_some(key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String is infallible
        text
    })
}
