//! The handlers of tasks. Each uses the [`Owner`] and ignores the user id in the path.

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::etag::{self, IfMatch};
use crate::api::idempotency::{self, KeyRoute};
use crate::api::list_params::{self, ListQuery};
use crate::api::query_params::Parameters;
use crate::api::request_schemas::{NewTask, TaskChange};
use crate::api::serialized::{Deleted, SerializedPage, SerializedTask};
use crate::api::unknown_members::Unknown;
use crate::api::{serialized, task_body};
use crate::config::ListShape;
use crate::db::{PageStart, Tasks, Write, WriteOutcome};
use crate::middleware::input_report::InputReport;
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::{
    self, DeleteParameter, FilterParameters, IdempotencyKey, IfNoneMatch, OwnerPath, PageParameters, TaskPath,
};
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, OneTask, Running, Stale, ValidationError};
use crate::routes::idempotent::{mark_as_replay, replay, replayed_task, stored_response, stored_task};
use crate::routes::occurrences;
use crate::routes::responses::{task_response, with_private_cache};
use crate::routes::task_id::TaskId;
use crate::state::AppState;
use crate::task::Task;

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
pub(crate) async fn list(
    owner: Owner,
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let query = list_params::parse(request.query_string(), state.lists, Utc::now(), &mut input.ignored);
    let ListQuery { mut list, should_count, cursor, filter_fingerprint } = input.check(query)?;
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
    let (limit, shape, camel_case) = (list.limit, state.lists.shape, state.lists.format.camel_case);
    // these shapes always contain the total
    list.count |= shape != ListShape::Array;
    let memory = state.list_memory.start_read(owner.as_str(), limit).await?;
    state.db.update_derived_texts(&owner, &list).await;
    let read = state
        .db
        .read(owner.clone(), move |tasks| Ok((SerializedPage::new(tasks.list(&list)?, shape, camel_case), memory)));
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
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let idempotency = idempotency::read(&request, KeyRoute::Create, &body.bytes)?;
    let format = state.lists.format;
    let body = task_body::select_names(body.required()?, format);
    let mut input = input.without_parameters();
    let new_task = task_body::parse_new_task(body, Utc::now(), Unknown::of(&mut input.ignored));
    let new_task = input.check(new_task)?;
    occurrences::check_new_task(&new_task).await?;
    let create = move |tasks: &mut Tasks<'_, Write>| {
        let create = |tasks: &mut Tasks<'_, Write>| tasks.create(&new_task);
        Ok(match tasks.once(idempotency.as_ref(), new_task.now, create, serialized::stored_text)? {
            WriteOutcome::Written(task) => Ok(SerializedTask::new(&task, format)),
            WriteOutcome::Stored(stored) => Err(stored),
        })
    };
    match state.db.write(owner, create).await? {
        Ok(task) => Ok(created_response(&request, task, false)),
        Err(stored) => Ok(created_response(&request, stored_task(&replay(stored)?, format)?, true)),
    }
}

/// Builds the response to a create. `is_replay`: an earlier request with the same key created the task.
fn created_response(request: &HttpRequest, task: SerializedTask, is_replay: bool) -> HttpResponse {
    let location = format!("{}/{}", request.uri().path().trim_end_matches('/'), task.id);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    if is_replay {
        mark_as_replay(&mut response);
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
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    input.without_parameters().check(Ok(()))?;
    let format = state.lists.format;
    let task = state.db.read(owner, move |tasks| Ok(SerializedTask::new(&tasks.get(id.0)?, format))).await?;
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
    input: InputReport,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let body = task_body::select_names(body.required()?, state.lists.format);
    let mut input = input.without_parameters();
    let patch = task_body::parse_patch(body, Utc::now(), Unknown::of(&mut input.ignored));
    let patch = input.check(patch)?;
    occurrences::update(&state, owner, id, if_match, patch, None).await
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
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let is_permanent = parameters.flag(&["permanent"]);
    let is_permanent = parameters.finish(is_permanent, &mut input.ignored);
    let is_permanent = input.check(is_permanent)?.unwrap_or(false);
    let condition = if_match.condition(id.0);
    let delete = move |tasks: &mut Tasks<'_, Write>| match is_permanent {
        true => tasks.purge(id.0, &condition),
        false => tasks.delete(id.0, &condition, Utc::now()),
    };
    let deleted = state.db.write(owner, delete).await;
    let id = deleted.map_err(|error| if_match.explain(id.0, error.into()))?;
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(Deleted::of(id)))
}

/// Restores a task from the trash
#[utoipa::path(
    post,
    path = "/api/{user_id}/tasks/{id}/restore",
    operation_id = "restoreTask",
    tag = "tasks",
    params(TaskPath, parameters::IfMatch, IdempotencyKey),
    responses(OneTask, AuthErrors, NoTask, ValidationError, Running, Stale)
)]
pub(crate) async fn restore(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let idempotency = idempotency::read(&request, KeyRoute::Restore(id.0), &[])?;
    input.without_parameters().check(Ok(()))?;
    if let Some(stored) = stored_response(&state, &owner, idempotency.as_ref()).await? {
        return replayed_task(&stored, state.lists.format);
    }
    let (condition, format, now) = (if_match.condition(id.0), state.lists.format, Utc::now());
    let restore = move |tasks: &mut Tasks<'_, Write>| {
        let restore = |tasks: &mut Tasks<'_, Write>| tasks.restore(id.0, &condition, now);
        Ok(match tasks.once(idempotency.as_ref(), now, restore, serialized::stored_text)? {
            WriteOutcome::Written(task) => Ok(SerializedTask::new(&task, format)),
            WriteOutcome::Stored(stored) => Err(stored),
        })
    };
    match state.db.write(owner, restore).await.map_err(|error| if_match.explain(id.0, error.into()))? {
        Ok(task) => Ok(task_response(&mut HttpResponse::Ok(), task)),
        Err(stored) => replayed_task(&replay(stored)?, state.lists.format),
    }
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
