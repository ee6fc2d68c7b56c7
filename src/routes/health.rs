//! Whether the process lives, and whether it can serve.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::State;
use crate::error::ApiError;
use crate::sessions::Readiness;

/// `GET /livez`: the process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers, its migrations are applied, and what credentials are judged by is there.
///
/// 503 where it is not, and while it stops; the cause is in the log. Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told,
/// and is a failure only where `SESSION_SOURCE=database` asks for them. So is a Redis that does not answer, where it is the source.
/// The front end is not asked: it may be waiting for this service itself.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    if state.farewell.is_leaving() {
        return Err(ApiError::NotReady("The service is stopping."));
    }
    let migrations = state.db.migration_state().await?;
    if !migrations.pending.is_empty() {
        return Err(ApiError::NotReady("Migrations are pending."));
    }
    let sessions = match state.sessions.readiness().await {
        Readiness::Ready => "ok",
        Readiness::Lacking(what) => what,
        Readiness::NotReady(why) => return Err(ApiError::NotReady(why)),
    };
    // HS256 tokens need none, so that a set without keys is told and is no failure
    let keys = state.keys.current().len();
    let body = json!({ "status": "ok", "database": "ok", "migrations": "ok", "sessions": sessions, "keys": keys });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
