//! Sequence numbers of writes, and the number of tasks of each user.
//!
//! Each write takes the next sequence number of its user from `user_state`, and changes the number of tasks with it. The lock of that row
//! is the first lock on the user's rows. It lasts until the commit, so the order of the sequence numbers is the order of the commits. A
//! reader that sees a sequence number therefore sees all lower ones.
//!
//! [`Seq`] and [`SeqSource`] have no public constructor. Each statement that writes tasks requires one of them.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_query;
use diesel::sql_types::{BigInt, HasSqlType, Text, Timestamp};

use crate::db::connection::{AnyConnection, match_backend};
use crate::db::dialect::Dialect;
use crate::db::error::DbError;
use crate::db::tasks::owner_scope::IsOwner;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::user_naming::UserNaming;
use crate::db::user_transaction::TransactionScope;

/// A write, with its change of the number of tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StateChange {
    /// Creates this number of rows, up to a limit of the user's rows.
    Create { rows: i64, limit: i64 },
    /// Updates rows, or deletes rows before [`Tasks::subtract_rows`].
    Update,
    /// Moves a row to the trash at this time.
    Trash(NaiveDateTime),
}

impl StateChange {
    /// The error of a write without a row.
    fn missing(self) -> DbError {
        match self {
            Self::Create { limit, .. } => DbError::QuotaExceeded(limit),
            Self::Update | Self::Trash(_) => DbError::NotFound,
        }
    }
}

/// A sequence number of the open transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seq(i64);

impl Seq {
    /// Returns the number, to bind it in a statement.
    pub(super) fn value(&self) -> &i64 {
        &self.0
    }
}

/// The sequence number of a statement. The variant depends only on the connection, so the text of a statement does too.
#[derive(Debug)]
pub(super) enum SeqSource<'a> {
    /// The statement takes it, on PostgreSQL.
    InStatement(TakeSeq<'a>),
    /// An earlier statement of the transaction has taken it, on SQLite and on Citus.
    Taken(Seq),
}

impl Tasks<'_, Write> {
    /// Runs a statement that writes one task and returns its row.
    ///
    /// # Errors
    /// [`DbError::QuotaExceeded`]. [`DbError::NotFound`]: the statement returned no row, and wrote none.
    pub(super) fn write_row<R>(
        &mut self,
        change: StateChange,
        run: impl Fn(&mut AnyConnection, SeqSource<'_>) -> QueryResult<Vec<R>>,
    ) -> Result<R, DbError> {
        // all rows are loaded: SQLite commits a statement at its last step
        let first = |rows: Vec<R>| rows.into_iter().next();
        if self.owner.naming == UserNaming::InStatement {
            return self.with_state(change, |tasks| {
                let take = TakeSeq { owner: IsOwner(tasks.owner), change };
                Ok(first(run(tasks.connection, SeqSource::InStatement(take))?))
            });
        }
        // without a row, the transaction is rolled back
        self.transaction(|tasks| {
            let seq = tasks.take_seq(change)?;
            first(run(tasks.connection, SeqSource::Taken(seq))?).ok_or(change.missing())
        })
    }

    /// Takes a sequence number for all rows of several statements. Call it in a transaction, before the first of them.
    ///
    /// # Errors
    /// [`DbError::QuotaExceeded`]. [`DbError::NotFound`]: the user has no tasks.
    pub(super) fn take_seq(&mut self, change: StateChange) -> Result<Seq, DbError> {
        debug_assert!(
            matches!(self.scope, TransactionScope::Transaction),
            "the lock of the user's state ends with the transaction"
        );
        self.with_state(change, |tasks| {
            let take = TakeSeq { owner: IsOwner(tasks.owner), change };
            let taken: Vec<i64> = match_backend!(tasks.connection, connection => take.load(connection))?;
            Ok(taken.into_iter().next().map(Seq))
        })
    }

    /// Runs `take`. If a create gets no row, the user may have no state yet: creates it, and runs `take` again.
    ///
    /// An `INSERT … ON CONFLICT DO UPDATE` each time would cost more: it locks the row before it updates it.
    fn with_state<R>(
        &mut self,
        change: StateChange,
        take: impl Fn(&mut Self) -> QueryResult<Option<R>>,
    ) -> Result<R, DbError> {
        self.has_written.set(true);
        if let Some(taken) = take(self)? {
            return Ok(taken);
        }
        if let StateChange::Create { .. } = change {
            let create = sql_query(format!(
                "INSERT INTO user_state (user_id) VALUES ({}) ON CONFLICT (user_id) DO NOTHING",
                self.owner.value(1)
            ));
            create.bind::<Text, _>(self.owner.id).execute(self.connection)?;
            if let Some(taken) = take(self)? {
                return Ok(taken);
            }
        }
        Err(change.missing())
    }

    /// Subtracts deleted rows from the number of tasks. `_seq` proves that the user's state is locked.
    pub(super) fn subtract_rows(&mut self, rows: i64, _seq: Seq) -> Result<(), DbError> {
        let subtract = SubtractRows { owner: IsOwner(self.owner), rows };
        match_backend!(self.connection, connection => subtract.execute(connection))?;
        Ok(())
    }
}

