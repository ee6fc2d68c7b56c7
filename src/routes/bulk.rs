//! `POST /api/{user_id}/tasks/bulk`: several writes in one transaction.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use better_auth_guard::Owner;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::api::idempotency::{self, KeyRoute};
use crate::api::ignored_input::IgnoredInput;
use crate::api::request_schemas::Operations;
use crate::api::serialized::Deleted;
use crate::api::task::refresh_members;
use crate::api::task_body;
use crate::api::unknown_members::{Unknown, push_leftover};
use crate::config::TaskFormat;
use crate::db::{DbError, IdempotencyRequest, Occurrences, Tasks, VersionCondition, Write, WriteOutcome};
use crate::middleware::input_report::InputReport;
use crate::middleware::rate_limit;
use crate::middleware::request_body::JsonBody;
use crate::openapi::parameters::{IdempotencyKey, OwnerPath};
use crate::openapi::responses::{AuthErrors, BodyErrors, NoTask, Running, Stale, ValidationError};
use crate::recurrence::{Budget, RuleError};
use crate::routes::idempotent::{mark_as_replay, replay, stored_response};
use crate::routes::occurrences::{Attempt, WriteSize, with_occurrences};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Task;
use crate::task::field::Member;
use crate::task::fields::Completed;
use crate::task::{NewTask, TaskPatch};

const MAX_OPERATIONS: usize = 100;
/// The members of an operation beside those of its task.
const OPERATION: &[&str] = &["op", "id", "version"];

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
    params(OwnerPath, IdempotencyKey), request_body = Operations,
    responses(
        (status = 200, description = "The result of each operation", body = Results, headers(
            ("Idempotent-Replayed" = String, description = "`true` if an earlier request with this `Idempotency-Key` ran the operations"),
        )),
        AuthErrors, NoTask, BodyErrors, ValidationError, Running, Stale,
    ),
)]
pub(crate) async fn bulk(
    owner: Owner,
    body: JsonBody,
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let idempotency = idempotency::read(&request, KeyRoute::Bulk, &body.bytes)?;
    let (format, now) = (state.lists.format, Utc::now());
    let mut input = input.without_parameters();
    let operations = parse(body.required()?, format, now, &mut input.ignored);
    let operations = input.check(operations)?;
    if let Some(stored) = stored_response(&state, &owner, idempotency.as_ref()).await? {
        return replayed_results(&stored, format);
    }
    rate_limit::charge(&request, &owner, operations.len())?;
    let occurrences = occurrences_of_creates(&operations);
    let results =
        with_occurrences(&state, &owner, WriteSize::ManyTasks, occurrences, rule_error, move |tasks, occurrences| {
            run(tasks, &operations, (idempotency.as_ref(), now), occurrences)
        });
    match results.await?? {
        WriteOutcome::Written(results) if format.camel_case => {
            results_response(&mut HttpResponse::Ok(), &results, format)
        }
        WriteOutcome::Written(results) => {
            let mut response = HttpResponse::Ok();
            Ok(with_private_cache(&mut response).insert_header(ContentType::json()).body(results))
        }
        WriteOutcome::Stored(stored) => replayed_results(&replay(stored)?, format),
    }
}

fn replayed_results(text: &str, format: TaskFormat) -> ApiResult<HttpResponse> {
    results_response(mark_as_replay(&mut HttpResponse::Ok()), text, format)
}

