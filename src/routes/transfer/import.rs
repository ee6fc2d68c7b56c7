//! `POST /api/{user_id}/tasks/import`

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::calendar;
use crate::app::State;
use crate::auth::Owner;
use crate::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::json;
use crate::openapi::answers::{Guarded, Unreadable, Wrong};
use crate::openapi::bodies::ImportedTask;
use crate::openapi::parameters::OwnerPath;
use crate::recurrence::Budget;
use crate::routes::body::ImportBody;
use crate::routes::occurrences::too_costly;
use crate::routes::tasks::private;
use crate::routes::{fields, rate_limit};
use crate::store::{Import, Occurrences};

/// What an import came to.
#[derive(Serialize, ToSchema)]
#[schema(as = Imported)]
pub(in crate::routes) struct ImportedJson {
    /// So many tasks were created.
    created: usize,
    /// So many were there already, in the trash or not, and stayed as they are.
    skipped: usize,
}

/// No import brings more.
const MAX_TASKS: usize = 10_000;
/// No name of a task is longer, in characters.
const MAX_UID: usize = 255;

/// Imports tasks
///
/// From the JSON of an export, or a calendar with VTODOs. A task whose `uid` is known is skipped, so that the same import twice makes
/// nothing new. One that cannot be taken is named, and nothing is changed. At most 10,000 tasks.
#[utoipa::path(
    post, path = "/api/{user_id}/tasks/import", operation_id = "importTasks", tag = "tasks",
    params(OwnerPath),
    request_body(content(
        (Vec<ImportedTask> = "application/json"), (String = "text/calendar"),
    )),
    responses((status = 200, description = "How many were taken", body = ImportedJson), Guarded, Unreadable, Wrong),
)]
pub(in crate::routes) async fn import(
    owner: Owner,
    body: ImportBody,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let tasks = match media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "application/json" => from_json(&body.0)?,
        "text/calendar" => from_calendar(body.0)?,
        _ => return Err(ApiError::NotImportable),
    };
    let imports = read(tasks, Utc::now())?;
    rate_limit::charge(&request, &owner, imports.len())?;
    let imported = state.db.import(owner, move |tasks| tasks.import(&imports)).await?;
    let mut response = HttpResponse::Ok();
    Ok(private(&mut response).json(ImportedJson { created: imported.created, skipped: imported.skipped }))
}

/// A list, or one of the shapes that lists are wrapped in.
fn from_json(text: &[u8]) -> ApiResult<Vec<Value>> {
    let body =
        json::parse(text).map_err(|problem| ApiError::Malformed(format!("The body is not valid JSON: {problem}.")))?;
    let list = match body {
        Value::Object(mut members) => members.remove("tasks").unwrap_or(Value::Null),
        other => other,
    };
    match list {
        Value::Array(tasks) => Ok(tasks),
        _ => Err(ApiError::Invalid(FieldError::body("The body must be a list of tasks").into())),
    }
}

fn from_calendar(text: Vec<u8>) -> ApiResult<Vec<Value>> {
    let text = String::from_utf8(text).map_err(|_| ApiError::Malformed("The calendar is not UTF-8.".into()))?;
    calendar::read(&text).map_err(ApiError::Malformed)
}

fn read(tasks: Vec<Value>, now: DateTime<Utc>) -> ApiResult<Vec<Import>> {
    if tasks.len() > MAX_TASKS {
        let detail = format!("The body must have at most {MAX_TASKS} tasks");
        return Err(ApiError::Invalid(FieldError::body(detail).into()));
    }
    let mut wrong = FieldErrors::default();
    let mut occurrences = Occurrences::new(Budget::of_import());
    let mut imports = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.into_iter().enumerate() {
        match read_one(task, now, &mut occurrences) {
            Ok(import) => imports.push(import),
            Err(ApiError::Invalid(errors)) => wrong.push_below(&index.to_string(), errors),
            Err(error) => return Err(error),
        }
    }
    wrong.none_or(imports)
}

fn read_one(task: Value, now: DateTime<Utc>, occurrences: &mut Occurrences) -> ApiResult<Import> {
    let time = |name: &'static str| match task.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let read = value.as_str().and_then(|text| fields::instant(text).ok());
            read.map(Some).ok_or_else(|| ApiError::Invalid(FieldError::member(name, "must be a date-time").into()))
        }
    };
    let (created_at, completed_at) = (time("created_at")?.unwrap_or(now), time("completed_at")?);
    let uid = match task.get("uid") {
        None | Some(Value::Null) => Uuid::new_v4().to_string(),
        Some(Value::String(uid)) if is_name(uid) => uid.clone(),
        Some(_) => return Err(ApiError::Invalid(FieldError::member("uid", "must be 1 to 255 characters").into())),
    };
    let draft = fields::draft(task, now)?;
    occurrences.check_draft(&draft).map_err(|reason| ApiError::Invalid(too_costly(reason).into()))?;
    Ok(Import { uid, draft, created_at, completed_at })
}

fn is_name(uid: &str) -> bool {
    (1..=MAX_UID).contains(&uid.chars().count()) && !uid.contains(char::is_control)
}
