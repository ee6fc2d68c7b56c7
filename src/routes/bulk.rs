//! `POST /api/{user_id}/tasks/bulk`: several writes, all or none.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::task_json::{Deleted, TaskJson};
use super::tasks::private;
use super::{fields, rate_limit};
use crate::app::State;
use crate::auth::Owner;
use crate::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::openapi::answers::{Guarded, NoTask, Stale, Unreadable, Wrong};
use crate::openapi::bodies::Operations;
use crate::openapi::parameters::OwnerPath;
use crate::store::{Expected, StoreError, TaskChange, TaskDraft, Tasks, Write};

const MAX_OPERATIONS: usize = 100;

/// What several writes came to.
#[derive(Serialize, ToSchema)]
pub(super) struct Results {
    /// For each operation, in their order.
    results: Vec<Outcome>,
}

/// What one write of many came to.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Outcome {
    /// The task that was written.
    Task(Box<TaskJson>),
    /// It is in the trash.
    Deleted(Deleted),
}

/// One write of many, checked.
enum Operation {
    Create(TaskDraft),
    Change(i64, TaskChange, Expected),
    Delete(i64, Expected),
}

/// Does several writes, all or none
///
/// Each operation has the members of its single request beside `op` and `id`; `version`, where given, is what `If-Match` is there.
/// If one fails none is done, and the problem names it by its index.
#[utoipa::path(
    post, path = "/api/{user_id}/tasks/bulk", operation_id = "bulkTasks", tag = "tasks",
    params(OwnerPath), request_body = Operations,
    responses(
        (status = 200, description = "What each came to", body = Results),
        Guarded, NoTask, Unreadable, Wrong, Stale,
    ),
)]
pub(super) async fn bulk(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let operations = read(body.required()?, Utc::now())?;
    rate_limit::charge(&request, &owner, operations.len())?;
    let results = state.db.write(owner, move |tasks| Ok(run(tasks, &operations))).await??;
    let mut response = HttpResponse::Ok();
    Ok(private(&mut response).json(Results { results }))
}

fn run(tasks: &mut Tasks<'_, Write>, operations: &[Operation]) -> ApiResult<Vec<Outcome>> {
    let mut failed = 0;
    let outcome = tasks.together(|tasks| {
        let mut results = Vec::with_capacity(operations.len());
        for (index, operation) in operations.iter().enumerate() {
            failed = index;
            results.push(operation.run(tasks)?);
        }
        Ok(results)
    });
    outcome.map_err(|error| match error {
        StoreError::NotFound => ApiError::Operation { index: failed, is_stale: false },
        StoreError::Stale => ApiError::Operation { index: failed, is_stale: true },
        error => error.into(),
    })
}

impl Operation {
    fn run(&self, tasks: &mut Tasks<'_, Write>) -> Result<Outcome, StoreError> {
        Ok(match self {
            Self::Create(draft) => Outcome::Task(Box::new(tasks.create(draft)?.into())),
            Self::Change(id, change, expected) => Outcome::Task(Box::new(tasks.update(*id, change, expected)?.into())),
            Self::Delete(id, expected) => Outcome::Deleted(Deleted::of(tasks.delete(*id, expected, Utc::now())?)),
        })
    }
}

fn read(body: Value, now: DateTime<Utc>) -> ApiResult<Vec<Operation>> {
    let wrong = |detail: &str| Err(ApiError::Invalid(FieldError::member("operations", detail).into()));
    let Value::Object(mut members) = body else { return wrong("must be a list of operations") };
    let Some(Value::Array(operations)) = members.remove("operations") else {
        return wrong("must be a list of operations");
    };
    if operations.len() > MAX_OPERATIONS {
        return wrong("must be at most 100");
    }
    let mut wrong = FieldErrors::default();
    let mut read = Vec::new();
    for (index, operation) in operations.into_iter().enumerate() {
        match read_one(operation, now) {
            Ok(operation) => read.push(operation),
            Err(ApiError::Invalid(errors)) => wrong.push_below(&format!("operations/{index}"), errors),
            Err(error) => return Err(error),
        }
    }
    wrong.none_or(read)
}

fn read_one(operation: Value, now: DateTime<Utc>) -> ApiResult<Operation> {
    let name = operation.get("op").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    let invalid = |member: &str, detail: &str| ApiError::Invalid(FieldError::member(member, detail).into());
    if name == "create" {
        return fields::draft(operation, now).map(Operation::Create);
    }
    if !["update", "complete", "delete"].contains(&name.as_str()) {
        return Err(invalid("op", "must be create, update, complete or delete"));
    }
    let id = operation.get("id").and_then(Value::as_i64).filter(|id| *id > 0);
    let id = id.ok_or_else(|| invalid("id", "must be a task's id"))?;
    let expected = match operation.get("version") {
        // the whole task sent back with its version is meant as a condition here, where there are no headers
        Some(Value::Number(version)) => Expected::Versions(version.as_i64().into_iter().collect()),
        None | Some(Value::Null) => Expected::Any,
        Some(_) => return Err(invalid("version", "must be a task's version")),
    };
    match name.as_str() {
        "update" => Ok(Operation::Change(id, fields::change(operation, now)?, expected)),
        "complete" => {
            let completion = fields::completion(Some(operation));
            Ok(Operation::Change(id, TaskChange::completion(completion, now), expected))
        }
        _ => Ok(Operation::Delete(id, expected)),
    }
}
