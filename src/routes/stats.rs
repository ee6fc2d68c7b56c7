//! `GET /api/{user_id}/tasks/stats`

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Days, Utc};
use serde_json::{Map, Value, json};

use super::list_query::calendar;
use super::parameters::Parameters;
use super::task_json::priority_name;
use super::tasks::private;
use crate::app::State;
use crate::auth::Owner;
use crate::error::ApiResult;

/// How many days back completions are counted, today among them.
const DAYS: u64 = 30;

/// Totals by status and priority, what is overdue, per tag, and completed on each of the last 30 days. `time_zone` says where its
/// days lie. The trash is not counted.
pub(super) async fn stats(owner: Owner, request: HttpRequest, state: web::Data<State>) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let calendar = calendar(&mut parameters, Utc::now());
    let calendar = parameters.checked(calendar)?;
    let first = calendar.day_of(calendar.now) - Days::new(DAYS - 1);
    let (overdue, since) = (calendar.overdue(true), calendar.start_of(first));
    let stats = state.db.read(owner, move |tasks| tasks.stats(overdue, since)).await?;
    let mut per_day: Map<String, Value> =
        first.iter_days().take(DAYS as usize).map(|day| (day.to_string(), json!(0))).collect();
    for completion in stats.completions {
        if let Some(Value::Number(count)) = per_day.get_mut(&calendar.day_of(completion).to_string()) {
            *count = (count.as_u64().unwrap_or(0) + 1).into();
        }
    }
    let by_priority =
        stats.by_priority.iter().map(|(priority, count)| (priority_name(*priority).to_owned(), json!(count)));
    let mut response = HttpResponse::Ok();
    Ok(private(&mut response).json(json!({
        "total": stats.pending + stats.completed,
        "by_status": { "pending": stats.pending, "completed": stats.completed },
        "pending_by_priority": by_priority.collect::<Map<_, _>>(),
        "overdue": stats.overdue,
        "by_tag": stats.by_tag,
        "completed_per_day": per_day,
    })))
}
