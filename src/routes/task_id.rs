//! The id of a task in the path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::api::error::{ApiError, ApiResult};

/// The task's id in the path: a positive integer, and 404 for everything else. First among a handler's arguments behind the owner,
/// so that it is judged before the body is.
pub(crate) struct TaskId(pub i64);

impl FromRequest for TaskId {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or("");
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|id| digits && *id > 0);
        ready(id.map(Self).ok_or(ApiError::TaskNotFound))
    }
}
