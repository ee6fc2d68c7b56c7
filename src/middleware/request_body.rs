//! Reads request bodies, and checks their size, timeout, media type and JSON syntax.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use better_auth_guard::json;
use futures_util::StreamExt;
use serde_json::Value;

use crate::api::error::{ApiError, ApiResult};
use crate::middleware::request_context::RequestContext;
use crate::middleware::tracked_body::TrackedBody;
use crate::state::AppState;

/// A JSON body.
pub(crate) struct JsonBody {
    /// The parsed JSON; `None`: the body is empty.
    pub value: Option<Value>,
    /// The received bytes.
    pub bytes: Vec<u8>,
}

impl JsonBody {
    /// Returns the value.
    ///
    /// # Errors
    /// [`ApiError::Malformed`]: the body is empty.
    pub(crate) fn required(self) -> ApiResult<Value> {
        self.value.ok_or_else(|| {
            ApiError::Malformed(
                "The request has no body; send a JSON object, with Content-Type: application/json.".into(),
            )
        })
    }
}

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let body = UnreadBody::of(request, payload, |state| (state.body_limit, "BODY_LIMIT"));
        Box::pin(async move {
            let bytes = body.read().await?;
            if bytes.is_empty() {
                return Ok(Self { value: None, bytes });
            }
            if !is_json {
                return Err(ApiError::UnsupportedMediaType);
            }
            match json::parse(&bytes) {
                Ok(value) => Ok(Self { value: Some(value), bytes }),
                // the parser's message contains a line and a column, but no part of the body
                Err(problem) => Err(ApiError::Malformed(format!("The body is not valid JSON: {problem}."))),
            }
        })
    }
}

/// The unread body of an import. Its limit is `import_limit`. The handler checks the media type.
pub(crate) struct ImportBody(UnreadBody);

impl ImportBody {
    /// Checks `Content-Length` against the limit.
    ///
    /// # Errors
    /// [`ApiError::PayloadTooLarge`].
    pub(crate) fn with_checked_length(self) -> ApiResult<Self> {
        self.0.check_content_length()?;
        Ok(self)
    }

    /// Reads the body to its end.
    pub(crate) async fn read(self) -> ApiResult<Vec<u8>> {
        self.0.read().await
    }
}

impl FromRequest for ImportBody {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(UnreadBody::of(request, payload, |state| (state.import_limit, "IMPORT_LIMIT")))))
    }
}

/// The maximum size of a body, and the setting of it.
#[derive(Clone, Copy)]
struct BodyLimit {
    bytes: usize,
    setting: &'static str,
}

impl BodyLimit {
    /// Checks a size, in bytes.
    ///
    /// # Errors
    /// [`ApiError::PayloadTooLarge`].
    fn check(self, size: usize) -> ApiResult<()> {
        let Self { bytes: limit, setting } = self;
        if size <= limit { Ok(()) } else { Err(ApiError::PayloadTooLarge { limit, setting }) }
    }
}

/// A body that has not been read.
struct UnreadBody {
    payload: Payload,
    /// In bytes.
    content_length: Option<usize>,
    limit: BodyLimit,
    timeout: Duration,
    /// Records that the body was read.
    tracked: Option<TrackedBody>,
}

impl UnreadBody {
    fn of(request: &HttpRequest, payload: &mut Payload, limit: fn(&AppState) -> (usize, &'static str)) -> Self {
        let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
        let (bytes, setting) = limit(state);
        let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            payload: payload.take(),
            content_length: length,
            limit: BodyLimit { bytes, setting },
            timeout: state.body_timeout,
            tracked: RequestContext::of(request).body.clone(),
        }
    }

    /// Rejects a body by its `Content-Length`, before reading it.
    fn check_content_length(&self) -> ApiResult<()> {
        self.content_length.map_or(Ok(()), |length| self.limit.check(length))
    }

    async fn read(mut self) -> ApiResult<Vec<u8>> {
        self.check_content_length()?;
        let reading = collect(&mut self.payload, self.content_length, self.limit);
        let bytes =
            tokio::time::timeout(self.timeout, reading).await.map_err(|_| ApiError::BodyTimeout(self.timeout))??;
        if let Some(tracked) = self.tracked {
            tracked.set_read();
        }
        Ok(bytes)
    }
}

/// Collects a body in one buffer. Chunks can have one byte each, and a separate allocation would cost more than its bytes.
async fn collect(payload: &mut Payload, content_length: Option<usize>, limit: BodyLimit) -> ApiResult<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            ApiError::Malformed(
                "The body ended before its announced length; Content-Length must be the number of its bytes.".into(),
            )
        })?;
        limit.check(bytes.len().saturating_add(chunk.len()))?;
        if bytes.is_empty() {
            bytes.reserve_exact(content_length.unwrap_or(chunk.len()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Accepts `application/json` and `application/*+json` (RFC 6839 section 3.1).
///
/// Rejects all other types. HTML forms of other sites can send form types without a CORS preflight.
fn is_json(request: &HttpRequest) -> bool {
    let Some(value) = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
