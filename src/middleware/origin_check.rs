//! Refuses preflights of origins that are not trusted, and logs their other cross-origin requests.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};
use better_auth_guard::TrustedOrigin;

use crate::api::error::ApiError;
use crate::api::error_details::displayed_origin;
use crate::middleware::access_log;
use crate::state::AppState;

/// The methods that pages of trusted origins may use.
pub(crate) const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// The detail of a preflight of another method.
const PREFLIGHT_METHODS: &str =
    "A preflight must have the header Access-Control-Request-Method with GET, HEAD, POST, PUT, PATCH or DELETE.";

/// Runs outside the CORS middleware, whose refusal of a preflight names neither the origin, the setting nor the methods.
///
/// Other requests of an untrusted origin are served without CORS headers. The browser hides their responses from the page.
pub(crate) async fn check_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state").clone();
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if let Some(origin) = untrusted_origin(request.headers(), &state.trusted_origins) {
        if is_preflight || is_cross_origin(request.headers()) {
            access_log::log_untrusted_origin(&state, &request, &origin, is_preflight);
        }
        if is_preflight {
            let response = ApiError::UntrustedPreflight(origin).error_response();
            return Ok(request.into_response(response).map_into_right_body());
        }
    }
    if is_preflight && !requests_known_method(request.headers()) {
        let response = ApiError::Malformed(PREFLIGHT_METHODS.into()).error_response();
        return Ok(request.into_response(response).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Returns whether a preflight requests one of [`METHODS`].
fn requests_known_method(headers: &HeaderMap) -> bool {
    let requested = headers.get(ACCESS_CONTROL_REQUEST_METHOD).map(|method| method.as_bytes());
    METHODS.iter().any(|method| Some(method.as_str().as_bytes()) == requested)
}

/// Returns the request's origin for texts, if it is not trusted. `None` also without an origin.
fn untrusted_origin(headers: &HeaderMap, trusted: &[TrustedOrigin]) -> Option<String> {
    let origin = headers.get(ORIGIN)?.as_bytes();
    (!trusted.iter().any(|trusted| trusted.matches(origin))).then(|| displayed_origin(origin))
}

/// Returns whether a browser reports that the page has another origin than the service.
fn is_cross_origin(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    matches!(site, Some(b"cross-site" | b"same-site"))
}
