//! Counts requests against `RATE_LIMIT`, and refusals against `REFUSAL_LIMIT`.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest, web};

use crate::app::State;
use crate::auth::Owner;
use crate::error::{ApiError, ApiResult};
use crate::limits::Standing;

/// Counts a request of this user as one operation.
pub(super) fn count(state: &State, request: &impl HttpMessage, user: &str) -> ApiResult<()> {
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let standing = limiter.count_user(user).map_err(|standing| exceeded(state, standing))?;
    request.extensions_mut().insert(standing);
    Ok(())
}

/// Counts the operations that a request carries, of which the guard has counted one. Call it before any of them begins.
pub(super) fn charge(request: &HttpRequest, owner: &Owner, operations: usize) -> ApiResult<()> {
    let state = request.app_data::<web::Data<State>>().expect("the service is mounted with its state");
    let Some(limiter) = &state.user_limit else { return Ok(()) };
    let charged = limiter.charge(owner.as_str(), operations);
    let (Ok(standing) | Err(standing)) = charged;
    request.extensions_mut().insert(standing);
    charged.map(drop).map_err(|standing| exceeded(state, standing))
}

/// Counts operations of a request whose answer has begun: it cannot be refused, and leaves a debt instead.
pub(super) fn draw(state: &State, owner: &Owner, operations: usize) {
    if let Some(limiter) = &state.user_limit {
        limiter.draw(owner.as_str(), operations);
    }
}

/// Counts a refusal of this address, and returns 429 where the address has exceeded its limit.
pub(super) fn count_refusal(state: &State, client: IpAddr) -> Option<ApiError> {
    let refused = state.refusal_limit.as_ref()?.count_address(client);
    refused.err().map(|standing| exceeded(state, standing))
}

/// Counts the 429 in the metrics and returns it.
pub(super) fn exceeded(state: &State, standing: Standing) -> ApiError {
    state.metrics.limited(standing.policy());
    ApiError::TooMany(standing)
}
