//! Batches pending session look-ups without delaying them; caches nothing.
//!
//! If all connections are busy, requests wait. The first request that gets a connection also looks up the sessions of waiting
//! requests, in one statement. Requests with the same token count as one token of a batch, so their number does not delay other
//! users. Each session is looked up after its request arrived. Each request keeps its own queue slot, so it does not depend on
//! other requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use better_auth_guard::{SessionRecord, SessionToken};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Nullable, Text};
use tokio::sync::oneshot;

use crate::db::better_auth::ambiguous_instant::AmbiguousInstant;
use crate::db::better_auth::schema_detector::{SchemaDetector, SessionTables};
use crate::db::connection::{AnyConnection, match_backend};
use crate::db::dialect::Dialect;
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
                let row = rows.iter().find(|row| row.0 == token.expose());
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

/// Token, user id, expiry, user exists, user is banned, end of the ban.
type Row = (String, String, String, bool, bool, Option<String>);

fn load_rows(
    batch: &[PendingLookup],
    connection: &mut AnyConnection,
    detector: &SchemaDetector,
) -> Result<Vec<Row>, DbError> {
    let tables = detector.tables(connection)?;
    let tables = tables.sessions.as_ref().map_err(|cause| DbError::Unavailable(cause.clone()))?;
    let mut tokens: Vec<&str> = batch.iter().map(|lookup| lookup.token.expose()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    let query = SessionQuery { tables, tokens };
    Ok(match_backend!(connection, connection => query.load(connection))?)
}

fn session_record(row: &Row, detector: &SchemaDetector) -> Result<SessionRecord, DbError> {
    let (_, user_id, expires_at, user_exists, banned, ban_expires) = row;
    let parse = |text: &String| {
        AmbiguousInstant::parse(text, detector.names.time_zone).map_err(|error| {
            detector.invalidate();
            DbError::Unavailable(error.to_string())
        })
    };
    Ok(SessionRecord {
        user_id: user_id.clone(),
        // of two possible instants, uses the earlier expiry and the later end of a ban
        expires_at: parse(expires_at)?.earliest,
        user_exists: *user_exists,
        banned: *banned,
        ban_expires: ban_expires.as_ref().map(parse).transpose()?.map(|instant| instant.latest),
    })
}

/// The look-up statement. Unlike diesel's `sql_query`, it is prepared once per connection and length.
struct SessionQuery<'a> {
    tables: &'a SessionTables,
    tokens: Vec<&'a str>,
}

impl QueryId for SessionQuery<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for SessionQuery<'_> {
    type SqlType = (Text, Text, Text, Bool, Bool, Nullable<Text>);
}

impl<DB: Dialect> QueryFragment<DB> for SessionQuery<'_>
where
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.tables.statement);
        let [first, others @ ..] = self.tokens.as_slice() else { return Ok(()) };
        out.push_sql(" IN (");
        out.push_bind_param::<Text, _>(*first)?;
        // pads the list to a power of two with the first token: fewer statements to prepare
        let padding = self.tokens.len().next_power_of_two() - self.tokens.len();
        for token in others.iter().chain(std::iter::repeat_n(first, padding)) {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(*token)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for SessionQuery<'_> {}
