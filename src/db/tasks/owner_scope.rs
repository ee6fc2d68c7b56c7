//! The owner condition of each statement.
//!
//! PostgreSQL's policies limit a statement to the rows of the user in `app.user_id`. The owner condition also sets `app.user_id`. This
//! costs no round trip and needs no transaction. A statement without the condition sees no rows:
//!
//! ```sql
//! user_id = $1 AND (SELECT set_config('app.user_id', $1, true)) IS NOT NULL
//! ```
//!
//! The sub-select depends on no row. PostgreSQL evaluates it once, in a node above the scan (`One-Time Filter`), before it reads the first
//! row and evaluates the policy. If it ran later, the statement would see no rows. The condition uses `IS NOT NULL`: an equality with
//! `user_id` could be merged with the equality of the policy, and their order would be undefined. `set_config(…, true)` ends with the
//! transaction, or with the statement if no transaction is open. So the setting does not remain on a connection, also behind a pooler
//! that shares it. `tests/api/row_security` checks the plans.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Text};

use crate::db::connection::{AnyBackend, AnyConnection};
use crate::db::dialect::Dialect;
use crate::db::schema::tasks;
use crate::db::statement_time::IN_TIME;

/// The base of every query of tasks.
pub(crate) type OwnedBy<'a> = diesel::dsl::Filter<tasks::table, IsOwner<'a>>;

/// A user's tasks, boxed for dynamic conditions.
pub(crate) type Rows<'a> = diesel::helper_types::IntoBoxed<'a, OwnedBy<'a>, AnyBackend>;

/// A user's tasks that are not in the trash.
pub(crate) type Active<'a> = diesel::dsl::Filter<OwnedBy<'a>, diesel::dsl::IsNull<tasks::deleted_at>>;

pub(crate) fn owned_by(owner: &str) -> OwnedBy<'_> {
    tasks::table.filter(IsOwner(OwnerId(owner)))
}

pub(crate) fn active(owner: &str) -> Active<'_> {
    owned_by(owner).filter(tasks::deleted_at.is_null())
}

/// The condition that this user owns a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsOwner<'a>(pub(crate) OwnerId<'a>);

/// The user's id as the value of a new row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnerId<'a>(pub(crate) &'a str);

/// Writes [`IsOwner`] as SQL text. The owner is the parameter of this number.
pub(crate) fn is_owner(connection: &AnyConnection, number: usize) -> String {
    match connection {
        AnyConnection::Postgres(_) => format!("user_id = ${number} AND {} IS NOT NULL", owner_id(connection, number)),
        AnyConnection::Sqlite(_) => format!("user_id = ${number} AND {IN_TIME}"),
    }
}

/// Writes [`OwnerId`] as SQL text. The owner is the parameter of this number.
pub(crate) fn owner_id(connection: &AnyConnection, number: usize) -> String {
    match connection {
        AnyConnection::Postgres(_) => format!("(SELECT set_config('app.user_id', ${number}, true))"),
        AnyConnection::Sqlite(_) => format!("${number}"),
    }
}

impl<DB: Dialect> QueryFragment<DB> for IsOwner<'_>
where
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self(owner) = self;
        out.push_sql("(user_id = ");
        out.push_bind_param::<Text, _>(owner.0)?;
        out.push_sql(" AND ");
        if out.backend().is_postgres() {
            owner.walk_ast(out.reborrow())?;
            out.push_sql(" IS NOT NULL");
        } else {
            out.push_sql(IN_TIME);
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<DB: Dialect> QueryFragment<DB> for OwnerId<'_>
where
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !out.backend().is_postgres() {
            return out.push_bind_param::<Text, _>(self.0);
        }
        out.push_sql("(SELECT set_config('app.user_id', ");
        out.push_bind_param::<Text, _>(self.0)?;
        out.push_sql(", true))");
        Ok(())
    }
}

impl Expression for IsOwner<'_> {
    type SqlType = Bool;
}
impl AppearsOnTable<tasks::table> for IsOwner<'_> {}
impl SelectableExpression<tasks::table> for IsOwner<'_> {}
impl<GroupBy> ValidGrouping<GroupBy> for IsOwner<'_> {
    type IsAggregate = is_aggregate::Never;
}
impl QueryId for IsOwner<'_> {
    type QueryId = IsOwner<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}
