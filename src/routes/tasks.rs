//! The handlers of tasks. Each uses the [`Owner`] and ignores the user id in the path.

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::etag::{self, IfMatch};
use crate::api::list_params::{self, ListQuery};
use crate::api::query_params::Parameters;
use crate::api::request_schemas::{Completion, NewTask, StatusChange, TaskChange};
use crate::api::serialized::{Deleted, SerializedPage, SerializedTask};
use crate::api::{idempotency, serialized, task_body};
use crate::config::ListShape;
use crate::db::{CreateOutcome, PageStart, Tasks, Write};
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::{
    self, DeleteParameter, FilterParameters, IdempotencyKey, IfNoneMatch, OwnerPath, PageParameters, TaskPath,
};
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, OneTask, Running, Stale, ValidationError};
use crate::routes::occurrences;
use crate::routes::responses::{task_response, with_private_cache};
use crate::routes::task_id::TaskId;
use crate::state::AppState;
use crate::task::{Task, TaskPatch};

/// Lists tasks
///
/// Sorted by creation time, newest first, unless `sort` is given.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks", operation_id = "listTasks", tag = "tasks",
    params(OwnerPath, FilterParameters, PageParameters),
    responses(
        (status = 200, description = "The tasks", body = ref("#/components/schemas/TaskList"), headers(
            ("Link" = String, description = "Link to the next page, absent on the last page: `<…>; rel=\"next\"` (RFC 8288)"),
            ("X-Total-Count" = i64, description = "Number of tasks on all pages, with `count=exact`"),
        )),
        AuthErrors, ValidationError,
    ),
)]
pub(crate) async fn list(owner: Owner, request: HttpRequest, state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    let ListQuery { mut list, should_count, cursor, filter_fingerprint } =
        list_params::parse(request.query_string(), state.lists, Utc::now())?;
    if let Some(cursor) = cursor {
        let position = state.secrets().cursors.read(&owner, &filter_fingerprint, &cursor);
        list.start = PageStart::After(position.ok_or_else(|| {
            ApiError::ValidationFailed(
                FieldError::parameter(
                    "cursor",
                    "does not belong to this list; send the filters and the sort order of the page that returned it",
                )
                .into(),
            )
        })?);
    }
    let (limit, shape) = (list.limit, state.lists.shape);
    // these shapes always contain the total
    list.count |= shape != ListShape::Array;
    let memory = state.list_memory.start_read(owner.as_str(), limit).await?;
    let read = state.db.read(owner.clone(), move |tasks| Ok((SerializedPage::new(tasks.list(&list)?, shape), memory)));
    let (page, memory) = read.await?;
    let mut response = HttpResponse::Ok();
    with_private_cache(&mut response);
    if let Some(next) = &page.next {
        let next = state.secrets().cursors.write(&owner, &filter_fingerprint, next);
        response.insert_header((header::LINK, next_link(&request, limit, &next)));
    }
    if let Some(total) = page.total.filter(|_| should_count) {
        response.insert_header(("x-total-count", total));
    }
    Ok(response.insert_header(ContentType::json()).body(memory.into_body(page.json)))
}

/// Creates a task
#[utoipa::path(
    post, path = "/api/{user_id}/tasks", operation_id = "createTask", tag = "tasks",
    params(OwnerPath, IdempotencyKey), request_body = NewTask,
    responses(
        (status = 201, description = "The created task", body = Task, headers(
            ("Location" = String, description = "The task's path"),
            ("ETag" = String, description = "The task's version"),
            ("Idempotent-Replayed" = String, description = "`true` if an earlier request with this `Idempotency-Key` created the task"),
        ), links(("task" = (operation_id = "getTask", parameters(
            ("user_id" = "$response.body#/user_id"), ("id" = "$response.body#/id"),
        ))))),
        AuthErrors, BodyErrors, ValidationError, Running,
    ),
)]
pub(crate) async fn create(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let idempotency = idempotency::read(&request, &body.bytes)?;
    let new_task = task_body::parse_new_task(body.required()?, Utc::now())?;
    occurrences::check_new_task(&new_task).await?;
    let Some(idempotency) = idempotency else {
        let task = state.db.write(owner, move |tasks| tasks.create(&new_task).map(SerializedTask::from)).await?;
        return Ok(created_response(&request, task, false));
    };
    let create =
        move |tasks: &mut Tasks<'_, Write>| tasks.create_once(&new_task, &idempotency, serialized::stored_text);
    match state.db.write(owner, create).await? {
        CreateOutcome::Created(task) => Ok(created_response(&request, SerializedTask::from(*task), false)),
        CreateOutcome::Replayed(text) => {
            let task = SerializedTask::from_stored(text).map_err(|error| ApiError::Internal(error.to_string()))?;
            Ok(created_response(&request, task, true))
        }
        CreateOutcome::KeyReused => Err(ApiError::KeyReused),
    }
}

