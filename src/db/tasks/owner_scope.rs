//! The owner condition of each statement.
//!
//! PostgreSQL's policies limit a statement to the rows of the user in `app.user_id`. With [`UserNaming::InStatement`], the owner condition
//! also sets `app.user_id`. This costs no round trip and needs no transaction. A statement without the condition sees no rows:
//!
//! ```sql
//! user_id = $1 AND (SELECT set_config('app.user_id', $1, true)) IS NOT NULL
//! ```
//!
//! The sub-select depends on no row. PostgreSQL evaluates it once, in a node above the scan (`One-Time Filter`), before it reads the first
//! row and evaluates the policy. If it ran later, the statement would see no rows. The condition uses `IS NOT NULL`: an equality with
//! `user_id` could be merged with the equality of the policy, and their order would be undefined. `set_config(…, true)` ends with the
//! transaction, or with the statement if no transaction is open. So the setting does not remain on a connection, also behind a pooler
//! that shares it. `tests/api/database/query_plans.rs` checks the plans.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Text};

use crate::db::connection::AnyBackend;
use crate::db::dialect::Dialect;
use crate::db::schema::tasks;
use crate::db::statement_time::IN_TIME;
use crate::db::user_naming::UserNaming;

/// The base of every query of tasks.
pub(crate) type OwnedBy<'a> = diesel::dsl::Filter<tasks::table, IsOwner<'a>>;

/// A user's tasks, boxed for dynamic conditions.
pub(crate) type Rows<'a> = diesel::helper_types::IntoBoxed<'a, OwnedBy<'a>, AnyBackend>;

/// A user's tasks that are not in the trash.
pub(crate) type Active<'a> = diesel::dsl::Filter<OwnedBy<'a>, diesel::dsl::IsNull<tasks::deleted_at>>;

pub(crate) fn owned_by(owner: OwnerId<'_>) -> OwnedBy<'_> {
    tasks::table.filter(IsOwner(owner))
}

pub(crate) fn active(owner: OwnerId<'_>) -> Active<'_> {
    owned_by(owner).filter(tasks::deleted_at.is_null())
}

/// The condition that this user owns a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsOwner<'a>(pub(crate) OwnerId<'a>);

/// The user's id as the value of a new row, and in conditions.
///
/// All statements of a connection name the user in the same way, so the text of a statement is the same for all users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnerId<'a> {
    pub(crate) id: &'a str,
    pub(crate) naming: UserNaming,
}

impl OwnerId<'_> {
    /// Writes [`IsOwner`] as SQL text. The owner is the parameter of this number.
    pub(crate) fn condition(self, number: usize) -> String {
        match self.naming {
            UserNaming::NotNeeded => format!("user_id = ${number} AND {IN_TIME}"),
            UserNaming::InStatement => format!("user_id = ${number} AND {} IS NOT NULL", self.value(number)),
            UserNaming::InTransaction => format!("user_id = ${number}"),
        }
    }

    /// Writes the value of a new row as SQL text. The owner is the parameter of this number.
    pub(crate) fn value(self, number: usize) -> String {
        match self.naming {
            UserNaming::InStatement => format!("(SELECT set_config('app.user_id', ${number}, true))"),
            UserNaming::NotNeeded | UserNaming::InTransaction => format!("${number}"),
        }
    }
}

impl<DB: Dialect> QueryFragment<DB> for IsOwner<'_>
where
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self(owner) = self;
        out.push_sql("(user_id = ");
        out.push_bind_param::<Text, _>(owner.id)?;
        match owner.naming {
            UserNaming::NotNeeded => {
                out.push_sql(" AND ");
                out.push_sql(IN_TIME);
            }
            UserNaming::InStatement => {
                out.push_sql(" AND ");
                owner.walk_ast(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
            }
            UserNaming::InTransaction => {}
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
        match self.naming {
            UserNaming::NotNeeded | UserNaming::InTransaction => out.push_bind_param::<Text, _>(self.id),
            UserNaming::InStatement => {
                out.push_sql("(SELECT set_config('app.user_id', ");
                out.push_bind_param::<Text, _>(self.id)?;
                out.push_sql(", true))");
                Ok(())
            }
        }
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
