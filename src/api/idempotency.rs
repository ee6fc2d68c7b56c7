//! Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), which makes a create repeatable.

use std::fmt::Write;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use sha2::{Digest, Sha256};

use crate::api::error::{ApiError, ApiResult};
use crate::db::IdempotencyRequest;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Returns the key of a request and the fingerprint of its body. `None`: the request has no key.
///
/// # Errors
/// [`ApiError::Malformed`]: the key is invalid, or the header is repeated.
pub(crate) fn read(request: &HttpRequest, body: &[u8]) -> ApiResult<Option<IdempotencyRequest>> {
    let values: Vec<_> = request.headers().get_all(IDEMPOTENCY_KEY).collect();
    let value = match values.as_slice() {
        [] => return Ok(None),
        [value] => value.to_str().ok().and_then(key),
        _ => None,
    };
    match value {
        Some(key) => Ok(Some(IdempotencyRequest { key, fingerprint: hex(&Sha256::digest(body)) })),
        None => Err(ApiError::Malformed(
            "The Idempotency-Key must be one value of 1 to 255 visible ASCII characters.".into(),
        )),
    }
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
