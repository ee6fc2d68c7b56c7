//! The handlers of tasks. Each has an [`Owner`] and none has a use for what the path claims.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentType};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use chrono::Utc;

use super::body::JsonBody;
use super::condition::{self, IfMatch};
use super::list_query::{self, ListQuery};
use super::parameters::Parameters;
use super::task_json::{self, Deleted, Shown, ShownPage, TaskJson};
use super::{fields, idempotency, occurrences};
use crate::app::State;
use crate::auth::Owner;
use crate::config::ListShape;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::openapi::answers::{Guarded, NoTask, OneTask, Running, Stale, Unreadable, Wrong};
use crate::openapi::bodies::{Completion, NewTask, StatusChange, TaskChange as Change};
use crate::openapi::parameters::{
    self, DeleteParameter, FilterParameters, IdempotencyKey, IfNoneMatch, OwnerPath, PageParameters, TaskPath,
};
use crate::store::{CreatedOnce, Start, TaskChange, Tasks, Write};

/// The task's id in the path: a positive integer, and 404 for everything else. First among a handler's arguments behind the owner,
/// so that it is judged before the body is.
pub(super) struct TaskId(pub i64);

impl FromRequest for TaskId {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or("");
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|id| digits && *id > 0);
        ready(id.map(Self).ok_or(ApiError::NoSuchTask))
    }
}

