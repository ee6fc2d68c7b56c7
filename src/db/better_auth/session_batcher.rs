//! Batches pending session look-ups without delaying them; caches nothing.
//!
//! If all connections are busy, requests wait. The first request that gets a connection also looks up the sessions of waiting
//! requests, in one statement. Requests with the same token count as one token of a batch, so their number does not delay other
//! users. Each session is looked up after its request arrived. Each request keeps its own queue slot, so it does not depend on
//! other requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use better_auth_guard::diesel::{SchemaDetector, SessionRow, TableConnection};
use better_auth_guard::{SessionRecord, SessionToken};
use tokio::sync::oneshot;

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// The maximum number of tokens in one statement.
const MAX_BATCH: usize = 16;

pub(super) type LookupResult = Result<Option<SessionRecord>, DbError>;

/// The pending look-ups in the order of arrival.
#[derive(Default)]
pub(crate) struct SessionBatcher(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    last_number: u64,
    pending: BTreeMap<u64, PendingLookup>,
}

pub(super) struct PendingLookup {
    token: SessionToken,
    result: oneshot::Sender<LookupResult>,
}

impl SessionBatcher {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the look-up with this number and the oldest others.
    ///
    /// A batch has at most [`MAX_BATCH`] tokens.
    ///
    /// Returns an empty batch if another batch has taken the look-up.
    pub(super) fn take(&self, number: u64) -> Vec<PendingLookup> {
        let mut queue = self.queue();
        let Some(own) = queue.pending.remove(&number) else { return Vec::new() };
        let mut tokens = vec![own.token.clone()];
        let mut batch = vec![own];
        while let Some(oldest) = queue.pending.first_entry() {
            if !tokens.contains(&oldest.get().token) {
                if tokens.len() == MAX_BATCH {
                    break;
                }
                tokens.push(oldest.get().token.clone());
            }
            batch.push(oldest.remove());
        }
        batch
    }
}

/// A pending look-up of a request. Dropping it removes the look-up.
pub(super) struct BatchSlot {
    batcher: Arc<SessionBatcher>,
    pub(super) number: u64,
}

impl BatchSlot {
    pub(super) fn enqueue(
        batcher: &Arc<SessionBatcher>,
        token: SessionToken,
    ) -> (Self, oneshot::Receiver<LookupResult>) {
        let (result, receiver) = oneshot::channel();
        let mut queue = batcher.queue();
        queue.last_number += 1;
        let number = queue.last_number;
        queue.pending.insert(number, PendingLookup { token, result });
        drop(queue);
        (Self { batcher: batcher.clone(), number }, receiver)
    }
}

impl Drop for BatchSlot {
    fn drop(&mut self) {
        self.batcher.queue().pending.remove(&self.number);
    }
}

/// Looks up a batch and sends the results.
///
/// If a query fails, each token is looked up alone: one token may have caused the failure.
pub(super) fn look_up(
    batch: Vec<PendingLookup>,
    connection: &mut AnyConnection,
    detector: &SchemaDetector,
) -> Result<(), DbError> {
    if batch.is_empty() {
        return Ok(());
    }
    match load_rows(&batch, connection, detector) {
        Ok(rows) => {
            for PendingLookup { token, result } in batch {
                // compares exactly: the database's comparison may treat different tokens as equal
                let row = rows.iter().find(|row| row.token() == token.expose());
                let _ = result.send(row.map(|row| session_record(row, detector)).transpose()); // fails if the request was cancelled
            }
            Ok(())
        }
        Err(DbError::Query(_)) if batch.len() > 1 => {
            // looks up all tokens before it returns the first error
            let outcomes: Vec<_> =
                batch.into_iter().map(|lookup| look_up(vec![lookup], connection, detector)).collect();
            outcomes.into_iter().collect()
        }
        Err(error) => {
            detector.invalidate();
            // the schema may have changed: the sessions are unknown, not invalid
            let unavailable = || DbError::Unavailable(error.to_string());
            for lookup in batch {
                let _ = lookup.result.send(Err(unavailable()));
            }
            Err(unavailable())
        }
    }
}

fn load_rows(
    batch: &[PendingLookup],
    connection: &mut AnyConnection,
    detector: &SchemaDetector,
) -> Result<Vec<SessionRow>, DbError> {
    let tables = detector.tables(connection)?;
    let tables = tables.sessions.as_ref().map_err(Clone::clone)?;
    let mut tokens: Vec<&str> = batch.iter().map(|lookup| lookup.token.expose()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    Ok(connection.sessions(tables.query(tokens))?)
}

fn session_record(row: &SessionRow, detector: &SchemaDetector) -> Result<SessionRecord, DbError> {
    row.to_record(detector.names().time_zone).map_err(|error| {
        detector.invalidate();
        DbError::Unavailable(error.to_string())
    })
}
