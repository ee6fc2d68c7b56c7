//! `POST /api/{user_id}/tasks/bulk`: several writes in one transaction.

use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::api::request_schemas::Operations;
use crate::api::serialized::Deleted;
use crate::api::task_body;
use crate::db::{DbError, Occurrences, Tasks, VersionCondition, Write};
use crate::middleware::rate_limit;
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::OwnerPath;
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, Stale, ValidationError};
use crate::recurrence::{Budget, RuleError};
use crate::routes::occurrences::{Attempt, with_occurrences};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Task;
use crate::task::{NewTask, TaskPatch};

const MAX_OPERATIONS: usize = 100;

/// The results of a bulk request.
#[derive(Serialize, ToSchema)]
pub(crate) struct Results {
    /// One result for each operation, in the same order.
    results: Vec<OperationResult>,
}

/// The result of one operation.
#[derive(Serialize, ToSchema)]
#[schema(as = Outcome)]
#[serde(untagged)]
enum OperationResult {
    /// The created or changed task.
    Task(Box<Task>),
    /// The task was moved to the trash.
    Deleted(Deleted),
}

/// One validated operation.
enum Operation {
    Create(NewTask),
    Update(i64, TaskPatch, VersionCondition),
    Delete(i64, VersionCondition),
}

/// Runs several writes in one transaction
///
/// An operation has `op`, the members of the corresponding single request, and, except for `create`, the task's `id`. An optional
/// `version` has the effect of `If-Match`. If one operation fails, the service applies none, and the problem document has its index.
#[utoipa::path(
    post, path = "/api/{user_id}/tasks/bulk", operation_id = "bulkTasks", tag = "tasks",
    params(OwnerPath), request_body = Operations,
    responses(
        (status = 200, description = "The result of each operation", body = Results),
        AuthErrors, NoTask, BodyErrors, ValidationError, Stale,
    ),
)]
pub(crate) async fn bulk(
    owner: Owner,
    body: JsonBody,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let operations = parse(body.required()?, Utc::now())?;
    rate_limit::charge(&request, &owner, operations.len())?;
    let occurrences = occurrences_of_creates(&operations);
    let results = with_occurrences(&state, &owner, occurrences, rule_error, move |tasks, occurrences| {
        run(tasks, &operations, occurrences)
    });
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(Results { results: results.await?? }))
}

/// Collects the occurrences that the creates need. They do not depend on stored tasks.
fn occurrences_of_creates(operations: &[Operation]) -> Occurrences {
    let mut occurrences = Occurrences::new(Budget::for_request());
    for (index, operation) in operations.iter().enumerate() {
        if let Operation::Create(task) = operation {
            occurrences.plan_new_task(index, task);
        }
    }
    occurrences
}

/// The error of a rejected rule.
fn rule_error(index: usize, reason: RuleError) -> ApiError {
    ApiError::ValidationFailed(FieldError::from(reason).nested(&format!("operations/{index}")).into())
}

/// Runs all operations in one transaction, if all occurrences are computed.
fn run(
    tasks: &mut Tasks<'_, Write>,
    operations: &[Operation],
    occurrences: &mut Occurrences,
) -> Result<Attempt<ApiResult<Vec<OperationResult>>>, DbError> {
    let patches: Vec<_> =
        operations.iter().enumerate().filter_map(|(index, operation)| operation.recurring_patch(index)).collect();
    if !occurrences.is_planned() && !patches.is_empty() {
        tasks.plan_occurrences(&patches, occurrences)?;
        if occurrences.has_missing() {
            return Ok(Attempt::NeedsOccurrences);
        }
    }
    let mut failed_index = 0;
    let outcome = tasks.transaction(|tasks| {
        let mut results = Vec::with_capacity(operations.len());
        for (index, operation) in operations.iter().enumerate() {
            failed_index = index;
            occurrences.set_operation(index);
            // a missing occurrence rolls back the transaction
            results.push(operation.run(tasks, occurrences)?.ok_or(DbError::VersionMismatch)?);
        }
        Ok(results)
    });
    match outcome {
        Err(DbError::VersionMismatch) if occurrences.has_missing() => Ok(Attempt::NeedsOccurrences),
        Err(DbError::NotFound) => {
            Ok(Attempt::Finished(Err(ApiError::Operation { index: failed_index, is_stale: false })))
        }
        Err(DbError::VersionMismatch) => {
            Ok(Attempt::Finished(Err(ApiError::Operation { index: failed_index, is_stale: true })))
        }
        outcome => outcome.map(Ok).map(Attempt::Finished),
    }
}

