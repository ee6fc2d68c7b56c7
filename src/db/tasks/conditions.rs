//! Conditions on a task's row with SQL for each database. The text of each condition is independent of its values.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Text};

use crate::db::dialect::Dialect;
use crate::db::schema::tasks;

/// The title or the description contains this case-folded text.
///
/// The time of `LIKE` and of PostgreSQL's `strpos` is proportional to the product of both lengths. `instr`, and `position` on bytes,
/// compare by `memcmp`. In UTF-8, matches by bytes equal matches by characters.
#[derive(Clone, Debug)]
pub(crate) struct Contains(pub(crate) String);

/// The task has all of these tags. The value is a JSON array in normalization form C. Tags are stored in the form of the client.
#[derive(Clone, Debug)]
pub(crate) struct HasTags(pub(crate) String);

/// The task has one of these versions.
///
/// Several versions are one bound value. With one version, as clients usually send, the prepared statement is cached.
#[derive(Clone, Debug)]
pub(crate) enum HasVersion {
    One(i64),
    /// A JSON array.
    OneOf(String),
}

impl HasVersion {
    pub(crate) fn new(versions: &[i64]) -> Self {
        match versions {
            [version] => Self::One(*version),
            versions => Self::OneOf(serde_json::to_string(versions).expect("a list of numbers is JSON")),
        }
    }
}

/// Always true. Excludes a statement from the prepared-statement cache, which has no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unprepared;

impl<DB: Dialect> QueryFragment<DB> for Contains
where
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let is_postgres = out.backend().is_postgres();
        for (before, column) in [("(", "title_folded"), (" OR ", "description_folded")] {
            out.push_sql(before);
            if is_postgres {
                out.push_sql("position((SELECT convert_to(");
                out.push_bind_param::<Text, _>(&self.0)?;
                out.push_sql(", 'UTF8')) IN convert_to(");
                out.push_sql(column);
                out.push_sql(", 'UTF8')) > 0");
            } else {
                out.push_sql("instr(");
                out.push_sql(column);
                out.push_sql(", ");
                out.push_bind_param::<Text, _>(&self.0)?;
                out.push_sql(") > 0");
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<DB: Dialect> QueryFragment<DB> for HasTags
where
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // parses a task's tags once for each row, and the requested tags once for each statement
        out.push_sql("(tags <> '[]' AND ");
        if out.backend().is_postgres() {
            out.push_sql("normalize(tags)::jsonb @> (SELECT ");
            out.push_bind_param::<Text, _>(&self.0)?;
            out.push_sql("::jsonb)");
        } else {
            out.push_sql(
                "(SELECT count(DISTINCT value) FROM json_each(nfc(tags)) WHERE value IN (SELECT value FROM json_each(",
            );
            out.push_bind_param::<Text, _>(&self.0)?;
            out.push_sql("))) = (SELECT count(DISTINCT value) FROM json_each(");
            out.push_bind_param::<Text, _>(&self.0)?;
            out.push_sql("))");
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<DB: Dialect + HasSqlType<BigInt>> QueryFragment<DB> for HasVersion
where
    i64: ToSql<BigInt, DB>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::One(version) => {
                out.push_sql("version = ");
                out.push_bind_param::<BigInt, _>(version)
            }
            Self::OneOf(versions) => {
                out.unsafe_to_cache_prepared();
                // Citus evaluates the list before it sends the statement to a node, and cannot evaluate a set
                let (before, after) = match out.backend().is_postgres() {
                    true => ("version = ANY (translate(", ", '[]', '{}')::bigint[])"),
                    false => ("version IN (SELECT value FROM json_each(", "))"),
                };
                out.push_sql(before);
                out.push_bind_param::<Text, _>(versions)?;
                out.push_sql(after);
                Ok(())
            }
        }
    }
}

impl<DB: Dialect> QueryFragment<DB> for Unprepared {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("TRUE");
        Ok(())
    }
}

macro_rules! impl_expression {
    ($($name:ident),+) => {$(
        impl Expression for $name {
            type SqlType = Bool;
        }
        impl AppearsOnTable<tasks::table> for $name {}
        impl SelectableExpression<tasks::table> for $name {}
        impl<GroupBy> ValidGrouping<GroupBy> for $name {
            type IsAggregate = is_aggregate::No;
        }
    )+};
}

impl_expression!(Contains, HasTags, HasVersion, Unprepared);

macro_rules! impl_static_query_id {
    ($($name:ident),+) => {$(
        impl QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }
    )+};
}

impl_static_query_id!(Contains, HasTags, Unprepared);

impl QueryId for HasVersion {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
