//! Computes next occurrences off the database threads, and changes the tasks that need them.

use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use actix_web::{HttpResponse, web};
use tokio::sync::Semaphore;

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::etag::IfMatch;
use crate::api::serialized::SerializedTask;
use crate::auth::Owner;
use crate::db::{DbError, Occurrences, Tasks, Write};
use crate::recurrence::{Budget, TooCostly};
use crate::routes::responses::task_response;
use crate::routes::task_id::TaskId;
use crate::state::AppState;
use crate::task::{NewTask, TaskPatch};

/// How often a write is tried whose task other requests keep changing.
const ATTEMPTS: usize = 5;

/// At most half of the cores compute at once. Each computation is bounded by its request's budget.
static COMPUTING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores.div_ceil(2)))
});

/// The outcome of a write that needs next occurrences.
pub(crate) enum Attempt<R> {
    /// It was committed, or it failed.
    Ended(R),
    /// Nothing was written: an occurrence has to be computed first.
    Lacking,
}

/// Runs `attempt` until it lacks no occurrence; computes those that it lacks in between.
///
/// # Errors
/// Those of `attempt`. A rule costs too much: what `refuse` makes of it and the number of its operation. Other requests kept changing the
/// tasks: [`ApiError::Unavailable`].
pub(crate) async fn with_occurrences<R>(
    state: &AppState,
    owner: &Owner,
    mut occurrences: Occurrences,
    refuse: impl Fn(usize, TooCostly) -> ApiError,
    attempt: impl Fn(&mut Tasks<'_, Write>, &mut Occurrences) -> Result<Attempt<R>, DbError> + Send + Sync + 'static,
) -> ApiResult<R>
where
    R: Send + 'static,
{
    let attempt = Arc::new(attempt);
    for _ in 0..ATTEMPTS {
        if occurrences.is_lacking() {
            occurrences = compute(occurrences).await?.map_err(|(operation, reason)| refuse(operation, reason))?;
        }
        let attempt = attempt.clone();
        let write = move |tasks: &mut Tasks<'_, Write>| Ok((attempt(tasks, &mut occurrences)?, occurrences));
        let (outcome, returned) = state.db.write(owner.clone(), write).await?;
        match outcome {
            Attempt::Ended(outcome) => return Ok(outcome),
            Attempt::Lacking => occurrences = returned,
        }
    }
    Err(ApiError::Unavailable(format!("other requests changed the tasks during each of {ATTEMPTS} attempts")))
}

/// Computes what is lacking: rules of few steps at once, so that no user waits for the costly rules of another, and the others on the
/// blocking pool. The permit goes with the work, which goes on when the client leaves.
async fn compute(mut occurrences: Occurrences) -> ApiResult<Result<Occurrences, (usize, TooCostly)>> {
    occurrences.compute_cheap();
    if !occurrences.is_lacking() {
        return Ok(Ok(occurrences));
    }
    let unavailable = |cause: &str| ApiError::Unavailable(cause.to_owned());
    let permit = COMPUTING.clone().acquire_owned().await.map_err(|_| unavailable("no more rules are computed"))?;
    let work = move || {
        let _permit = permit;
        occurrences.compute().map(|()| occurrences)
    };
    web::block(work).await.map_err(|_| unavailable("the blocking pool is shut down"))
}

/// Refuses a new task whose rule costs too much.
pub(crate) async fn check_draft(draft: &NewTask) -> ApiResult<()> {
    let mut occurrences = Occurrences::new(Budget::of_request());
    occurrences.foresee_draft(0, draft);
    if !occurrences.is_lacking() {
        return Ok(());
    }
    let computed = compute(occurrences).await?;
    computed.map(drop).map_err(|(_, reason)| ApiError::ValidationFailed(FieldError::from(reason).into()))
}

/// Changes a task, and creates the next occurrence of a task that the patch completes.
///
/// # Errors
/// As for [`with_occurrences`]; the task is not found, or has another version.
pub(crate) async fn update(
    state: &AppState,
    owner: Owner,
    id: TaskId,
    if_match: IfMatch,
    patch: TaskPatch,
) -> ApiResult<HttpResponse> {
    let (id, condition) = (id.0, if_match.condition(id.0));
    let none = Occurrences::new(Budget::of_request());
    let task = if patch.needs_occurrence() {
        let refuse = |_, reason| ApiError::ValidationFailed(FieldError::from(reason).into());
        let update = move |tasks: &mut Tasks<'_, Write>, occurrences: &mut Occurrences| match tasks.update(
            id,
            &patch,
            &condition,
            occurrences,
        ) {
            Ok(Some(task)) => Ok(Attempt::Ended(SerializedTask::from(task))),
            Ok(None) => Ok(Attempt::Lacking),
            Err(DbError::VersionMismatch) if occurrences.is_lacking() => Ok(Attempt::Lacking),
            Err(error) => Err(error),
        };
        with_occurrences(state, &owner, none, refuse, update).await?
    } else {
        let mut none = none;
        let update = move |tasks: &mut Tasks<'_, Write>| {
            let task = tasks.update(id, &patch, &condition, &mut none)?;
            task.map(SerializedTask::from).ok_or(DbError::NotFound)
        };
        state.db.write(owner, update).await?
    };
    Ok(task_response(&mut HttpResponse::Ok(), task))
}
