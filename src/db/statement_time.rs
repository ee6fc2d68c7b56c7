//! The statement timeout on SQLite.
//!
//! PostgreSQL stops a statement by `statement_timeout`. SQLite has `sqlite3_interrupt` and a progress handler, but diesel does not expose
//! them. So the owner condition calls a custom function for each row. The function fails after the timeout. SQLite then aborts the
//! statement and rolls back its writes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;

/// The error message of the function.
pub(crate) const TIMEOUT_MESSAGE: &str = "the statement took longer than STATEMENT_TIMEOUT";

/// The SQL condition: true until the timeout expires.
pub(crate) const IN_TIME: &str = "in_time()";

/// The number of calls for each reading of the clock. A reading costs more than all other work on a row of an index.
const CALLS_PER_CHECK: u8 = 16;

thread_local! {
    /// The start of this thread's current or last statement. Diesel runs a statement on the calling thread.
    static STARTED_AT: Cell<Option<Instant>> = const { Cell::new(None) };
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// [`IN_TIME`].
    fn in_time() -> Bool;
}

/// Records the start of a statement on this thread.
pub(crate) fn start() {
    STARTED_AT.set(Some(Instant::now()));
}

/// Returns the time since the start of this thread's last statement.
pub(crate) fn elapsed() -> Duration {
    STARTED_AT.get().map_or(Duration::ZERO, |started_at| started_at.elapsed())
}

/// Sets the timeout of all statements on this connection that contain [`IN_TIME`].
///
/// # Errors
/// SQLite is out of memory.
pub(crate) fn set_timeout(connection: &mut SqliteConnection, timeout: Duration) -> QueryResult<()> {
    let mut calls = 0_u8;
    // not deterministic: SQLite calls a deterministic function once for each statement
    in_time_utils::register_nondeterministic_impl(connection, move || {
        calls = calls.wrapping_add(1);
        let is_expired = calls.is_multiple_of(CALLS_PER_CHECK)
            && STARTED_AT.get().is_some_and(|started_at| started_at.elapsed() > timeout);
        if is_expired { TimeoutCheck::Expired } else { TimeoutCheck::InTime }
    })
}

#[derive(Debug)]
enum TimeoutCheck {
    InTime,
    Expired,
}

impl ToSql<Bool, Sqlite> for TimeoutCheck {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match self {
            Self::InTime => {
                out.set_value(1);
                Ok(IsNull::No)
            }
            // diesel passes this message to SQLite as the error of the function
            Self::Expired => Err(TIMEOUT_MESSAGE.into()),
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
    use crate::db::instrumentation::PoolInstrumentation;
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
    fn a_timed_out_write_is_rolled_back() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let rows = "WITH RECURSIVE n (x) AS (SELECT 0 UNION ALL SELECT x FROM n LIMIT 300000) SELECT x FROM n";
        connection.batch_execute(&format!("CREATE TABLE t (x INTEGER); INSERT INTO t {rows}")).unwrap();
        connection.set_instrumentation(PoolInstrumentation::default());
        set_timeout(&mut connection, Duration::from_millis(5)).unwrap();
        let mut connection = AnyConnection::Sqlite(connection);
        let write = |connection: &mut AnyConnection| -> Result<usize, DbError> {
            Ok(sql_query(format!("UPDATE t SET x = 1 WHERE {IN_TIME}")).execute(connection)?)
        };
        assert!(matches!(write(&mut connection), Err(DbError::Unavailable(_))));
        assert_eq!(sum(&mut connection), 0);
        let transaction = write_transaction(&mut connection, |connection| {
            sql_query("INSERT INTO t VALUES (1)").execute(connection)?;
            write(connection)
        });
        assert!(matches!(transaction, Err(DbError::Unavailable(_))));
        assert_eq!(sum(&mut connection), 0);
        // the next statement on the connection has its own timeout
        let one_row = sql_query(format!("UPDATE t SET x = 1 WHERE {IN_TIME} AND rowid = 1")).execute(&mut connection);
        assert_eq!((one_row, sum(&mut connection)), (Ok(1), 1));
    }
}
