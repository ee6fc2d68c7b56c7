//! The owner as part of each statement: the door to a user's rows.
//!
//! PostgreSQL's policies let a statement see the rows of the user whom `app.user_id` names. The condition that picks a user's rows
//! names the user in passing, so that it costs no round trip and needs no transaction, and that a statement without it sees nothing:
//!
//! ```sql
//! user_id = $1 AND (SELECT set_config('app.user_id', $1, true)) IS NOT NULL
//! ```
//!
//! The sub-select depends on no row. PostgreSQL evaluates it once, in a node above the scan (`One-Time Filter`), before the first row
//! is looked at and before the policy is; were it ever later, no row would be seen. `IS NOT NULL`, because an equality with `user_id`
//! would become one with the policy's, and their order uncertain. `set_config(…, true)` ends with the transaction, which is the
//! statement itself where none is open: nothing is left on a connection, also behind a pooler that shares it. `tests/api/row_security`
//! asks for the plans.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Text};

use crate::db::connection::{AnyBackend, AnyConnection};
use crate::db::dialect::Dialect;
use crate::db::schema::tasks;
use crate::db::statement_time::IN_TIME;

/// Where every query of tasks starts.
pub(crate) type OwnedBy<'a> = diesel::dsl::Filter<tasks::table, IsOwner<'a>>;

/// A user's tasks, for conditions that vary.
pub(crate) type Rows<'a> = diesel::helper_types::IntoBoxed<'a, OwnedBy<'a>, AnyBackend>;

/// A user's tasks that are not in the trash.
pub(crate) type Active<'a> = diesel::dsl::Filter<OwnedBy<'a>, diesel::dsl::IsNull<tasks::deleted_at>>;

pub(crate) fn owned_by(owner: &str) -> OwnedBy<'_> {
    tasks::table.filter(IsOwner(OwnerId(owner)))
}

pub(crate) fn active(owner: &str) -> Active<'_> {
    owned_by(owner).filter(tasks::deleted_at.is_null())
}

/// The condition that a row is this user's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsOwner<'a>(pub(crate) OwnerId<'a>);

/// The user's id as the value of a new row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnerId<'a>(pub(crate) &'a str);

/// [`IsOwner`] as text for a statement written by hand, whose parameter of this number is the owner.
pub(crate) fn is_owner(connection: &AnyConnection, number: usize) -> String {
    match connection {
        AnyConnection::Postgres(_) => format!("user_id = ${number} AND {} IS NOT NULL", owner_id(connection, number)),
        AnyConnection::Sqlite(_) => format!("user_id = ${number} AND {IN_TIME}"),
    }
}

/// [`OwnerId`] as text, likewise.
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
