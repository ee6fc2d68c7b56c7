//! A bound for one statement on SQLite, which keeps none by itself.
//!
//! PostgreSQL stops a statement by `statement_timeout`. What SQLite has for this (`sqlite3_interrupt`, a progress handler) diesel does not
//! hand on. So the condition that picks a user's rows asks a function of ours at each row whether there is time left, and the function
//! fails when there is none: SQLite then ends the statement, and undoes what it has written.

use std::cell::Cell;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;

/// What the function fails with.
pub(crate) const TOO_LONG: &str = "the statement took longer than STATEMENT_TIMEOUT";

/// The condition, true of every row as long as there is time.
pub(crate) const IN_TIME: &str = "in_time()";

/// The clock is looked at for one row of so many: to look costs more than all else that is done for a row of an index.
const LOOK_EVERY: u8 = 16;

thread_local! {
    /// When the statement began that this thread runs: diesel works on the thread that asks it.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// [`IN_TIME`].
    fn in_time() -> Bool;
}

/// Notes that a statement begins on this thread.
pub(crate) fn begin() {
    BEGAN.set(Some(Instant::now()));
}

/// For how long the last statement of this thread has been running, or has run.
pub(crate) fn elapsed() -> Duration {
    BEGAN.get().map_or(Duration::ZERO, |began| began.elapsed())
}

/// Has each statement on this connection that asks for it end after `execution_timeout`.
///
/// # Errors
/// SQLite's, when it is out of memory.
pub(crate) fn bound(connection: &mut SqliteConnection, execution_timeout: Duration) -> QueryResult<()> {
    let mut asked = 0_u8;
    // not deterministic: SQLite asks one that is once for each statement
    in_time_utils::register_nondeterministic_impl(connection, move || {
        asked = asked.wrapping_add(1);
        let is_late =
            asked.is_multiple_of(LOOK_EVERY) && BEGAN.get().is_some_and(|began| began.elapsed() > execution_timeout);
        if is_late { Answer::TooLong } else { Answer::InTime }
    })
}

#[derive(Debug)]
enum Answer {
    InTime,
    TooLong,
}

impl ToSql<Bool, Sqlite> for Answer {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match self {
            Self::InTime => {
                out.set_value(1);
                Ok(IsNull::No)
            }
            // diesel hands the words of this error to SQLite, as those of the function
            Self::TooLong => Err(TOO_LONG.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::sql_query;
    use diesel::sql_types::BigInt;

    use super::*;
    use crate::db::connection::AnyConnection;
    use crate::db::error::DbError;
    use crate::db::instrumentation::Notes;
    use crate::db::transaction::write_transaction;

    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        sum: i64,
    }

    fn sum(connection: &mut AnyConnection) -> i64 {
        sql_query("SELECT sum(x) AS sum FROM t").get_result::<Sum>(connection).unwrap().sum
    }

    #[test]
    fn a_write_that_is_cut_leaves_nothing_half_done() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let rows = "WITH RECURSIVE n (x) AS (SELECT 0 UNION ALL SELECT x FROM n LIMIT 300000) SELECT x FROM n";
        connection.batch_execute(&format!("CREATE TABLE t (x INTEGER); INSERT INTO t {rows}")).unwrap();
        connection.set_instrumentation(Notes::default());
        bound(&mut connection, Duration::from_millis(5)).unwrap();
        let mut connection = AnyConnection::Sqlite(connection);
        let write = |connection: &mut AnyConnection| -> Result<usize, DbError> {
            Ok(sql_query(format!("UPDATE t SET x = 1 WHERE {IN_TIME}")).execute(connection)?)
        };
        assert!(matches!(write(&mut connection), Err(DbError::Unavailable(_))));
        assert_eq!(sum(&mut connection), 0);
        let both = write_transaction(&mut connection, |connection| {
            sql_query("INSERT INTO t VALUES (1)").execute(connection)?;
            write(connection)
        });
        assert!(matches!(both, Err(DbError::Unavailable(_))));
        assert_eq!(sum(&mut connection), 0);
        // the connection is good for the next, whose time begins with it
        let few = sql_query(format!("UPDATE t SET x = 1 WHERE {IN_TIME} AND rowid = 1")).execute(&mut connection);
        assert_eq!((few, sum(&mut connection)), (Ok(1), 1));
    }
}
