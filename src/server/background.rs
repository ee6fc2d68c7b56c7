//! Background jobs.

use std::time::Duration;

use actix_web::web;
use chrono::{TimeDelta, Utc};
use futures_util::future::join4;

use crate::readiness;
use crate::state::AppState;

/// The interval of [`purge_expired`].
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Runs all background jobs. Never returns.
pub(super) async fn run(state: web::Data<AppState>) {
    join4(
        open_check_connection(&state),
        state.sessions.log_source(),
        state.keys.run_refresh_loop(),
        purge_expired(&state),
    )
    .await;
}

/// Opens the connection of the readiness check before the first probe needs it.
///
/// Drops the result: a later probe must check again, and an outage must not abort the start.
async fn open_check_connection(state: &AppState) {
    let _ = readiness::check(&state.db, &state.sessions).await;
}

/// Deletes expired rows every [`PURGE_EVERY`]. Never returns.
async fn purge_expired(state: &AppState) {
    loop {
        tokio::time::sleep(PURGE_EVERY).await;
        match state.db.purge_expired(Utc::now(), TimeDelta::days(state.lists.trash_days)).await {
            Ok(rows) => log::debug!("deleted {rows} expired rows"),
            Err(error) => log::warn!("cannot delete expired rows: {error}"),
        }
    }
}
