//! The handlers that complete or reopen a task.

use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;
use serde_json::Value;

use crate::api::error::ApiResult;
use crate::api::etag::IfMatch;
use crate::api::idempotency::{self, KeyRoute};
use crate::api::request_schemas::{Completion, StatusChange};
use crate::api::task_body;
use crate::middleware::input_report::InputReport;
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::{self, TaskPath};
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, OneTask, Stale, ValidationError};
use crate::routes::idempotent::{replayed_task, stored_response};
use crate::routes::occurrences;
use crate::routes::task_id::TaskId;
use crate::state::AppState;
use crate::task::{self, TaskPatch};

/// Completes or reopens a task
///
/// Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}/complete", operation_id = "completeTask", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = Option<Completion>,
    responses(OneTask, AuthErrors, NoTask, BodyErrors, ValidationError, Stale),
)]
pub(crate) async fn complete(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    input: InputReport,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let completion = parse_completion(body.value, input)?;
    let patch = TaskPatch::completion(completion, Utc::now());
    occurrences::update(&state, owner, id, if_match, patch, None).await
}

/// Completes or reopens a task by POST, which accepts an `Idempotency-Key`.
pub(crate) async fn complete_once(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let idempotency = idempotency::read(&request, KeyRoute::Complete(id.0), &body.bytes)?;
    let completion = parse_completion(body.value, input)?;
    if let Some(stored) = stored_response(&state, &owner, idempotency.as_ref()).await? {
        return replayed_task(&stored, state.lists.format);
    }
    let patch = TaskPatch::completion(completion, Utc::now());
    occurrences::update(&state, owner, id, if_match, patch, idempotency).await
}

/// Parses the body of `/complete`, and checks the ignored input.
fn parse_completion(body: Option<Value>, input: InputReport) -> ApiResult<task::Completion> {
    let mut input = input.without_parameters();
    let completion = task_body::parse_completion(body, &mut input.ignored);
    input.check(completion)
}

/// Sets the status of a task
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}/status", operation_id = "setTaskStatus", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = StatusChange,
    responses(OneTask, AuthErrors, NoTask, BodyErrors, ValidationError, Stale),
)]
pub(crate) async fn set_status(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    input: InputReport,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut input = input.without_parameters();
    let completion = task_body::parse_status(body.required()?, &mut input.ignored);
    let completion = input.check(completion)?;
    let patch = TaskPatch::completion(completion, Utc::now());
    occurrences::update(&state, owner, id, if_match, patch, None).await
}
