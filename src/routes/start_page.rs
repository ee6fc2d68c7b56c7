//! `GET /`: leads to the documentation.

use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, ContentType, HeaderMap, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult};
use crate::api::error_code::ERRORS_PAGE;
use crate::openapi::responses::TurnedOff;
use crate::openapi::start_page;
use crate::state::AppState;

/// The paths of the documentation.
#[derive(Serialize, ToSchema)]
pub(crate) struct StartPage {
    /// The page that shows the operations and can send requests.
    docs: &'static str,
    /// The OpenAPI document.
    openapi: &'static str,
    /// The page that describes the error codes.
    errors: &'static str,
    /// The readiness check.
    ready: &'static str,
}

/// Gets the paths of the documentation
///
/// An HTML page if `Accept` contains `text/html`, as that of browsers does, otherwise JSON.
#[utoipa::path(
    get, path = "/", operation_id = "getStart", tag = "service", security(()),
    responses(
        (status = 200, description = "The paths of the documentation", content(
            (StartPage = "application/json"), (String = "text/html"),
        )),
        TurnedOff,
    ),
)]
pub(crate) async fn start(request: HttpRequest, state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    if state.openapi.is_none() {
        return Err(ApiError::RouteNotFound);
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Origin, Accept"));
    Ok(if accepts_html(request.headers()) {
        response
            .insert_header((CONTENT_SECURITY_POLICY, start_page::POLICY.as_str()))
            .content_type(ContentType::html())
            .body(start_page::PAGE.as_str())
    } else {
        response.json(StartPage { docs: "/docs", openapi: "/openapi.json", errors: ERRORS_PAGE, ready: "/readyz" })
    })
}

/// Returns whether `Accept` names `text/html`. Browsers do; other clients mostly send `*/*`.
fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut types = accepted.map(|range| range.split(';').next().unwrap_or("").trim());
    types.any(|media_type| media_type.eq_ignore_ascii_case("text/html"))
}
