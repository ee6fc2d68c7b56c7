//! Counts requests against `RATE_LIMIT`, and refusals against `REFUSAL_LIMIT`.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest, web};

use crate::api::error::{ApiError, ApiResult};
use crate::auth::Owner;
use crate::limits::RateLimitStatus;
use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// Counts a request of this user as one operation.
pub(crate) fn count(state: &AppState, request: &impl HttpMessage, user: &str) -> ApiResult<()> {
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let standing = limiter.count_user(user).map_err(|standing| exceeded(state, standing))?;
    RequestContext::of(request).rate_limit.set(Some(standing));
    Ok(())
}

/// Counts the operations that a request carries, of which the guard has counted one. Call it before any of them begins.
pub(crate) fn charge(request: &HttpRequest, owner: &Owner, operations: usize) -> ApiResult<()> {
    let state = request.app_data::<web::Data<AppState>>().expect("the service is mounted with its state");
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let charged = limiter.charge(owner.as_str(), operations);
    let (Ok(standing) | Err(standing)) = charged;
    RequestContext::of(request).rate_limit.set(Some(standing));
    charged.map(drop).map_err(|standing| exceeded(state, standing))
}

/// Counts operations of a request whose answer has begun: it cannot be refused, and leaves a debt instead.
pub(crate) fn draw(state: &AppState, owner: &Owner, operations: usize) {
    if let Some(limiter) = &state.user_limit {
        limiter.force_charge(owner.as_str(), operations);
    }
}

/// Counts a refusal of this address, and returns 429 where the address has exceeded its limit.
pub(crate) fn count_refusal(state: &AppState, client: IpAddr) -> Option<ApiError> {
    let refused = state.refusal_limit.as_ref()?.count_address(client);
    refused.err().map(|standing| exceeded(state, standing))
}

/// Counts the 429 in the metrics and returns it.
pub(crate) fn exceeded(state: &AppState, standing: RateLimitStatus) -> ApiError {
    state.metrics.limited(standing.policy());
    ApiError::RateLimited(standing)
}
