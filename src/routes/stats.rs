//! `GET /api/{user_id}/tasks/stats`: counts tasks.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::{Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::list_params::zoned_now;
use crate::api::query_params::Parameters;
use crate::middleware::input_report::InputReport;
use crate::openapi::parameters::{OwnerPath, ZoneParameter};
use crate::openapi::responses::{AuthErrors, ValidationError};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Priority;

/// Number of days whose completions are counted, including today.
const DAYS: u64 = 30;

/// Counts tasks
///
/// Counts tasks by status, priority and tag, overdue tasks, and the completions of each of the last 30 days. Tasks in the trash are not
/// counted. If there are more than 1,000 tags, the 1,000 most used tags are counted.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/stats", operation_id = "getTaskStats", tag = "tasks",
    params(OwnerPath, ZoneParameter),
    responses((status = 200, description = "The counts", body = Numbers), AuthErrors, ValidationError),
)]
pub(crate) async fn stats(
    owner: Owner,
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let zoned_now = zoned_now(&mut parameters, Utc::now());
    let zoned_now = parameters.finish(zoned_now, &mut input.ignored);
    let zoned_now = input.check(zoned_now)?;
    let first_day = zoned_now.day_of(zoned_now.now) - Days::new(DAYS - 1);
    let (overdue, since) = (zoned_now.overdue(true), zoned_now.start_of(first_day));
    let stats = state.db.read(owner, move |tasks| tasks.stats(overdue, since)).await?;
    let mut completed_per_day: BTreeMap<NaiveDate, i64> =
        first_day.iter_days().take(DAYS as usize).map(|day| (day, 0)).collect();
    for completion in stats.completions {
        if let Some(count) = completed_per_day.get_mut(&zoned_now.day_of(completion)) {
            *count += 1;
        }
    }
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(Numbers {
        total: stats.pending + stats.completed,
        by_status: ByStatus { pending: stats.pending, completed: stats.completed },
        pending_by_priority: ByPriority::of(&stats.by_priority),
        overdue: stats.overdue,
        by_tag: stats.by_tag,
        completed_per_day,
    }))
}

/// The numbers of tasks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Numbers {
    /// All tasks, pending and completed.
    total: i64,
    /// Tasks by status.
    by_status: ByStatus,
    /// Pending tasks by priority.
    pending_by_priority: ByPriority,
    /// Pending tasks whose due date has passed.
    overdue: i64,
    /// Tasks of each tag, pending and completed.
    by_tag: BTreeMap<String, i64>,
    /// Completions on each of the last 30 days, including today.
    #[schema(value_type = BTreeMap<String, i64>)]
    completed_per_day: BTreeMap<NaiveDate, i64>,
}

/// The numbers of tasks by status.
#[derive(Serialize, ToSchema)]
struct ByStatus {
    /// Pending tasks.
    pending: i64,
    /// Completed tasks.
    completed: i64,
}

/// The numbers of tasks by priority.
#[derive(Serialize, ToSchema)]
struct ByPriority {
    /// Tasks without a priority.
    none: i64,
    /// Tasks of low priority.
    low: i64,
    /// Tasks of medium priority.
    medium: i64,
    /// Tasks of high priority.
    high: i64,
}

impl ByPriority {
    fn of(counts: &[(Priority, i64)]) -> Self {
        let count_of = |priority| counts.iter().find(|(other, _)| *other == priority).map_or(0, |(_, count)| *count);
        Self {
            none: count_of(Priority::None),
            low: count_of(Priority::Low),
            medium: count_of(Priority::Medium),
            high: count_of(Priority::High),
        }
    }
}
