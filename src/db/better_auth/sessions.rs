//! Looks up sessions in the `session` table.

use better_auth_guard::{SessionRecord, SessionToken};

use crate::db::better_auth::session_batcher::{BatchSlot, look_up};
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

impl Db {
    /// Looks up a token's session with its user and ban.
    ///
    /// # Errors
    /// The database failed. Missing tables of Better Auth are [`DbError::Unavailable`].
    pub async fn session(&self, token: SessionToken) -> Result<Option<SessionRecord>, DbError> {
        if token.expose().contains('\0') {
            return Ok(None); // PostgreSQL rejects text with NUL
        }
        // the user is unknown: one flow per token keeps a user's requests from delaying other users' look-ups
        let flow = Flow::session(token.expose());
        let (slot, receiver) = BatchSlot::enqueue(&self.session_batcher, token);
        let (batcher, detector, number) = (self.session_batcher.clone(), self.better_auth.clone(), slot.number);
        self.read_pool
            .run_shared(flow, receiver, move |pooled| look_up(batcher.take(number), &mut pooled.connection, &detector))
            .await
    }
}
