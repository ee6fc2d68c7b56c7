//! The handlers of tasks. Each has an [`Owner`] and none has a use for what the path claims.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use chrono::Utc;
use serde_json::json;

use super::body::JsonBody;
use super::task_json::TaskJson;
use super::{fields, list_query};
use crate::app::State;
use crate::auth::Owner;
use crate::config::ListShape;
use crate::error::{ApiError, ApiResult};
use crate::store::{Page, Task, TaskChange};

/// The task's id in the path: a positive integer, and 404 for everything else. First among a handler's arguments behind the owner,
/// so that it is judged before the body is.
pub(super) struct TaskId(i64);

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

/// `GET /api/{user_id}/tasks`
pub(super) async fn list(owner: Owner, request: HttpRequest, state: web::Data<State>) -> ApiResult<HttpResponse> {
    let mut query = list_query::read(request.query_string(), state.lists)?;
    // these shapes show the total, whether it was asked for or not
    query.list.count |= state.lists.shape != ListShape::Array;
    let wanted = query.list.clone();
    let page = state.db.read(owner, move |tasks| tasks.list(&wanted)).await?;
    let mut response = HttpResponse::Ok();
    private(&mut response);
    if page.more {
        let next = query.list.offset + query.list.limit;
        response.insert_header((header::LINK, next_link(&request, query.list.limit, next)));
    }
    if let Some(total) = page.total.filter(|_| query.counted) {
        response.insert_header(("x-total-count", total));
    }
    Ok(shaped(&mut response, page, state.lists.shape))
}

/// `POST /api/{user_id}/tasks`
pub(super) async fn create(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let draft = fields::draft(body.required()?, Utc::now())?;
    let task = state.db.write(owner, move |tasks| tasks.create(&draft)).await?;
    let location = format!("{}/{}", request.uri().path().trim_end_matches('/'), task.id);
    let mut response = HttpResponse::Created();
    private(&mut response).insert_header((header::LOCATION, location));
    Ok(response.json(TaskJson::from(task)))
}

/// `GET /api/{user_id}/tasks/{id}`
pub(super) async fn get(owner: Owner, id: TaskId, state: web::Data<State>) -> ApiResult<HttpResponse> {
    state.db.read(owner, move |tasks| tasks.get(id.0)).await.map(one).map_err(Into::into)
}

/// `PUT` and `PATCH /api/{user_id}/tasks/{id}`: both partial.
pub(super) async fn update(
    owner: Owner,
    id: TaskId,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let change = fields::change(body.required()?, Utc::now())?;
    write(&state, owner, id, change).await
}

/// `PATCH /api/{user_id}/tasks/{id}/complete` and its aliases.
pub(super) async fn complete(
    owner: Owner,
    id: TaskId,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let completion = fields::completion(body.0);
    write(&state, owner, id, TaskChange::completion(completion, Utc::now())).await
}

/// `PATCH /api/{user_id}/tasks/{id}/status`
pub(super) async fn set_status(
    owner: Owner,
    id: TaskId,
    body: JsonBody,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let completion = fields::status_change(body.required()?)?;
    write(&state, owner, id, TaskChange::completion(completion, Utc::now())).await
}

/// `DELETE /api/{user_id}/tasks/{id}`
pub(super) async fn delete(owner: Owner, id: TaskId, state: web::Data<State>) -> ApiResult<HttpResponse> {
    let id = state.db.write(owner, move |tasks| tasks.delete(id.0)).await?;
    let mut response = HttpResponse::Ok();
    Ok(private(&mut response).json(json!({ "message": "Task deleted", "id": id, "success": true })))
}

async fn write(state: &State, owner: Owner, id: TaskId, change: TaskChange) -> ApiResult<HttpResponse> {
    state.db.write(owner, move |tasks| tasks.update(id.0, &change)).await.map(one).map_err(Into::into)
}

fn one(task: Task) -> HttpResponse {
    private(&mut HttpResponse::Ok()).json(TaskJson::from(task))
}

/// A user's own data: kept by no cache but the browser's, and asked for again each time.
fn private(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"))
}

fn shaped(response: &mut HttpResponseBuilder, page: Page, shape: ListShape) -> HttpResponse {
    let total = page.total;
    let tasks: Vec<TaskJson> = page.tasks.into_iter().map(TaskJson::from).collect();
    match shape {
        ListShape::Array => response.json(tasks),
        ListShape::Tasks => response.json(json!({ "tasks": tasks, "total": total })),
        ListShape::Data => response.json(json!({ "success": true, "data": { "tasks": tasks, "total": total } })),
    }
}

/// The next page (RFC 8288): this request's query with another offset.
fn next_link(request: &HttpRequest, limit: i64, offset: i64) -> String {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).map(web::Query::into_inner);
    let kept = pairs.unwrap_or_default().into_iter().filter(|(name, _)| !list_query::is_paging(name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("limit", &limit.to_string())
        .append_pair("offset", &offset.to_string())
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.uri().path())
}
