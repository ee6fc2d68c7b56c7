//! The outermost middleware: request id, metrics, access log, response headers and problem documents.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use futures_util::FutureExt;

use crate::api::error::ApiError;
use crate::connections::Pace;
use crate::db;
use crate::middleware::access_log;
use crate::middleware::problem_response::{finish_error_response, finish_response};
use crate::middleware::request_context::RequestContext;
use crate::middleware::response_body::ChunkedBody;
use crate::middleware::server_timing::add_server_timing;
use crate::middleware::tracked_body::{TrackedBody, close_connection, close_connection_of_error};
use crate::state::AppState;

/// Runs around every request, outside the CORS middleware.
pub(crate) async fn request_middleware(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state").clone();
    let in_flight = state.metrics.requests.begin();
    let pace = request.request().conn_data::<Rc<Pace>>().cloned();
    let pending_response = pace.as_ref().map(Pace::begin_response);
    let body = TrackedBody::of(&mut request, pace);
    let context = Rc::new(RequestContext::new(&request, body.clone()));
    request.extensions_mut().insert(context.clone());
    let (outcome, in_database) = if state.server_timing {
        let (outcome, time) = db::measure_time(next.call(request)).await;
        (outcome, Some(time))
    } else {
        (next.call(request).await, None)
    };
    drop(in_flight);
    let unread = body.filter(|body| !body.is_read());
    match outcome {
        Ok(mut response) => {
            if let Some(in_database) = in_database {
                add_server_timing(&mut response, &state, &context, in_database);
            }
            count(response.status(), &state, &context);
            access_log::log_response(&response, &state, &context);
            let mut response = finish_response(response, &state, &context);
            if state.shutdown.is_closing() {
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            let response = match unread {
                None => response.map_into_left_body(),
                Some(unread) => close_connection(response, unread),
            };
            Ok(response.map_body(|_, body| ChunkedBody::new(body, pending_response)))
        }
        Err(mut error) => {
            count(error.as_response_error().status_code(), &state, &context);
            access_log::log_panic(&error, &context);
            error.add_response_mapper(move |response| {
                let response = finish_error_response(response, &state, &context);
                unread.iter().cloned().fold(response, close_connection_of_error)
            });
            Err(error)
        }
    }
}

fn count(status: StatusCode, state: &AppState, context: &RequestContext) {
    state.metrics.requests.record_response(context.route.get(), &context.method, status, context.started_at.elapsed());
}

/// Turns a panic into a 500 response. The worker and its other connections continue.
///
/// The CORS middleware wraps this one and adds its headers to the response.
pub(crate) async fn catch_panic<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome,
        // the panic hook has already logged the message and the source location
        Err(_) => Err(ApiError::Internal("a request panicked".into()).into()),
    }
}
