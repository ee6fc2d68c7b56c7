//! Whether the process lives, and whether it can serve.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::State;
use crate::error::ApiError;
use crate::store::Isolation;

/// `GET /livez`: the process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers, its migrations are applied, and what credentials are judged by is there.
///
/// 503 where it is not; the cause is in the log. Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told,
/// and is a failure only where `SESSION_SOURCE=database` asks for them. So is isolation by the database, and `REQUIRE_ROW_SECURITY`.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let migrations = state.db.migration_state().await?;
    let isolation = state.db.isolation().await?;
    let tables = state.db.better_auth_tables().await?;
    if !migrations.pending.is_empty() {
        return Err(ApiError::NotReady("Migrations are pending."));
    }
    if state.row_security_required && isolation != Isolation::On {
        return Err(ApiError::NotReady("Isolation by the database is off."));
    }
    let sessions = match (tables.sessions, state.sessions_required) {
        (true, _) => "ok",
        (false, false) => "Better Auth's tables are missing: JWTs work, cookies cannot be judged",
        (false, true) => return Err(ApiError::NotReady("Better Auth's tables are missing.")),
    };
    // HS256 tokens need none, so that a set without keys is told and is no failure
    let keys = state.keys.current().len();
    let body = json!({
        "status": "ok", "database": "ok", "migrations": "ok", "row_security": isolation.to_string(),
        "sessions": sessions, "keys": keys,
    });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
