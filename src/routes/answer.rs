//! The edge that every request passes first and every answer last: its id, the problem document, the line in the log.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures_util::{FutureExt, Stream};
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

/// A request's body, kept until its answer is written, and whether it was read to its end.
///
/// What nobody reads must not keep the connection. actix-http reads a chunked body that nobody holds any more to its end, without any
/// limit (actix/actix-web#3936): whoever has been refused could send for ever. One that is held makes it close the connection.
#[derive(Clone)]
pub(super) struct IncomingBody {
    payload: Rc<RefCell<Payload>>,
    is_read: Rc<Cell<bool>>,
}

impl IncomingBody {
    /// Takes hold of the body, where the request announces one.
    fn of(request: &mut ServiceRequest) -> Option<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let announced = length.is_some_and(|length| length.as_bytes() != b"0");
        if !announced && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let body = Self { payload: Rc::new(RefCell::new(request.take_payload())), is_read: Rc::default() };
        let shared: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(body.clone());
        request.set_payload(shared.into());
        request.extensions_mut().insert(body.clone());
        Some(body)
    }

    /// It has been read to its end.
    pub(super) fn is_read(&self) {
        self.is_read.set(true);
    }
}

impl Stream for IncomingBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.payload.borrow_mut()).poll_next(context)
    }
}

/// An answer's body, and that of its request where it is left over.
struct Beside {
    answer: BoxBody,
    _left_over: IncomingBody,
}

impl MessageBody for Beside {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// The outermost middleware.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let id = RequestId::of(&request);
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());
    let body = IncomingBody::of(&mut request);
    match next.call(request).await {
        Ok(response) => {
            log_request(&response, &method, &id, began);
            let response = shape(response, &id);
            Ok(match body.filter(|body| !body.is_read.get()) {
                None => response.map_into_left_body(),
                Some(left_over) => close_after(response, left_over),
            })
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

/// Ends the connection behind this answer.
fn close_after<B: MessageBody + 'static>(
    mut response: ServiceResponse<B>,
    left_over: IncomingBody,
) -> ServiceResponse<EitherBody<B, Beside>> {
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, body| EitherBody::right(Beside { answer: BoxBody::new(body), _left_over: left_over }))
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
    let document = serde_json::to_vec(&problem.document(status, id.as_str())).unwrap_or_default(); // texts and numbers cannot fail
    let mut response = with_id(response, id).set_body(BoxBody::new(document));
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
