//! Looking sessions up, those of several requests at once.
//!
//! Where more requests come than there are connections, whichever of them gets one first looks up the sessions of those too that
//! wait behind it: one statement in the place of many. Requests with the same token count as one: their number delays no other user. Nobody waits for company, and nothing is remembered: each session is looked up
//! after it was asked for. Every request keeps its own place in the queue, so that none depends on another's staying.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Nullable, Text};
use tokio::sync::oneshot;

use crate::auth::{SessionRecord, SessionToken};
use crate::db::better_auth::ambiguous_instant::AmbiguousInstant;
use crate::db::better_auth::schema_detector::{SchemaDetector, SessionTables};
use crate::db::connection::{AnyConnection, match_backend};
use crate::db::dialect::Dialect;
use crate::db::error::DbError;

/// The most tokens in one statement.
const MAX_BATCH: usize = 16;

pub(super) type LookupResult = Result<Option<SessionRecord>, DbError>;

/// The sessions that are waited for, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct SessionBatcher(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    last: u64,
    asked: BTreeMap<u64, PendingLookup>,
}

pub(super) struct PendingLookup {
    token: SessionToken,
    answer: oneshot::Sender<LookupResult>,
}

impl SessionBatcher {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the request of this number, and the oldest others up to [`MAX_BATCH`] tokens. Empty where another look-up has taken it.
    pub(super) fn take(&self, number: u64) -> Vec<PendingLookup> {
        let mut queue = self.queue();
        let Some(own) = queue.asked.remove(&number) else { return Vec::new() };
        let mut tokens = vec![own.token.clone()];
        let mut asks = vec![own];
        while let Some(oldest) = queue.asked.first_entry() {
            if !tokens.contains(&oldest.get().token) {
                if tokens.len() == MAX_BATCH {
                    break;
                }
                tokens.push(oldest.get().token.clone());
            }
            asks.push(oldest.remove());
        }
        asks
    }
}

/// A request's place among them, left on every way out of it.
pub(super) struct BatchSlot {
    lookups: Arc<SessionBatcher>,
    pub(super) number: u64,
}

impl BatchSlot {
    pub(super) fn take(lookups: &Arc<SessionBatcher>, token: SessionToken) -> (Self, oneshot::Receiver<LookupResult>) {
        let (answer, answered) = oneshot::channel();
        let mut queue = lookups.queue();
        queue.last += 1;
        let number = queue.last;
        queue.asked.insert(number, PendingLookup { token, answer });
        drop(queue);
        (Self { lookups: lookups.clone(), number }, answered)
    }
}

impl Drop for BatchSlot {
    fn drop(&mut self) {
        self.lookups.queue().asked.remove(&self.number);
    }
}

/// Answers all of them. A fault that may be one token's is not the others': each is then looked up by itself.
pub(super) fn look_up(
    asks: Vec<PendingLookup>,
    connection: &mut AnyConnection,
    finder: &SchemaDetector,
) -> Result<(), DbError> {
    if asks.is_empty() {
        return Ok(());
    }
    match rows(&asks, connection, finder) {
        Ok(rows) => {
            for PendingLookup { token, answer } in asks {
                // whatever the database takes for equal: a row answers for its own token, and for no other
                let row = rows.iter().find(|row| row.0 == token.expose());
                let _ = answer.send(row.map(|row| record(row, finder)).transpose()); // nobody is waiting if the client has gone
            }
            Ok(())
        }
        Err(DbError::Query(_)) if asks.len() > 1 => {
            // to the last one, whatever becomes of the others
            let outcomes: Vec<_> = asks.into_iter().map(|ask| look_up(vec![ask], connection, finder)).collect();
            outcomes.into_iter().collect()
        }
        Err(error) => {
            finder.invalidate();
            // tables that are not as they were: nobody can say whose session this is
            let away = || DbError::Unavailable(error.to_string());
            for ask in asks {
                let _ = ask.answer.send(Err(away()));
            }
            Err(away())
        }
    }
}

/// Token, user, end, whether the user is there, whether banned and until when.
type Row = (String, String, String, bool, bool, Option<String>);

fn rows(asks: &[PendingLookup], connection: &mut AnyConnection, finder: &SchemaDetector) -> Result<Vec<Row>, DbError> {
    let tables = finder.tables(connection)?;
    let tables = tables.sessions.as_ref().map_err(|why| DbError::Unavailable(why.clone()))?;
    let mut tokens: Vec<&str> = asks.iter().map(|ask| ask.token.expose()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    let query = SessionQuery { tables, tokens };
    Ok(match_backend!(connection, connection => query.load(connection))?)
}

fn record(row: &Row, finder: &SchemaDetector) -> Result<SessionRecord, DbError> {
    let (_, user_id, expires_at, user_exists, banned, ban_expires) = row;
    let read = |text: &String| {
        AmbiguousInstant::read(text, finder.names.time_zone).map_err(|error| {
            finder.invalidate();
            DbError::Unavailable(error.to_string())
        })
    };
    Ok(SessionRecord {
        user_id: user_id.clone(),
        // of two possible instants the one that lets in less
        expires_at: read(expires_at)?.earliest,
        user_exists: *user_exists,
        banned: *banned,
        ban_expires: ban_expires.as_ref().map(read).transpose()?.map(|time| time.latest),
    })
}

/// The statement for every cookie. Unlike diesel's `sql_query` it is prepared, once for each of a few lengths on each connection.
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
        // lengths are powers of two: the first is named again
        let missing = self.tokens.len().next_power_of_two() - self.tokens.len();
        for token in others.iter().chain(std::iter::repeat_n(first, missing)) {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(*token)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for SessionQuery<'_> {}
