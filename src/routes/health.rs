//! Whether the process lives, and whether it can serve.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::openapi::responses::NotReady;
use crate::readiness::NotReady as Reason;
use crate::state::AppState;
use crate::task::timestamp::Timestamp;

/// The process lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `ok`.
    status: &'static str,
}

/// The service can serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Always `ok`.
    status: &'static str,
    /// Always `ok`: it answers.
    database: &'static str,
    /// Always `ok`: none is pending.
    migrations: &'static str,
    /// `on`, or a sentence why the database does not keep users apart by itself.
    row_security: String,
    /// `ok`, or a sentence why cookies cannot be judged.
    sessions: &'static str,
    /// How many public keys are in use.
    keys: usize,
    /// When the service last checked, within the last second or so.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
}

/// Says that the process answers
#[utoipa::path(
    get, path = "/livez", operation_id = "getLiveness", tag = "service", security(()),
    responses((status = 200, description = "It does", body = Live)),
)]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Live { status: "ok" })
}

/// Says whether it can serve
///
/// The database answers, its migrations are applied, and what credentials are judged by is there; what is missing is in the log. A service
/// that is about to stop is not ready either.
/// Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told, and is a failure only where
/// `SESSION_SOURCE=database` asks for them. So is isolation by the database, and `REQUIRE_ROW_SECURITY`; so is a Redis that does not
/// answer, where it is the source. The front end is not asked: it may be waiting for this service itself.
///
/// The service checks at most once a second, on a database connection of its own; `checked_at` says when. A check that takes longer than
/// three seconds is a 503.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "service", security(()),
    responses((status = 200, description = "It can", body = Ready), NotReady),
)]
pub(crate) async fn ready(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    if state.shutdown.is_draining() {
        return Err(ApiError::NotReady("The service is stopping."));
    }
    let report = match AppState::check_readiness(&state).await {
        Some(outcome) => outcome.map_err(|reason| match reason {
            Reason::Because(reason) => ApiError::NotReady(reason),
            Reason::Unavailable(cause) => ApiError::Unavailable(cause),
            Reason::Failed(cause) => ApiError::Internal(cause),
        })?,
        None => return Err(ApiError::Unavailable("the readiness check takes too long".into())),
    };
    // HS256 tokens need none, so that a set without keys is told and is no failure
    let keys = state.keys.current().len();
    let (row_security, sessions) = (report.row_security, report.sessions);
    let checked_at = Timestamp::with_millis(report.checked_at);
    let body = Ready { status: "ok", database: "ok", migrations: "ok", row_security, sessions, keys, checked_at };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