/// Lists tasks
///
/// Newest first, if nothing else is asked for.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks", operation_id = "listTasks", tag = "tasks",
    params(OwnerPath, FilterParameters, PageParameters),
    responses(
        (status = 200, description = "The tasks", body = ref("#/components/schemas/TaskList"), headers(
            ("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"` (RFC 8288)"),
            ("X-Total-Count" = i64, description = "How many there are, if `count=exact` asked"),
        )),
        Guarded, Wrong,
    ),
)]
pub(super) async fn list(owner: Owner, request: HttpRequest, state: web::Data<State>) -> ApiResult<HttpResponse> {
    let ListQuery { mut list, counted, cursor, asked } =
        list_query::read(request.query_string(), state.lists, Utc::now())?;
    if let Some(cursor) = cursor {
        let position = state.trust().cursors.read(&owner, &asked, &cursor);
        list.start = Start::After(position.ok_or_else(|| {
            ApiError::Invalid(FieldError::parameter("cursor", "does not belong to this list").into())
        })?);
    }
    let (limit, shape) = (list.limit, state.lists.shape);
    // these shapes show the total, whether it was asked for or not
    list.count |= shape != ListShape::Array;
    let reading = state.list_memory.begin(owner.as_str(), limit).await?;
    let read = state.db.read(owner.clone(), move |tasks| Ok((ShownPage::new(tasks.list(&list)?, shape), reading)));
    let (page, reading) = read.await?;
    let mut response = HttpResponse::Ok();
    private(&mut response);
    if let Some(next) = &page.next {
        let next = state.trust().cursors.write(&owner, &asked, next);
        response.insert_header((header::LINK, next_link(&request, limit, &next)));
    }
    if let Some(total) = page.total.filter(|_| counted) {
        response.insert_header(("x-total-count", total));
    }
    Ok(response.insert_header(ContentType::json()).body(reading.into_body(page.json)))
}

/// Creates a task
#[utoipa::path(
    post, path = "/api/{user_id}/tasks", operation_id = "createTask", tag = "tasks",
    params(OwnerPath, IdempotencyKey), request_body = NewTask,
    responses(
        (status = 201, description = "The task", body = TaskJson, headers(
            ("Location" = String, description = "The task's path"),
            ("ETag" = String, description = "The task's version"),
            ("Idempotent-Replayed" = String, description = "`true`, if an earlier request with this `Idempotency-Key` made it"),
        ), links(("task" = (operation_id = "getTask", parameters(
            ("user_id" = "$response.body#/user_id"), ("id" = "$response.body#/id"),
        ))))),
        Guarded, Unreadable, Wrong, Running,
    ),
)]
pub(super) async fn create(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let once = idempotency::read(&request, &body.bytes)?;
    let draft = fields::draft(body.required()?, Utc::now())?;
    occurrences::check_draft(&draft).await?;
    let Some(once) = once else {
        let task = state.db.write(owner, move |tasks| tasks.create(&draft).map(Shown::from)).await?;
        return Ok(created(&request, task, false));
    };
    match state.db.write(owner, move |tasks| tasks.create_once(&draft, &once, task_json::text)).await? {
        CreatedOnce::Now(task) => Ok(created(&request, Shown::from(*task), false)),
        CreatedOnce::Before(text) => {
            let task = Shown::again(text).map_err(|error| ApiError::Internal(error.to_string()))?;
            Ok(created(&request, task, true))
        }
        CreatedOnce::OtherBody => Err(ApiError::KeyReused),
    }
}

/// The answer to a create. `is_repeated`: it was created by an earlier request with the same key.
fn created(request: &HttpRequest, task: Shown, is_repeated: bool) -> HttpResponse {
    let location = format!("{}/{}", request.uri().path().trim_end_matches('/'), task.id);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    if is_repeated {
        response.insert_header(("idempotent-replayed", "true"));
    }
    whole(&mut response, task)
}

/// Gives a task
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/{id}", operation_id = "getTask", tag = "tasks",
    params(TaskPath, IfNoneMatch),
    responses(
        OneTask,
        (status = 304, description = "The client has this version", headers(("ETag" = String, description = "Its version"))),
        Guarded, NoTask,
    ),
)]
pub(super) async fn get(
    owner: Owner,
    id: TaskId,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let task = state.db.read(owner, move |tasks| tasks.get(id.0).map(Shown::from)).await?;
    if condition::is_known(&request, &task.etag) {
        let mut response = HttpResponse::NotModified();
        return Ok(private(&mut response).insert_header((header::ETAG, task.etag)).finish());
    }
    Ok(whole(&mut HttpResponse::Ok(), task))
}

/// Changes a task
///
/// Absent members stay as they are, `null` clears.
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}", operation_id = "updateTask", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = Change,
    responses(OneTask, Guarded, NoTask, Unreadable, Wrong, Stale),
)]
pub(super) async fn update(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let change = fields::change(body.required()?, Utc::now())?;
    write(&state, owner, id, if_match, change).await
}

/// Completes a task, or reopens it
///
/// One that repeats leaves its next turn behind.
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}/complete", operation_id = "completeTask", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = Option<Completion>,
    responses(OneTask, Guarded, NoTask, Unreadable, Wrong, Stale),
)]
pub(super) async fn complete(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let completion = fields::completion(body.value)?;
    write(&state, owner, id, if_match, TaskChange::completion(completion, Utc::now())).await
}

/// Sets whether a task is done
#[utoipa::path(
    patch, path = "/api/{user_id}/tasks/{id}/status", operation_id = "setTaskStatus", tag = "tasks",
    params(TaskPath, parameters::IfMatch), request_body = StatusChange,
    responses(OneTask, Guarded, NoTask, Unreadable, Wrong, Stale),
)]
pub(super) async fn set_status(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let completion = fields::status_change(body.required()?)?;
    write(&state, owner, id, if_match, TaskChange::completion(completion, Utc::now())).await
}

/// Deletes a task
///
/// It moves to the trash, from which it can be restored; `permanent=true` deletes for ever.
#[utoipa::path(
    delete, path = "/api/{user_id}/tasks/{id}", operation_id = "deleteTask", tag = "tasks",
    params(TaskPath, DeleteParameter, parameters::IfMatch),
    responses((status = 200, description = "It is gone", body = Deleted), Guarded, NoTask, Wrong, Stale),
)]
pub(super) async fn delete(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let permanent = parameters.flag(&["permanent"]);
    let permanent = parameters.checked(permanent)?.unwrap_or(false);
    let expected = if_match.expected(id.0);
    let delete = move |tasks: &mut Tasks<'_, Write>| match permanent {
        true => tasks.delete_for_ever(id.0, &expected),
        false => tasks.delete(id.0, &expected, Utc::now()),
    };
    let id = state.db.write(owner, delete).await?;
    let mut response = HttpResponse::Ok();
    Ok(private(&mut response).json(Deleted::of(id)))
}

/// Takes a task out of the trash
#[utoipa::path(
    post,
    path = "/api/{user_id}/tasks/{id}/restore",
    operation_id = "restoreTask",
    tag = "tasks",
    params(TaskPath, parameters::IfMatch),
    responses(OneTask, Guarded, NoTask, Stale)
)]
pub(super) async fn restore(
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let expected = if_match.expected(id.0);
    let restore = move |tasks: &mut Tasks<'_, Write>| tasks.restore(id.0, &expected, Utc::now()).map(Shown::from);
    let task = state.db.write(owner, restore).await?;
    Ok(whole(&mut HttpResponse::Ok(), task))
}

async fn write(
    state: &State,
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    change: TaskChange,
) -> ApiResult<HttpResponse> {
    let expected = if_match.expected(id.0);
    let task = occurrences::update(state, owner, id, change, expected).await?;
    Ok(whole(&mut HttpResponse::Ok(), task))
}

/// An answer that is a task.
fn whole(response: &mut HttpResponseBuilder, task: Shown) -> HttpResponse {
    private(response).insert_header((header::ETAG, task.etag)).insert_header(ContentType::json()).body(task.json)
}

/// A user's own data: kept by no cache but the browser's, and asked for again each time.
pub(super) fn private(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"))
}

/// The next page (RFC 8288): this request's query with a cursor in place of what said which page.
fn next_link(request: &HttpRequest, limit: i64, cursor: &str) -> String {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let kept = pairs.filter(|(name, _)| !list_query::is_paging(name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("limit", &limit.to_string())
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.uri().path())
}
