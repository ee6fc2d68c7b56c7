//! `GET /api/{user_id}/tasks/stats`

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::list_params::zoned_now;
use crate::api::query_params::Parameters;
use crate::auth::Owner;
use crate::openapi::parameters::{OwnerPath, ZoneParameter};
use crate::openapi::responses::{AuthErrors, ValidationError};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Priority;

/// How many days back completions are counted, today among them.
const DAYS: u64 = 30;

/// Counts tasks
///
/// By status, priority and tag, what is overdue, and what was completed on each of the last 30 days. The trash is not counted.
/// Of more than 1,000 tags, those of most tasks are counted.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/stats", operation_id = "getTaskStats", tag = "tasks",
    params(OwnerPath, ZoneParameter),
    responses((status = 200, description = "The numbers", body = Numbers), AuthErrors, ValidationError),
)]
pub(crate) async fn stats(owner: Owner, request: HttpRequest, state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let calendar = zoned_now(&mut parameters, Utc::now());
    let calendar = parameters.checked(calendar)?;
    let first = calendar.day_of(calendar.now) - Days::new(DAYS - 1);
    let (overdue, since) = (calendar.overdue(true), calendar.start_of(first));
    let stats = state.db.read(owner, move |tasks| tasks.stats(overdue, since)).await?;
    let mut completed_per_day: BTreeMap<NaiveDate, i64> =
        first.iter_days().take(DAYS as usize).map(|day| (day, 0)).collect();
    for completion in stats.completions {
        if let Some(count) = completed_per_day.get_mut(&calendar.day_of(completion)) {
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

/// How many tasks there are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Numbers {
    /// All of them.
    total: i64,
    /// Done and not.
    by_status: ByStatus,
    /// Those that are not done.
    pending_by_priority: ByPriority,
    /// Due before now, and not done.
    overdue: i64,
    /// With each tag, done or not.
    by_tag: BTreeMap<String, i64>,
    /// On each of the last 30 days, today among them.
    #[schema(value_type = BTreeMap<String, i64>)]
    completed_per_day: BTreeMap<NaiveDate, i64>,
}

/// Done and not.
#[derive(Serialize, ToSchema)]
struct ByStatus {
    /// Not done.
    pending: i64,
    /// Done.
    completed: i64,
}

/// Of each priority.
#[derive(Serialize, ToSchema)]
struct ByPriority {
    /// `none`
    none: i64,
    /// `low`
    low: i64,
    /// `medium`
    medium: i64,
    /// `high`
    high: i64,
}

impl ByPriority {
    fn of(counts: &[(Priority, i64)]) -> Self {
        let of = |priority| counts.iter().find(|(known, _)| *known == priority).map_or(0, |(_, count)| *count);
        Self {
            none: of(Priority::None),
            low: of(Priority::Low),
            medium: of(Priority::Medium),
            high: of(Priority::High),
        }
    }
}
