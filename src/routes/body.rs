//! Reading a request's body: its size, its time, its type, its syntax. What it says is read elsewhere.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde_json::Value;

use super::answer::IncomingBody;
use crate::app::State;
use crate::error::{ApiError, ApiResult};
use crate::json;

/// A body of JSON.
pub(super) struct JsonBody {
    /// `None` where there is no body at all.
    pub value: Option<Value>,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

impl JsonBody {
    /// The value, where one is required.
    pub(super) fn required(self) -> ApiResult<Value> {
        self.value.ok_or_else(|| ApiError::Malformed("A JSON body is required.".into()))
    }
}

type Received<T> = Pin<Box<dyn Future<Output = ApiResult<T>>>>;

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Received<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let receiving = receive(request, payload, |state| state.body_limit);
        Box::pin(async move {
            let bytes = receiving.await?;
            if bytes.is_empty() {
                return Ok(Self { value: None, bytes });
            }
            if !is_json {
                return Err(ApiError::NotJson);
            }
            match json::parse(&bytes) {
                Ok(value) => Ok(Self { value: Some(value), bytes }),
                // the parser's words name a line and a column, and nothing of the body
                Err(problem) => Err(ApiError::Malformed(format!("The body is not valid JSON: {problem}."))),
            }
        })
    }
}

/// A body of an import: larger than others may be, and of a type that its handler looks at.
pub(super) struct ImportBody(pub Vec<u8>);

impl FromRequest for ImportBody {
    type Error = ApiError;
    type Future = Received<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let receiving = receive(request, payload, |state| state.import_limit);
        Box::pin(async move { receiving.await.map(Self) })
    }
}

/// Reads a body to its end. One that is announced as too large is refused before it is read.
fn receive(request: &HttpRequest, payload: &mut Payload, limit: fn(&State) -> usize) -> Received<Vec<u8>> {
    let state = request.app_data::<web::Data<State>>().expect("the service is mounted with its state").clone();
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = request.extensions().get::<IncomingBody>().cloned();
    let mut payload = payload.take();
    Box::pin(async move {
        let limit = limit(&state);
        if announced.is_some_and(|length| length > limit) {
            return Err(ApiError::TooLarge(limit));
        }
        let reading = read(&mut payload, limit);
        let bytes = tokio::time::timeout(state.body_timeout, reading).await.map_err(|_| ApiError::SlowBody)??;
        if let Some(body) = body {
            body.is_read();
        }
        Ok(bytes)
    })
}

async fn read(payload: &mut Payload, limit: usize) -> ApiResult<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::Malformed("The body ended before its announced length.".into()))?;
        if bytes.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge(limit));
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