/// Builds the response to a create. `is_replay`: an earlier request with the same key created the task.
fn created_response(request: &HttpRequest, task: SerializedTask, is_replay: bool) -> HttpResponse {
    let location = format!("{}/{}", request.uri().path().trim_end_matches('/'), task.id);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    if is_replay {
        response.insert_header(("idempotent-replayed", "true"));
    }
    task_response(&mut response, task)
}

/// Gets a task
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/{id}", operation_id = "getTask", tag = "tasks",
    params(TaskPath, IfNoneMatch),
    responses(
        OneTask,
        (status = 304, description = "The client already has this version", headers(("ETag" = String, description = "The task's version"))),
        AuthErrors, NoTask,
    ),
)]
pub(crate) async fn get(
    owner: Owner,
    id: TaskId,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let task = state.db.read(owner, move |tasks| tasks.get(id.0).map(SerializedTask::from)).await?;
    if etag::matches_if_none_match(&request, &task.etag) {
        let mut response = HttpResponse::NotModified();
        return Ok(with_private_cache(&mut response).insert_header((header::ETAG, task.etag)).finish());
    }
    Ok(task_response(&mut HttpResponse::Ok(), task))
}

/// Updates a task
///
/// An absent member keeps its value. `null` removes it.
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}", operation_id = "updateTask", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = TaskChange,
    responses(OneTask, AuthErrors, NoTask, BodyErrors, ValidationError, Stale),
)]
pub(crate) async fn update(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let patch = task_body::parse_patch(body.required()?, Utc::now())?;
    occurrences::update(&state, owner, id, if_match, patch).await
}

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
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let completion = task_body::parse_completion(body.value)?;
    let patch = TaskPatch::completion(completion, Utc::now());
    occurrences::update(&state, owner, id, if_match, patch).await
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
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let completion = task_body::parse_status(body.required()?)?;
    let patch = TaskPatch::completion(completion, Utc::now());
    occurrences::update(&state, owner, id, if_match, patch).await
}

/// Deletes a task
///
/// Moves the task to the trash, from which it can be restored. `permanent=true` deletes it permanently.
#[utoipa::path(
    delete, path = "/api/{user_id}/tasks/{id}", operation_id = "deleteTask", tag = "tasks",
    params(TaskPath, DeleteParameter, parameters::IfMatch),
    responses((status = 200, description = "The task is deleted", body = Deleted), AuthErrors, NoTask, ValidationError, Stale),
)]
pub(crate) async fn delete(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let is_permanent = parameters.flag(&["permanent"]);
    let is_permanent = parameters.finish(is_permanent)?.unwrap_or(false);
    let condition = if_match.condition(id.0);
    let delete = move |tasks: &mut Tasks<'_, Write>| match is_permanent {
        true => tasks.purge(id.0, &condition),
        false => tasks.delete(id.0, &condition, Utc::now()),
    };
    let id = state.db.write(owner, delete).await?;
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(Deleted::of(id)))
}

/// Restores a task from the trash
#[utoipa::path(
    post,
    path = "/api/{user_id}/tasks/{id}/restore",
    operation_id = "restoreTask",
    tag = "tasks",
    params(TaskPath, parameters::IfMatch),
    responses(OneTask, AuthErrors, NoTask, Stale)
)]
pub(crate) async fn restore(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let condition = if_match.condition(id.0);
    let restore =
        move |tasks: &mut Tasks<'_, Write>| tasks.restore(id.0, &condition, Utc::now()).map(SerializedTask::from);
    let task = state.db.write(owner, restore).await?;
    Ok(task_response(&mut HttpResponse::Ok(), task))
}

/// Builds the `Link` to the next page (RFC 8288): the request's query with `cursor` instead of its paging parameters.
fn next_link(request: &HttpRequest, limit: i64, cursor: &str) -> String {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let filters = pairs.filter(|(name, _)| !list_params::is_paging(name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(filters)
        .append_pair("limit", &limit.to_string())
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.uri().path())
}
