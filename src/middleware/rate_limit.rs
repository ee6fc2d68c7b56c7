//! Counts requests against `RATE_LIMIT`, and rejected credentials against `REFUSAL_LIMIT`.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest, web};
use better_auth_guard::Owner;

use crate::api::error::{ApiError, ApiResult};
use crate::limits::RateLimitStatus;
use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// Counts a request of this user as one operation.
///
/// # Errors
/// 429: the user exceeded `RATE_LIMIT`.
pub(crate) fn count(state: &AppState, request: &impl HttpMessage, user: &str) -> ApiResult<()> {
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let status = limiter.count_user(user).map_err(|status| exceeded(state, status))?;
    RequestContext::of(request).rate_limit.set(Some(status));
    Ok(())
}

/// Counts all operations of a request before the first one begins.
///
/// The authentication middleware has already counted one.
///
/// # Errors
/// 429: the user exceeded `RATE_LIMIT`.
pub(crate) fn charge(request: &HttpRequest, owner: &Owner, operations: usize) -> ApiResult<()> {
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let charged = limiter.charge(owner.as_str(), operations);
    let (Ok(status) | Err(status)) = charged;
    RequestContext::of(request).rate_limit.set(Some(status));
    charged.map(drop).map_err(|status| exceeded(state, status))
}

/// Counts operations after the response has begun. Exceeding the limit leaves a debt, because the request cannot be rejected.
pub(crate) fn charge_unchecked(state: &AppState, owner: &Owner, operations: usize) {
    if let Some(limiter) = &state.user_limit {
        limiter.force_charge(owner.as_str(), operations);
    }
}

/// Counts a rejected credential of this address. Returns 429 if the address exceeded `REFUSAL_LIMIT`.
pub(crate) fn count_rejection(state: &AppState, client: IpAddr) -> Option<ApiError> {
    let counted = state.failed_auth_limit.as_ref()?.count_address(client);
    counted.err().map(|status| exceeded(state, status))
}

/// Counts the 429 in the metrics and returns it.
pub(crate) fn exceeded(state: &AppState, status: RateLimitStatus) -> ApiError {
    state.metrics.count_rate_limited(status.policy());
    ApiError::RateLimited(status)
}
