//! Extracts the id of a task from the path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::api::error::{ApiError, ApiResult};

/// The task's id in the path: a positive integer. Any other text is 404.
///
/// Handlers take it directly after the owner, because extraction must check it before the body.
pub(crate) struct TaskId(pub i64);

impl FromRequest for TaskId {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or("");
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|id| is_digits && *id > 0);
        ready(id.map(Self).ok_or(ApiError::TaskNotFound))
    }
}