/// The statement that takes the next sequence number and returns it as `next_seq`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakeSeq<'a> {
    owner: IsOwner<'a>,
    change: StateChange,
}

impl<DB> QueryFragment<DB> for TakeSeq<'_>
where
    DB: Dialect + HasSqlType<BigInt> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match &self.change {
            StateChange::Create { rows, limit } => {
                out.push_sql("UPDATE user_state SET seq = seq + 1, tasks = tasks + ");
                out.push_bind_param::<BigInt, _>(rows)?;
                out.push_sql(" WHERE ");
                self.owner.walk_ast(out.reborrow())?;
                out.push_sql(" AND tasks + ");
                out.push_bind_param::<BigInt, _>(rows)?;
                out.push_sql(" <= ");
                out.push_bind_param::<BigInt, _>(limit)?;
            }
            StateChange::Update => {
                out.push_sql("UPDATE user_state SET seq = seq + 1 WHERE ");
                self.owner.walk_ast(out.reborrow())?;
            }
            StateChange::Trash(now) => {
                out.push_sql("UPDATE user_state SET seq = seq + 1, oldest_trash = coalesce(");
                // the smaller of two values; SQLite's is null if one of them is
                out.push_sql(if out.backend().is_postgres() { "least" } else { "min" });
                out.push_sql("(oldest_trash, ");
                out.push_bind_param::<Timestamp, _>(now)?;
                out.push_sql("), ");
                out.push_bind_param::<Timestamp, _>(now)?;
                out.push_sql(") WHERE ");
                self.owner.walk_ast(out.reborrow())?;
            }
        }
        out.push_sql(" RETURNING seq AS next_seq");
        Ok(())
    }
}

impl QueryId for TakeSeq<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for TakeSeq<'_> {
    type SqlType = BigInt;
}

impl<C> RunQueryDsl<C> for TakeSeq<'_> {}

impl<'a> SeqSource<'a> {
    /// Writes `WITH state AS (…) ` before a statement.
    pub(super) fn walk_with<'b, DB: Backend>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        TakeSeq<'a>: QueryFragment<DB>,
    {
        if let Self::InStatement(take) = self {
            out.push_sql("WITH state AS (");
            take.walk_ast(out.reborrow())?;
            out.push_sql(") ");
        }
        Ok(())
    }

    /// Writes the sequence number.
    pub(super) fn walk_value<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<BigInt>,
        i64: ToSql<BigInt, DB>,
    {
        match self {
            Self::InStatement(_) => out.push_sql("next_seq"),
            Self::Taken(seq) => out.push_bind_param::<BigInt, _>(seq.value())?,
        }
        Ok(())
    }

    /// Returns the `FROM` clause of the statement.
    pub(super) fn from(&self) -> &'static str {
        match self {
            Self::InStatement(_) => " FROM state",
            Self::Taken(_) => "",
        }
    }
}

/// The statement that subtracts rows from the number of tasks.
struct SubtractRows<'a> {
    owner: IsOwner<'a>,
    rows: i64,
}

impl<DB> QueryFragment<DB> for SubtractRows<'_>
where
    DB: Dialect + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE user_state SET tasks = tasks - ");
        out.push_bind_param::<BigInt, _>(&self.rows)?;
        out.push_sql(" WHERE ");
        self.owner.walk_ast(out.reborrow())
    }
}

impl QueryId for SubtractRows<'_> {
    type QueryId = SubtractRows<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C> RunQueryDsl<C> for SubtractRows<'_> {}
