//! Adds the headers of every response, and the problem document (RFC 9457) of an error response.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};

use crate::api::error::{PROBLEM_JSON, Problem};
use crate::api::preference::{HANDLING_STRICT, PREFERENCE_APPLIED};
use crate::middleware::request_context::{RequestContext, X_REQUEST_ID};
use crate::middleware::security_headers;
use crate::state::AppState;

/// Adds the common headers. Writes the problem document of an error response.
pub(crate) fn finish_response<B: MessageBody>(
    response: ServiceResponse<B>,
    state: &AppState,
    context: &RequestContext,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let (request, mut response) = response.into_parts();
    if let Some(status) = context.rate_limit.get() {
        security_headers::set_rate_limit_headers(response.headers_mut(), &status);
    }
    let response = if is_failure(response.status()) {
        finish_error_response(response.drop_body().map_into_boxed_body(), state, context).map_into_right_body()
    } else {
        with_headers(response, state, context).map_into_left_body()
    };
    ServiceResponse::new(request, response)
}

/// Writes the problem document: from the response's extensions, otherwise from its status.
pub(crate) fn finish_error_response(
    response: HttpResponse,
    state: &AppState,
    context: &RequestContext,
) -> HttpResponse {
    let status = response.status();
    let problem = response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::of_status(status));
    let document = serde_json::to_vec(&problem.document(status, &context.id)).unwrap_or_else(|error| {
        log::error!(request_id = context.id.as_str(); "cannot serialize a problem document: {error}");
        Vec::new()
    });
    let mut response = with_headers(response, state, context).set_body(BoxBody::new(document));
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn with_headers<B>(mut response: HttpResponse<B>, state: &AppState, context: &RequestContext) -> HttpResponse<B> {
    let headers = response.headers_mut();
    security_headers::insert(headers, X_REQUEST_ID, &context.id);
    if context.is_strict.get() {
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(HANDLING_STRICT));
    }
    // the CORS middleware omits it from some responses
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    security_headers::add_security_headers(headers, state.strict_transport);
    response
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
