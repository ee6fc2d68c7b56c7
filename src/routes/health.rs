//! Liveness and readiness probes.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::openapi::responses::NotReady;
use crate::readiness::NotReady as Reason;
use crate::state::AppState;
use crate::task::timestamp::Timestamp;

/// The process is live.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `ok`.
    status: &'static str,
}

/// The service is ready.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Always `ok`.
    status: &'static str,
    /// Always `ok`: the database responds.
    database: &'static str,
    /// Always `ok`: no migration is pending.
    migrations: &'static str,
    /// `on`, or the reason why the database does not enforce row-level security.
    row_security: String,
    /// On Citus: `ok`, or the nodes that do not respond, such as `unreachable: 10.0.0.7:5432`. Requests of their users get 503.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    nodes: Option<String>,
    /// `ok`, or the reason why session cookies cannot be verified.
    sessions: &'static str,
    /// Number of public keys in use.
    keys: usize,
    /// Time of the last check, at most about one second ago.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
}

/// Creates the error of a part that is not ready. The cause is logged.
fn not_ready(reason: &'static str, cause: Option<String>) -> ApiError {
    ApiError::NotReady { reason, cause }
}

/// Checks liveness
#[utoipa::path(
    get, path = "/livez", operation_id = "getLiveness", tag = "service", security(()),
    responses((status = 200, description = "The process is live", body = Live)),
)]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Live { status: "ok" })
}

/// Checks readiness
///
/// The service is ready if the database responds, no migration is pending, and credentials can be verified. The log has the cause of a
/// failure. A service that is shutting down is not ready.
///
/// Without Better Auth's tables the service can verify JWTs, but not cookies. The response reports this; it is a failure only with
/// `SESSION_SOURCE=database`. Missing row-level security is a failure only with `REQUIRE_ROW_SECURITY`. An unreachable Redis is a
/// failure only if sessions are stored there. On Citus, a node that does not respond is no failure: the users with rows on other nodes are
/// served. The check does not call the front end, which may itself wait for this service.
///
/// The service checks at most once a second, on a separate database connection. `checked_at` is the time of the check. A check that
/// takes longer than three seconds returns 503.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "service", security(()),
    responses((status = 200, description = "The service is ready", body = Ready), NotReady),
)]
pub(crate) async fn ready(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    if state.shutdown.is_draining() {
        return Err(not_ready("it is stopping; send requests to another instance", None));
    }
    let report = match AppState::check_readiness(&state).await {
        Some(outcome) => outcome.map_err(|reason| match reason {
            Reason::Reported(reason) => not_ready(reason, None),
            Reason::Unavailable(cause) => {
                not_ready("the database (DATABASE_URL) does not respond; the log has the cause", Some(cause))
            }
            Reason::Failed(cause) => ApiError::Internal(cause),
        })?,
        None => {
            let cause = "the readiness check timed out".to_owned();
            let reason = "the database (DATABASE_URL) or the source of sessions does not respond within 3 s; the log has the cause";
            return Err(not_ready(reason, Some(cause)));
        }
    };
    // an empty key set is reported and is not a failure: HS256 tokens need no public key
    let keys = state.keys.current().len();
    let (row_security, nodes, sessions) = (report.row_security, report.nodes, report.sessions);
    let checked_at = Timestamp::with_millis(report.checked_at);
    let body =
        Ready { status: "ok", database: "ok", migrations: "ok", row_security, nodes, sessions, keys, checked_at };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
