//! Computes next occurrences outside the database threads, and updates tasks that need them.

use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use actix_web::{HttpResponse, web};
use better_auth_guard::Owner;
use tokio::sync::Semaphore;

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::etag::IfMatch;
use crate::api::serialized::{SerializedTask, stored_text};
use crate::db::{DbError, IdempotencyRequest, Occurrences, Tasks, Write, WriteOutcome};
use crate::recurrence::{Budget, RuleError};
use crate::routes::idempotent::{replay, replayed_task};
use crate::routes::responses::task_response;
use crate::routes::task_id::TaskId;
use crate::state::AppState;
use crate::task::{NewTask, TaskPatch};

/// Maximum number of attempts of a write whose tasks other requests change.
const MAX_ATTEMPTS: usize = 5;

/// Limits concurrent computations to half of the cores. The request's budget limits each computation.
static COMPUTE_PERMITS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores.div_ceil(2)))
});

/// The outcome of a write that needs next occurrences.
pub(crate) enum Attempt<R> {
    /// The write was committed or failed.
    Finished(R),
    /// Nothing was written: an occurrence must be computed first.
    NeedsOccurrences,
}

/// The number of tasks of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WriteSize {
    /// One task, with its next occurrence.
    OneTask,
    /// The tasks of a bulk.
    ManyTasks,
}

/// Runs `attempt` until all occurrences are computed. Computes missing occurrences between attempts.
///
/// # Errors
/// The errors of `attempt`. A rule exceeds the budget: the error that `rule_error` returns for the operation's index. Each attempt found
/// tasks with other dates or rules, whose occurrences need many steps: [`ApiError::Unavailable`].
pub(crate) async fn with_occurrences<R>(
    state: &AppState,
    owner: &Owner,
    size: WriteSize,
    mut occurrences: Occurrences,
    rule_error: impl Fn(usize, RuleError) -> ApiError,
    attempt: impl Fn(&mut Tasks<'_, Write>, &mut Occurrences) -> Result<Attempt<R>, DbError> + Send + Sync + 'static,
) -> ApiResult<R>
where
    R: Send + 'static,
{
    let attempt = Arc::new(attempt);
    for _ in 0..MAX_ATTEMPTS {
        if occurrences.has_missing() {
            occurrences = compute(occurrences).await?.map_err(|(operation, reason)| rule_error(operation, reason))?;
        }
        let attempt = attempt.clone();
        let write = move |tasks: &mut Tasks<'_, Write>| {
            let mut occurrences = occurrences.clone(); // the write may run twice
            Ok((attempt(tasks, &mut occurrences)?, occurrences))
        };
        let (outcome, returned) = match size {
            WriteSize::OneTask => state.db.write(owner.clone(), write).await?,
            WriteSize::ManyTasks => state.db.write_many(owner.clone(), write).await?,
        };
        match outcome {
            Attempt::Finished(outcome) => return Ok(outcome),
            Attempt::NeedsOccurrences => occurrences = returned,
        }
    }
    Err(ApiError::Unavailable(format!("the tasks changed during each of {MAX_ATTEMPTS} attempts")))
}

/// Computes the missing occurrences. Computes cheap rules inline and costly rules on the blocking pool.
///
/// A cheap rule therefore never waits for the costly rules of another user. The blocking task holds the permit, because it continues
/// after the client disconnects.
async fn compute(mut occurrences: Occurrences) -> ApiResult<Result<Occurrences, (usize, RuleError)>> {
    occurrences.compute_cheap();
    if !occurrences.has_missing() {
        return Ok(Ok(occurrences));
    }
    let unavailable = |cause: &str| ApiError::Unavailable(cause.to_owned());
    let permit = COMPUTE_PERMITS
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| unavailable("the computation of occurrences is shut down"))?;
    let work = move || {
        let _permit = permit;
        occurrences.compute().map(|()| occurrences)
    };
    web::block(work).await.map_err(|_| unavailable("the blocking pool is shut down"))
}

/// Checks that the rule of a new task stays within the budget.
///
/// # Errors
/// [`ApiError::ValidationFailed`]: the rule exceeds the budget.
pub(crate) async fn check_new_task(task: &NewTask) -> ApiResult<()> {
    let mut occurrences = Occurrences::new(Budget::for_request());
    occurrences.plan_new_task(0, task);
    if !occurrences.has_missing() {
        return Ok(());
    }
    let computed = compute(occurrences).await?;
    computed.map(drop).map_err(|(_, reason)| ApiError::ValidationFailed(FieldError::from(reason).into()))
}

/// Updates a task. If the patch completes a recurring task, creates its next occurrence.
///
/// With an idempotency key, returns the stored response of an earlier request with this key.
///
/// # Errors
/// The errors of [`with_occurrences`]. The task does not exist, or its version does not match. [`ApiError::KeyReused`].
pub(crate) async fn update(
    state: &AppState,
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    patch: TaskPatch,
    idempotency: Option<IdempotencyRequest>,
) -> ApiResult<HttpResponse> {
    let (id, condition, format) = (id.0, if_match.condition(id.0), state.lists.format);
    let occurrences = Occurrences::new(Budget::for_request());
    let rule_error = |_, reason| ApiError::ValidationFailed(FieldError::from(reason).into());
    let update = move |tasks: &mut Tasks<'_, Write>, occurrences: &mut Occurrences| {
        let update = |tasks: &mut Tasks<'_, Write>| {
            // a missing occurrence rolls back the key
            tasks.update(id, &patch, &condition, occurrences)?.ok_or(DbError::VersionMismatch)
        };
        match tasks.once(idempotency.as_ref(), patch.now, update, stored_text) {
            Ok(WriteOutcome::Written(task)) => Ok(Attempt::Finished(Ok(SerializedTask::new(&task, format)))),
            Ok(WriteOutcome::Stored(stored)) => Ok(Attempt::Finished(Err(stored))),
            Err(DbError::VersionMismatch) if occurrences.has_missing() => Ok(Attempt::NeedsOccurrences),
            Err(error) => Err(error),
        }
    };
    let outcome = with_occurrences(state, &owner, WriteSize::OneTask, occurrences, rule_error, update).await;
    match outcome.map_err(|error| if_match.explain(id, error))? {
        Ok(task) => Ok(task_response(&mut HttpResponse::Ok(), task)),
        Err(stored) => replayed_task(&replay(stored)?, format),
    }
}
