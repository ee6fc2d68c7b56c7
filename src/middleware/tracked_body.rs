//! The body of a request until its response is written.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, header};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpResponse};
use futures_util::Stream;

use crate::connections::Pace;

/// A request's body, kept until its answer is written, and whether it was read to its end.
///
/// What nobody reads must not keep the connection. actix-http reads a chunked body that nobody holds any more to its end, without any
/// limit (actix/actix-web#3936): whoever has been refused could send for ever. One that is held makes it close the connection.
#[derive(Clone)]
pub(crate) struct TrackedBody {
    payload: Rc<RefCell<Payload>>,
    is_read: Rc<Cell<bool>>,
    pace: Option<Rc<Pace>>,
}

impl TrackedBody {
    /// Takes hold of the body, where the request announces one.
    pub(crate) fn of(request: &mut ServiceRequest, pace: Option<Rc<Pace>>) -> Option<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let announced = length.is_some_and(|length| length.as_bytes() != b"0");
        if !announced && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let body = Self { payload, is_read: Rc::default(), pace };
        let shared: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(body.clone());
        request.set_payload(shared.into());
        Some(body)
    }

    /// Notes that the body was read to its end.
    pub(crate) fn set_read(&self) {
        self.is_read.set(true);
    }

    /// Whether the body was read to its end.
    pub(crate) fn is_read(&self) -> bool {
        self.is_read.get()
    }
}

impl Stream for TrackedBody {
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
pub(crate) struct BodyWithUnread {
    answer: BoxBody,
    _left_over: TrackedBody,
}

impl MessageBody for BodyWithUnread {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// Ends the connection behind this answer.
pub(crate) fn close_after<B: MessageBody + 'static>(
    mut response: ServiceResponse<B>,
    left_over: TrackedBody,
) -> ServiceResponse<EitherBody<B, BodyWithUnread>> {
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, body| EitherBody::right(BodyWithUnread { answer: BoxBody::new(body), _left_over: left_over }))
}

/// The same for the response to an error.
pub(crate) fn close_connection_after(mut response: HttpResponse, left_over: TrackedBody) -> HttpResponse {
    response.head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, answer| BoxBody::new(BodyWithUnread { answer, _left_over: left_over }))
}
