//! `POST /api/{user_id}/tasks/bulk`: several writes, all or none.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::api::request_schemas::Operations;
use crate::api::serialized::Deleted;
use crate::api::task_body;
use crate::auth::Owner;
use crate::db::{DbError, Occurrences, Tasks, VersionCondition, Write};
use crate::middleware::rate_limit;
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::OwnerPath;
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, Stale, ValidationError};
use crate::recurrence::{Budget, TooCostly};
use crate::routes::occurrences::{Attempt, with_occurrences};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Task;
use crate::task::{NewTask, TaskPatch};

const MAX_OPERATIONS: usize = 100;

/// What several writes came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Results {
    /// For each operation, in their order.
    results: Vec<Outcome>,
}

/// What one write of many came to.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Outcome {
    /// The task that was written.
    Task(Box<Task>),
    /// It is in the trash.
    Deleted(Deleted),
}

/// One write of many, checked.
enum Operation {
    Create(NewTask),
    Change(i64, TaskPatch, VersionCondition),
    Delete(i64, VersionCondition),
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
        AuthErrors, NoTask, BodyErrors, ValidationError, Stale,
    ),
)]
pub(crate) async fn bulk(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let operations = read(body.required()?, Utc::now())?;
    rate_limit::charge(&request, &owner, operations.len())?;
    let occurrences = foreseen(&operations);
    let results = with_occurrences(&state, &owner, occurrences, refuse, move |tasks, occurrences| {
        run(tasks, &operations, occurrences)
    });
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(Results { results: results.await?? }))
}

/// The occurrences that the operations need, whatever is stored.
fn foreseen(operations: &[Operation]) -> Occurrences {
    let mut occurrences = Occurrences::new(Budget::of_request());
    for (index, operation) in operations.iter().enumerate() {
        if let Operation::Create(draft) = operation {
            occurrences.foresee_draft(index, draft);
        }
    }
    occurrences
}

fn refuse(index: usize, reason: TooCostly) -> ApiError {
    ApiError::ValidationFailed(FieldError::from(reason).below(&format!("operations/{index}")).into())
}

/// Runs all operations in one transaction, once no occurrence is lacking.
fn run(
    tasks: &mut Tasks<'_, Write>,
    operations: &[Operation],
    occurrences: &mut Occurrences,
) -> Result<Attempt<ApiResult<Vec<Outcome>>>, DbError> {
    let changes: Vec<_> =
        operations.iter().enumerate().filter_map(|(index, operation)| operation.change(index)).collect();
    if !occurrences.has_foreseen() && !changes.is_empty() {
        tasks.foresee(&changes, occurrences)?;
        if occurrences.is_lacking() {
            return Ok(Attempt::Lacking);
        }
    }
    let mut failed = 0;
    let outcome = tasks.together(|tasks| {
        let mut results = Vec::with_capacity(operations.len());
        for (index, operation) in operations.iter().enumerate() {
            failed = index;
            occurrences.begin(index);
            // where one is lacking, the transaction is rolled back
            results.push(operation.run(tasks, occurrences)?.ok_or(DbError::VersionMismatch)?);
        }
        Ok(results)
    });
    match outcome {
        Err(DbError::VersionMismatch) if occurrences.is_lacking() => Ok(Attempt::Lacking),
        Err(DbError::NotFound) => Ok(Attempt::Ended(Err(ApiError::Operation { index: failed, is_stale: false }))),
        Err(DbError::VersionMismatch) => Ok(Attempt::Ended(Err(ApiError::Operation { index: failed, is_stale: true }))),
        outcome => outcome.map(Ok).map(Attempt::Ended),
    }
}

impl Operation {
    /// The change, where it can need a next occurrence.
    fn change(&self, index: usize) -> Option<(usize, i64, &TaskPatch)> {
        match self {
            Self::Change(id, change, _) if change.needs_occurrence() => Some((index, *id, change)),
            _ => None,
        }
    }

    /// Runs it; `None`: an occurrence is lacking.
    fn run(&self, tasks: &mut Tasks<'_, Write>, occurrences: &mut Occurrences) -> Result<Option<Outcome>, DbError> {
        Ok(match self {
            Self::Create(draft) => Some(Outcome::Task(Box::new(tasks.create(draft)?))),
            Self::Change(id, change, expected) => {
                let changed = tasks.update(*id, change, expected, occurrences)?;
                changed.map(|task| Outcome::Task(Box::new(task)))
            }
            Self::Delete(id, expected) => {
                Some(Outcome::Deleted(Deleted::of(tasks.delete(*id, expected, Utc::now())?)))
            }
        })
    }
}

fn read(body: Value, now: DateTime<Utc>) -> ApiResult<Vec<Operation>> {
    let wrong = |detail: &str| Err(ApiError::ValidationFailed(FieldError::member("operations", detail).into()));
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
            Err(ApiError::ValidationFailed(errors)) => wrong.push_below(&format!("operations/{index}"), errors),
            Err(error) => return Err(error),
        }
    }
    Ok(wrong.none_or(read)?)
}

fn read_one(operation: Value, now: DateTime<Utc>) -> ApiResult<Operation> {
    let name = operation.get("op").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    let invalid = |member: &str, detail: &str| ApiError::ValidationFailed(FieldError::member(member, detail).into());
    if name == "create" {
        return task_body::parse_new_task(operation, now).map(Operation::Create);
    }
    if !["update", "complete", "delete"].contains(&name.as_str()) {
        return Err(invalid("op", "must be create, update, complete or delete"));
    }
    let id = operation.get("id").and_then(Value::as_i64).filter(|id| *id > 0);
    let id = id.ok_or_else(|| invalid("id", "must be a task's id"))?;
    let expected = match operation.get("version") {
        // the whole task sent back with its version is meant as a condition here, where there are no headers
        Some(Value::Number(version)) => VersionCondition::Versions(version.as_i64().into_iter().collect()),
        None | Some(Value::Null) => VersionCondition::Any,
        Some(_) => return Err(invalid("version", "must be a task's version")),
    };
    match name.as_str() {
        "update" => Ok(Operation::Change(id, task_body::parse_patch(operation, now)?, expected)),
        "complete" => {
            let completion = task_body::parse_completion(Some(operation))?;
            Ok(Operation::Change(id, TaskPatch::completion(completion, now), expected))
        }
        _ => Ok(Operation::Delete(id, expected)),
    }
}
