//! Metrics for Prometheus.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::error::{ApiError, ApiResult};
use crate::metrics::OPEN_METRICS;
use crate::middleware::{access_log, rate_limit};
use crate::state::AppState;

/// Responds to `GET /metrics`.
///
/// # Errors
/// 401: `METRICS_TOKEN` is set, and the request does not present it. 429: the address exceeded `REFUSAL_LIMIT`.
pub(crate) async fn metrics(state: web::Data<AppState>, request: HttpRequest) -> ApiResult<HttpResponse> {
    if let Some(token) = &state.metrics_token {
        let presented = request.headers().get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        if !presented.is_some_and(|presented| token.constant_time_eq(presented)) {
            return Err(rate_limit::count_rejection(&state, access_log::client_address(&state, &request))
                .unwrap_or(ApiError::NoMetricsToken));
        }
    }
    let text = state.metrics.text(&state.keys.stats());
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