/// Builds the response from its stored text, in this format.
fn results_response(response: &mut HttpResponseBuilder, text: &str, format: TaskFormat) -> ApiResult<HttpResponse> {
    let internal = |error: serde_json::Error| ApiError::Internal(error.to_string());
    let mut body: Value = serde_json::from_str(text).map_err(internal)?;
    for task in body["results"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if task.contains_key("version") {
            refresh_members(task, format.camel_case);
        }
    }
    Ok(with_private_cache(response).json(body))
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
    (idempotency, now): (Option<&IdempotencyRequest>, DateTime<Utc>),
    occurrences: &mut Occurrences,
) -> Result<Attempt<ApiResult<WriteOutcome<String>>>, DbError> {
    let patches: Vec<_> =
        operations.iter().enumerate().filter_map(|(index, operation)| operation.recurring_patch(index)).collect();
    if !occurrences.is_planned() && !patches.is_empty() {
        tasks.plan_occurrences(&patches, occurrences)?;
        if occurrences.has_missing() {
            return Ok(Attempt::NeedsOccurrences);
        }
    }
    let mut failed_index = 0;
    let run_all = |tasks: &mut Tasks<'_, Write>| {
        tasks.transaction(|tasks| {
            let mut results = Vec::with_capacity(operations.len());
            for (index, operation) in operations.iter().enumerate() {
                failed_index = index;
                occurrences.set_operation(index);
                // a missing occurrence rolls back the transaction
                results.push(operation.run(tasks, occurrences)?.ok_or(DbError::VersionMismatch)?);
            }
            Ok(stored_results(results))
        })
    };
    match tasks.once(idempotency, now, run_all, String::clone) {
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

/// Serializes the results, for the response and for retries.
fn stored_results(results: Vec<OperationResult>) -> String {
    serde_json::to_string(&Results { results }).expect("the results are serializable")
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

fn parse(body: Value, format: TaskFormat, now: DateTime<Utc>, ignored: &mut IgnoredInput) -> ApiResult<Vec<Operation>> {
    let invalid = |detail: &str| Err(ApiError::ValidationFailed(FieldError::member("operations", detail).into()));
    let Value::Object(mut members) = body else { return invalid("must be a list of operations") };
    let Some(Value::Array(operations)) = members.remove("operations") else {
        return invalid("must be a list of operations");
    };
    push_leftover(&members, &[&["operations"]], &mut Unknown::of(ignored));
    if operations.len() > MAX_OPERATIONS {
        return invalid("must have at most 100 operations");
    }
    let mut errors = FieldErrors::default();
    let mut parsed = Vec::new();
    for (index, operation) in operations.into_iter().enumerate() {
        let (part, mut ignored_part) = (format!("operations/{index}"), ignored.for_part());
        let operation = parse_operation(task_body::select_names(operation, format), now, &mut ignored_part);
        ignored.push_part(&part, ignored_part);
        match operation {
            Ok(operation) => parsed.push(operation),
            Err(ApiError::ValidationFailed(nested)) => errors.push_nested(&part, nested),
            Err(error) => return Err(error),
        }
    }
    Ok(errors.into_result(parsed)?)
}

fn parse_operation(operation: Value, now: DateTime<Utc>, ignored: &mut IgnoredInput) -> ApiResult<Operation> {
    let name = operation.get("op").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    let invalid = |member: &str, detail: &str| ApiError::ValidationFailed(FieldError::member(member, detail).into());
    if name == "create" {
        return task_body::parse_new_task(operation, now, Unknown::beside(ignored, &[&["op"]])).map(Operation::Create);
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
        "update" => {
            let patch = task_body::parse_patch(operation, now, Unknown::beside(ignored, &[OPERATION]))?;
            Ok(Operation::Update(id, patch, condition))
        }
        "complete" => {
            // an operation has other members, and unknown ones are ignored
            let (completion, others) = split_members(operation, Completed::NAMES);
            push_leftover(&others, &[Completed::NAMES], &mut Unknown::beside(ignored, &[OPERATION]));
            let completion = task_body::parse_completion(Some(Value::Object(completion)), ignored)?;
            Ok(Operation::Update(id, TaskPatch::completion(completion, now), condition))
        }
        _ => {
            let (_, members) = split_members(operation, &[]);
            push_leftover(&members, &[OPERATION], &mut Unknown::beside(ignored, &[OPERATION]));
            Ok(Operation::Delete(id, condition))
        }
    }
}

/// Splits the members of an object into those with these names and the others.
fn split_members(object: Value, names: &[&str]) -> (Map<String, Value>, Map<String, Value>) {
    let Value::Object(members) = object else { return Default::default() };
    members.into_iter().partition(|(name, _)| names.contains(&name.as_str()))
}
