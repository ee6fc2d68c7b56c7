//! Sessions of the `session` table.

use crate::auth::{SessionRecord, SessionToken};
use crate::db::better_auth::session_batcher::{BatchSlot, look_up};
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

impl Db {
    /// The row behind a session token, with its user and ban.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] also where Better Auth's tables are not there: then no session can be judged.
    pub async fn session(&self, token: SessionToken) -> Result<Option<SessionRecord>, DbError> {
        if token.expose().contains('\0') {
            return Ok(None); // PostgreSQL cannot even be asked for it
        }
        // the user is not known yet: a flow for each token keeps one user's requests from delaying other users' look-ups
        let flow = Flow::session(token.expose());
        let (place, answered) = BatchSlot::take(&self.lookups, token);
        let (lookups, finder, number) = (self.lookups.clone(), self.better_auth.clone(), place.number);
        self.reading.run_for(flow, answered, move |connection| look_up(lookups.take(number), connection, &finder)).await
    }
}
