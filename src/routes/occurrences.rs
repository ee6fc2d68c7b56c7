//! Computes next occurrences off the database threads, and changes the tasks that need them.

use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use actix_web::web;
use tokio::sync::Semaphore;

use super::task_json::Shown;
use super::tasks::TaskId;
use crate::app::State;
use crate::auth::Owner;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::recurrence::{Budget, TooCostly};
use crate::store::{Expected, Occurrences, StoreError, TaskChange, TaskDraft, Tasks, Write};

/// How often a write is tried whose task other requests keep changing.
const ATTEMPTS: usize = 5;

/// At most half of the cores compute at once. Each computation is bounded by its request's budget.
static COMPUTING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores.div_ceil(2)))
});

/// The outcome of a write that needs next occurrences.
pub(super) enum Attempt<R> {
    /// It was committed, or it failed.
    Ended(R),
    /// Nothing was written: an occurrence has to be computed first.
    Lacking,
}

/// A rule that costs too much, as an error of the member that holds it.
pub(super) fn too_costly(reason: TooCostly) -> FieldError {
    FieldError::member("recurrence_rule", reason.to_string())
}

/// Runs `attempt` until it lacks no occurrence; computes those that it lacks in between.
///
/// # Errors
/// Those of `attempt`. A rule costs too much: what `refuse` makes of it and the number of its operation. Other requests kept changing the
/// tasks: [`ApiError::Unavailable`].
pub(super) async fn with_occurrences<R>(
    state: &State,
    owner: &Owner,
    mut occurrences: Occurrences,
    refuse: impl Fn(usize, TooCostly) -> ApiError,
    attempt: impl Fn(&mut Tasks<'_, Write>, &mut Occurrences) -> Result<Attempt<R>, StoreError> + Send + Sync + 'static,
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
pub(super) async fn check_draft(draft: &TaskDraft) -> ApiResult<()> {
    let mut occurrences = Occurrences::new(Budget::of_request());
    occurrences.foresee_draft(0, draft);
    if !occurrences.is_lacking() {
        return Ok(());
    }
    let computed = compute(occurrences).await?;
    computed.map(drop).map_err(|(_, reason)| ApiError::Invalid(too_costly(reason).into()))
}

/// Changes a task; creates the next occurrence of one that the change completes.
pub(super) async fn update(
    state: &State,
    owner: Owner,
    id: TaskId,
    change: TaskChange,
    expected: Expected,
) -> ApiResult<Shown> {
    if !change.needs_occurrence() {
        let mut none = Occurrences::new(Budget::of_request());
        let update = move |tasks: &mut Tasks<'_, Write>| {
            tasks.update(id.0, &change, &expected, &mut none)?.map(Shown::from).ok_or(StoreError::NotFound)
        };
        return Ok(state.db.write(owner, update).await?);
    }
    let refuse = |_, reason| ApiError::Invalid(too_costly(reason).into());
    let occurrences = Occurrences::new(Budget::of_request());
    with_occurrences(state, &owner, occurrences, refuse, move |tasks, occurrences| {
        match tasks.update(id.0, &change, &expected, occurrences) {
            Ok(Some(task)) => Ok(Attempt::Ended(Shown::from(task))),
            Ok(None) => Ok(Attempt::Lacking),
            Err(StoreError::Stale) if occurrences.is_lacking() => Ok(Attempt::Lacking),
            Err(error) => Err(error),
        }
    })
    .await
}
