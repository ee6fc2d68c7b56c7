//! Responses to repeated requests with an `Idempotency-Key`.

use actix_web::{HttpResponse, HttpResponseBuilder, web};
use better_auth_guard::Owner;
use chrono::Utc;

use crate::api::error::{ApiError, ApiResult};
use crate::api::serialized::SerializedTask;
use crate::config::TaskFormat;
use crate::db::{IdempotencyRequest, StoredResponse};
use crate::routes::responses::task_response;
use crate::state::AppState;

/// Returns the stored response of an earlier request with this key and this body.
///
/// Handlers call it before work whose result could differ now, and before they count the operations of the request.
///
/// # Errors
/// [`ApiError::KeyReused`]. The errors of the database.
pub(crate) async fn stored_response(
    state: &web::Data<AppState>,
    owner: &Owner,
    request: Option<&IdempotencyRequest>,
) -> ApiResult<Option<String>> {
    let Some(request) = request.cloned() else { return Ok(None) };
    let read = state.db.read(owner.clone(), move |tasks| tasks.stored_response(&request, Utc::now()));
    read.await?.map(replay).transpose()
}

/// Returns the text of a stored response.
///
/// # Errors
/// [`ApiError::KeyReused`]
pub(crate) fn replay(stored: StoredResponse) -> ApiResult<String> {
    match stored {
        StoredResponse::Replayed(text) => Ok(text),
        StoredResponse::KeyReused => Err(ApiError::KeyReused),
    }
}

/// Restores the task of a stored response.
///
/// # Errors
/// [`ApiError::Internal`]: the text is not a task.
pub(crate) fn stored_task(text: &str, format: TaskFormat) -> ApiResult<SerializedTask> {
    SerializedTask::from_stored(text, format).map_err(|error| ApiError::Internal(error.to_string()))
}

/// Builds the response with a stored task.
///
/// # Errors
/// As for [`stored_task`].
pub(crate) fn replayed_task(text: &str, format: TaskFormat) -> ApiResult<HttpResponse> {
    let task = stored_task(text, format)?;
    Ok(task_response(mark_as_replay(&mut HttpResponse::Ok()), task))
}

/// Marks a response as the stored one.
pub(crate) fn mark_as_replay(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header(("idempotent-replayed", "true"))
}
