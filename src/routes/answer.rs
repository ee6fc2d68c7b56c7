//! The edge that every request passes first and every answer last: its id, the problem document, its headers.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::{FutureExt, Stream};

use super::call::{Call, X_REQUEST_ID};
use super::guard::AuthTime;
use super::outgoing::Outgoing;
use super::{events, headers};
use crate::app::State;
use crate::connections::Pace;
use crate::error::{ApiError, PROBLEM_JSON, Problem};
use crate::limits::Standing;
use crate::store;

/// A request's body, kept until its answer is written, and whether it was read to its end.
///
/// What nobody reads must not keep the connection. actix-http reads a chunked body that nobody holds any more to its end, without any
/// limit (actix/actix-web#3936): whoever has been refused could send for ever. One that is held makes it close the connection.
#[derive(Clone)]
pub(super) struct IncomingBody {
    payload: Rc<RefCell<Payload>>,
    is_read: Rc<Cell<bool>>,
    pace: Option<Rc<Pace>>,
}

impl IncomingBody {
    /// Takes hold of the body, where the request announces one.
    fn of(request: &mut ServiceRequest, pace: Option<Rc<Pace>>) -> Option<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let announced = length.is_some_and(|length| length.as_bytes() != b"0");
        if !announced && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let body = Self { payload, is_read: Rc::default(), pace };
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
        let polled = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
        if let Some(pace) = &self.pace {
            pace.want_body(polled.is_pending());
        }
        polled
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
    let state = request.app_data::<web::Data<State>>().expect("the service is mounted with its state").clone();
    let in_flight = state.metrics.requests.begin();
    let call = Rc::new(Call::of(&request));
    request.extensions_mut().insert(call.clone());
    let pace = request.request().conn_data::<Rc<Pace>>().cloned();
    let answering = pace.as_ref().map(Pace::begin);
    let body = IncomingBody::of(&mut request, pace);
    let (outcome, in_database) = if state.server_timing {
        let (outcome, time) = store::timed(next.call(request)).await;
        (outcome, Some(time))
    } else {
        (next.call(request).await, None)
    };
    drop(in_flight);
    match outcome {
        Ok(mut response) => {
            if let Some(in_database) = in_database {
                tell_times(&mut response, &state, &call, in_database);
            }
            count(response.status(), &state, &call);
            events::answered(&response, &state, &call);
            let mut response = shape(response, &state, &call);
            if state.shutdown.is_closing() {
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            let response = match body.filter(|body| !body.is_read.get()) {
                None => response.map_into_left_body(),
                Some(left_over) => close_after(response, left_over),
            };
            Ok(response.map_body(|_, body| Outgoing::new(body, answering)))
        }
        Err(mut error) => {
            count(error.as_response_error().status_code(), &state, &call);
            events::panicked(&error, &call);
            let left_over = body.filter(|body| !body.is_read.get());
            error.add_response_mapper(move |response| {
                let response = shape_response(response, &state, &call);
                left_over.iter().cloned().fold(response, close_connection_after)
            });
            Err(error)
        }
    }
}

fn count(status: StatusCode, state: &State, call: &Call) {
    state.metrics.requests.answered(call.route.get(), &call.method, status, call.began.elapsed());
}

/// `Server-Timing` (W3C), to be read by scripts of trusted origins too.
fn tell_times<B>(response: &mut ServiceResponse<B>, state: &State, call: &Call, in_database: Duration) {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let auth = response.request().extensions().get::<AuthTime>().map_or(Duration::ZERO, |time| time.0);
    let times = [("auth", auth), ("db", in_database), ("total", call.began.elapsed())];
    let times = times.map(|(name, time)| format!("{name};dur={:.3}", millis(time))).join(", ");
    let origin = response.request().headers().get(header::ORIGIN).cloned();
    let origin =
        origin.filter(|origin| state.trusted_origins.iter().any(|trusted| trusted.as_bytes() == origin.as_bytes()));
    let headers = response.headers_mut();
    headers::insert(headers, HeaderName::from_static("server-timing"), &times);
    if let Some(origin) = origin {
        headers.insert(HeaderName::from_static("timing-allow-origin"), origin);
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

/// The same for the response to an error.
fn close_connection_after(mut response: HttpResponse, left_over: IncomingBody) -> HttpResponse {
    response.head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, answer| BoxBody::new(Beside { answer, _left_over: left_over }))
}

fn shape<B: MessageBody>(
    response: ServiceResponse<B>,
    state: &State,
    call: &Call,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let (request, mut response) = response.into_parts();
    if let Some(standing) = request.extensions().get::<Standing>() {
        headers::tell_standing(response.headers_mut(), standing);
    }
    let response = if is_failure(response.status()) {
        shape_response(response.drop_body().map_into_boxed_body(), state, call).map_into_right_body()
    } else {
        with_headers(response, state, call).map_into_left_body()
    };
    ServiceResponse::new(request, response)
}

/// Writes the problem down that the answer carries, or the one that its status stands for.
fn shape_response(response: HttpResponse, state: &State, call: &Call) -> HttpResponse {
    let status = response.status();
    let problem = response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::of_status(status));
    let document = serde_json::to_vec(&problem.document(status, &call.id)).unwrap_or_else(|error| {
        log::error!(request_id = call.id.as_str(); "a problem document has no JSON: {error}");
        Vec::new()
    });
    let mut response = with_headers(response, state, call).set_body(BoxBody::new(document));
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn with_headers<B>(mut response: HttpResponse<B>, state: &State, call: &Call) -> HttpResponse<B> {
    let headers = response.headers_mut();
    headers::insert(headers, X_REQUEST_ID, &call.id);
    // also where CORS has refused to answer at all
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    headers::secure(headers, state.strict_transport);
    response
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
