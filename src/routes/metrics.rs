//! What Prometheus reads.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::{events, rate_limit};
use crate::app::State;
use crate::error::{ApiError, ApiResult};
use crate::metrics::OPEN_METRICS;

/// `GET /metrics`: 401 without the token, where there is one.
pub(super) async fn metrics(state: web::Data<State>, request: HttpRequest) -> ApiResult<HttpResponse> {
    if let Some(token) = &state.metrics_token {
        let presented = request.headers().get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        if !presented.is_some_and(|presented| token.is(presented)) {
            return Err(
                rate_limit::count_refusal(&state, events::client(&state, &request)).unwrap_or(ApiError::NoMetricsToken)
            );
        }
    }
    let text = state.metrics.text(&state.db, state.keys.health());
    let text = text.map_err(|error| ApiError::Internal(format!("metrics: {error}")))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, OPEN_METRICS))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}
