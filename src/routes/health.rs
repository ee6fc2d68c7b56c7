//! Whether the process lives, and whether it can serve.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::State;
use crate::error::ApiError;
use crate::openapi::answers::NotReady;

/// The process lives.
#[derive(Serialize, ToSchema)]
pub(super) struct Live {
    /// Always `ok`.
    status: &'static str,
}

/// The service can serve.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// Always `ok`.
    status: &'static str,
    /// Always `ok`: it answers.
    database: &'static str,
    /// Always `ok`: none is pending.
    migrations: &'static str,
    /// `ok`, or a sentence why cookies cannot be judged.
    sessions: &'static str,
    /// How many public keys are in use.
    keys: usize,
}

/// Says that the process answers
#[utoipa::path(
    get, path = "/livez", operation_id = "getLiveness", tag = "service", security(()),
    responses((status = 200, description = "It does", body = Live)),
)]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Live { status: "ok" })
}

/// Says whether it can serve
///
/// The database answers, its migrations are applied, and what credentials are judged by is there; what is missing is in the log.
/// Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told, and is a failure only where
/// `SESSION_SOURCE=database` asks for them.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "service", security(()),
    responses((status = 200, description = "It can", body = Ready), NotReady),
)]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let migrations = state.db.migration_state().await?;
    let tables = state.db.better_auth_tables().await?;
    if !migrations.pending.is_empty() {
        return Err(ApiError::NotReady("Migrations are pending."));
    }
    let sessions = match (tables.sessions, state.sessions_required) {
        (true, _) => "ok",
        (false, false) => "Better Auth's tables are missing: JWTs work, cookies cannot be judged",
        (false, true) => return Err(ApiError::NotReady("Better Auth's tables are missing.")),
    };
    // HS256 tokens need none, so that a set without keys is told and is no failure
    let keys = state.keys.current().len();
    let body = Ready { status: "ok", database: "ok", migrations: "ok", sessions, keys };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
