//! Jobs beside the requests.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::state::AppState;

/// How often what has run out is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Sweeps from time to time. Never ends.
pub(super) async fn purge_expired(state: &AppState) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match state.db.purge_expired(Utc::now(), TimeDelta::days(state.lists.trash_days)).await {
            Ok(rows) => log::debug!("swept {rows} rows"),
            Err(error) => log::warn!("could not sweep: {error}"),
        }
    }
}