impl Operation {
    /// Returns the index, the id and the patch, if the patch can need a next occurrence.
    fn recurring_patch(&self, index: usize) -> Option<(usize, i64, &TaskPatch)> {
        match self {
            Self::Update(id, patch, _) if patch.needs_occurrence() => Some((index, *id, patch)),
            _ => None,
        }
    }

    /// Runs the operation. `None`: an occurrence is not computed yet.
    fn run(
        &self,
        tasks: &mut Tasks<'_, Write>,
        occurrences: &mut Occurrences,
    ) -> Result<Option<OperationResult>, DbError> {
        Ok(match self {
            Self::Create(task) => Some(OperationResult::Task(Box::new(tasks.create(task)?))),
            Self::Update(id, patch, condition) => {
                let updated = tasks.update(*id, patch, condition, occurrences)?;
                updated.map(|task| OperationResult::Task(Box::new(task)))
            }
            Self::Delete(id, condition) => {
                Some(OperationResult::Deleted(Deleted::of(tasks.delete(*id, condition, Utc::now())?)))
            }
        })
    }
}

fn parse(body: Value, now: DateTime<Utc>) -> ApiResult<Vec<Operation>> {
    let invalid = |detail: &str| Err(ApiError::ValidationFailed(FieldError::member("operations", detail).into()));
    let Value::Object(mut members) = body else { return invalid("must be a list of operations") };
    let Some(Value::Array(operations)) = members.remove("operations") else {
        return invalid("must be a list of operations");
    };
    if operations.len() > MAX_OPERATIONS {
        return invalid("must have at most 100 operations");
    }
    let mut errors = FieldErrors::default();
    let mut parsed = Vec::new();
    for (index, operation) in operations.into_iter().enumerate() {
        match parse_operation(operation, now) {
            Ok(operation) => parsed.push(operation),
            Err(ApiError::ValidationFailed(nested)) => errors.push_nested(&format!("operations/{index}"), nested),
            Err(error) => return Err(error),
        }
    }
    Ok(errors.into_result(parsed)?)
}

fn parse_operation(operation: Value, now: DateTime<Utc>) -> ApiResult<Operation> {
    let name = operation.get("op").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    let invalid = |member: &str, detail: &str| ApiError::ValidationFailed(FieldError::member(member, detail).into());
    if name == "create" {
        return task_body::parse_new_task(operation, now).map(Operation::Create);
    }
    if !["update", "complete", "delete"].contains(&name.as_str()) {
        return Err(invalid("op", "must be create, update, complete or delete"));
    }
    let id = operation.get("id").and_then(Value::as_i64).filter(|id| *id > 0);
    let id = id.ok_or_else(|| invalid("id", "must be a task's id, a positive integer"))?;
    let condition = match operation.get("version") {
        // here `version` is a condition, because operations have no headers
        Some(Value::Number(version)) => VersionCondition::Versions(version.as_i64().into_iter().collect()),
        None | Some(Value::Null) => VersionCondition::Any,
        Some(_) => return Err(invalid("version", "must be a task's version, an integer")),
    };
    match name.as_str() {
        "update" => Ok(Operation::Update(id, task_body::parse_patch(operation, now)?, condition)),
        "complete" => {
            let completion = task_body::parse_completion(Some(operation))?;
            Ok(Operation::Update(id, TaskPatch::completion(completion, now), condition))
        }
        _ => Ok(Operation::Delete(id, condition)),
    }
}
