//! Reading a request's body: its size, its time, its type, its syntax. What it says is read elsewhere.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde_json::Value;

use crate::api::error::{ApiError, ApiResult};
use crate::json;
use crate::middleware::request_context::RequestContext;
use crate::middleware::tracked_body::TrackedBody;
use crate::state::AppState;

/// A body of JSON.
pub(crate) struct JsonBody {
    /// `None` where there is no body at all.
    pub value: Option<Value>,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

impl JsonBody {
    /// The value, where one is required.
    pub(crate) fn required(self) -> ApiResult<Value> {
        self.value.ok_or_else(|| ApiError::Malformed("A JSON body is required.".into()))
    }
}

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let incoming = Incoming::of(request, payload, |state| state.body_limit);
        Box::pin(async move {
            let bytes = incoming.read().await?;
            if bytes.is_empty() {
                return Ok(Self { value: None, bytes });
            }
            if !is_json {
                return Err(ApiError::UnsupportedMediaType);
            }
            match json::parse(&bytes) {
                Ok(value) => Ok(Self { value: Some(value), bytes }),
                // the parser's words name a line and a column, and nothing of the body
                Err(problem) => Err(ApiError::Malformed(format!("The body is not valid JSON: {problem}."))),
            }
        })
    }
}

/// A body of an import, unread: larger than others may be, and of a type that its handler looks at.
pub(crate) struct ImportBody(Incoming);

impl ImportBody {
    /// Checks the length that the request announces.
    ///
    /// # Errors
    /// [`ApiError::PayloadTooLarge`].
    pub(crate) fn announced(self) -> ApiResult<Self> {
        self.0.check_announced()?;
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
        ready(Ok(Self(Incoming::of(request, payload, |state| state.import_limit))))
    }
}

/// A body that has not been read.
struct Incoming {
    payload: Payload,
    /// The length that the request announces, in bytes.
    announced: Option<usize>,
    limit: usize,
    timeout: Duration,
    /// Told when the body has been read.
    held: Option<TrackedBody>,
}

impl Incoming {
    fn of(request: &HttpRequest, payload: &mut Payload, limit: fn(&AppState) -> usize) -> Self {
        let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            payload: payload.take(),
            announced,
            limit: limit(state),
            timeout: state.body_timeout,
            held: RequestContext::of(request).body.clone(),
        }
    }

    /// One that is announced as too large is refused before it is read.
    fn check_announced(&self) -> ApiResult<()> {
        let fits = self.announced.is_none_or(|length| length <= self.limit);
        if fits { Ok(()) } else { Err(ApiError::PayloadTooLarge(self.limit)) }
    }

    async fn read(mut self) -> ApiResult<Vec<u8>> {
        self.check_announced()?;
        let reading = collect(&mut self.payload, self.announced, self.limit);
        let bytes = tokio::time::timeout(self.timeout, reading).await.map_err(|_| ApiError::BodyTimeout)??;
        if let Some(held) = self.held {
            held.set_read();
        }
        Ok(bytes)
    }
}

/// Collects a body in one piece of memory: its chunks may be of one byte each, and each would cost more than its bytes.
async fn collect(payload: &mut Payload, announced: Option<usize>, limit: usize) -> ApiResult<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::Malformed("The body ended before its announced length.".into()))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(ApiError::PayloadTooLarge(limit));
        }
        if bytes.is_empty() {
            bytes.reserve_exact(announced.unwrap_or(chunk.len()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// `application/json`, or any type whose suffix says that it is written in JSON (RFC 6839 section 3.1). Nothing else, so that no
/// form on a foreign page can send one (a form's types need no preflight).
fn is_json(request: &HttpRequest) -> bool {
    let Some(value) = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
