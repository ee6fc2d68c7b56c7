//! The edge that every request passes first and every answer last: its id, the problem document, the line in the log.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures_util::FutureExt;
use uuid::Uuid;

use super::guard::ProvedBy;
use crate::auth::Owner;
use crate::error::{ApiError, PROBLEM_JSON, Problem};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that ties an answer to its lines in the log.
#[derive(Clone, Default)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The sender's own, if it is of `[A-Za-z0-9._-]{1,128}`; otherwise a new one.
    fn of(request: &ServiceRequest) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        match given {
            Some(id) if (1..=128).contains(&id.len()) && id.bytes().all(plain) => Self(id.to_owned()),
            _ => Self(Uuid::now_v7().to_string()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a body comes with the request, and whether it was read. One that nobody reads must not keep the connection: what comes
/// late could be taken for the next request, or never end.
#[derive(Clone)]
pub(super) struct IncomingBody(Rc<Cell<bool>>);

impl IncomingBody {
    fn of(request: &ServiceRequest) -> Self {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let announced = length.is_some_and(|length| length.as_bytes() != b"0");
        Self(Rc::new(Cell::new(announced || request.headers().contains_key(header::TRANSFER_ENCODING))))
    }

    /// It has been read to its end.
    pub(super) fn is_read(&self) {
        self.0.set(false);
    }

    fn is_left_over(&self) -> bool {
        self.0.get()
    }
}

/// The outermost middleware.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let began = Instant::now();
    let id = RequestId::of(&request);
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());
    let body = IncomingBody::of(&request);
    request.extensions_mut().insert(body.clone());
    match next.call(request).await {
        Ok(mut response) => {
            if body.is_left_over() {
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            log_request(&response, &method, &id, began);
            Ok(shape(response, &id))
        }
        Err(mut error) => {
            log_failure(&error, &method, &id, began);
            error.add_response_mapper(move |response| shape_response(response, &id));
            Err(error)
        }
    }
}

/// Turns a panic into an error, so that its client gets an answer and the others keep their connection. Wrapped by CORS, whose
/// headers the answer then carries.
pub async fn catch_panic<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome,
        // what it said, and where, the panic's own hook has written to the log already
        Err(_) => Err(ApiError::Internal("a request panicked".into()).into()),
    }
}

fn shape<B: MessageBody>(response: ServiceResponse<B>, id: &RequestId) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let (request, response) = response.into_parts();
    let response = if is_failure(response.status()) {
        shape_response(response.drop_body().map_into_boxed_body(), id).map_into_right_body()
    } else {
        with_id(response, id).map_into_left_body()
    };
    ServiceResponse::new(request, response)
}

/// Writes the problem down that the answer carries, or the one that its status stands for.
fn shape_response(response: HttpResponse, id: &RequestId) -> HttpResponse {
    let status = response.status();
    let problem = response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::of_status(status));
    let mut response = with_id(response, id).set_body(BoxBody::new(problem.document(status, id.as_str())));
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn with_id<B>(mut response: HttpResponse<B>, id: &RequestId) -> HttpResponse<B> {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    // also where CORS has refused to answer at all
    if !response.headers().contains_key(header::VARY) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn log_request<B>(response: &ServiceResponse<B>, method: &Method, id: &RequestId, began: Instant) {
    let request = response.request();
    if let Some(cause) = response.response().extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        log::error!(request_id = id.as_str(); "{cause}");
    }
    let extensions = request.extensions();
    log::info!(
        target: "task_api::request",
        method = method.as_str(),
        path = request.match_pattern().as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        ms = millis(began),
        user = extensions.get::<Owner>().map_or("-", Owner::as_str),
        credential = extensions.get::<ProvedBy>().map_or("-", |proof| proof.0.as_str()),
        request_id = id.as_str();
        "request"
    );
}

/// The same for a request that came back as an error: a panic. Its path and user went with it.
fn log_failure(error: &Error, method: &Method, id: &RequestId, began: Instant) {
    let response = error.error_response();
    if let Some(cause) = response.extensions().get::<Problem>().and_then(|problem| problem.cause.clone()) {
        log::error!(request_id = id.as_str(); "{cause}");
    }
    log::info!(
        target: "task_api::request",
        method = method.as_str(),
        path = "-",
        status = response.status().as_u16(),
        ms = millis(began),
        user = "-",
        credential = "-",
        request_id = id.as_str();
        "request"
    );
}

fn millis(began: Instant) -> f64 {
    (began.elapsed().as_secs_f64() * 1e6).round() / 1e3
}
