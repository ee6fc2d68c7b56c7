//! Keeps the body of a request until its response is written.

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

/// A request's body, kept until its response is written, and whether it was read to its end.
///
/// actix-http reads a dropped chunked body to its end without a limit (actix/actix-web#3936). A rejected client could keep the
/// connection open and send forever. While the body is kept, actix-http closes the connection instead.
#[derive(Clone)]
pub(crate) struct TrackedBody {
    payload: Rc<RefCell<Payload>>,
    is_read: Rc<Cell<bool>>,
    pace: Option<Rc<Pace>>,
}

impl TrackedBody {
    /// Takes the body and replaces it with a shared handle. `None`: the headers declare no body.
    pub(crate) fn of(request: &mut ServiceRequest, pace: Option<Rc<Pace>>) -> Option<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let has_length = length.is_some_and(|length| length.as_bytes() != b"0");
        if !has_length && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let body = Self { payload, is_read: Rc::default(), pace };
        let shared: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(body.clone());
        request.set_payload(shared.into());
        Some(body)
    }

    /// Records that the body was read to its end.
    pub(crate) fn set_read(&self) {
        self.is_read.set(true);
    }

    /// Returns whether the body was read to its end.
    pub(crate) fn is_read(&self) -> bool {
        self.is_read.get()
    }
}

impl Stream for TrackedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
        if let Some(pace) = &self.pace {
            pace.set_waiting_for_body(polled.is_pending());
        }
        polled
    }
}

/// A response body with the unread body of its request.
pub(crate) struct BodyWithUnread {
    response: BoxBody,
    _unread: TrackedBody,
}

impl MessageBody for BodyWithUnread {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.response.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.response).poll_next(context)
    }
}

/// Closes the connection after this response.
pub(crate) fn close_connection<B: MessageBody + 'static>(
    mut response: ServiceResponse<B>,
    unread: TrackedBody,
) -> ServiceResponse<EitherBody<B, BodyWithUnread>> {
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, body| EitherBody::right(BodyWithUnread { response: BoxBody::new(body), _unread: unread }))
}

/// Closes the connection after this error response.
pub(crate) fn close_connection_of_error(mut response: HttpResponse, unread: TrackedBody) -> HttpResponse {
    response.head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, body| BoxBody::new(BodyWithUnread { response: body, _unread: unread }))
}
