//! Whether the database itself keeps users apart (row-level security), beside the conditions that every statement has.

use std::fmt;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// Whether the database keeps users apart by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowSecurity {
    /// It does: a statement that forgot whose rows it is about sees none.
    On,
    /// It could, and does not, for this reason.
    Off(String),
    /// SQLite has no such thing.
    NotOffered,
}

impl fmt::Display for RowSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => f.write_str("on"),
            Self::Off(reason) => write!(f, "isolation by the database is off: {reason}"),
            Self::NotOffered => f.write_str("not offered by SQLite"),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

/// What is missing, if anything. The policies are those of the migrations by name and kind, and there are no others: one more would
/// let somebody in.
const REASON: &str = "\
    WITH expected (name) AS (SELECT name FROM unnest(ARRAY['tasks', 'idempotent_answers']) AS name), \
    found (policy) AS (SELECT expected.name || '.' || polname || ' ' || polcmd::text || ' ' || polpermissive::text \
        FROM expected JOIN pg_policy ON polrelid = to_regclass(expected.name)), \
    wanted (policy) AS (SELECT expected.name || '.' || kind FROM expected, \
        unnest(ARRAY['owner * true', 'run_out d true', 'only_run_out d false']) AS kind) \
    SELECT CASE \
        WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 'the role is a superuser' \
        WHEN (SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN 'the role has BYPASSRLS' \
        WHEN EXISTS (SELECT FROM expected LEFT JOIN pg_class ON pg_class.oid = to_regclass(expected.name) \
            WHERE (relrowsecurity AND relforcerowsecurity) IS NOT TRUE) \
            THEN 'row-level security is not enabled and forced on all tables' \
        WHEN EXISTS (SELECT FROM wanted WHERE policy NOT IN (SELECT policy FROM found)) THEN 'a policy is missing' \
        WHEN EXISTS (SELECT FROM found WHERE policy NOT IN (SELECT policy FROM wanted)) \
            THEN 'there is a policy that is not of the migrations' \
    END AS reason";

/// Looks at the role and the tables of this connection.
pub(crate) fn check(connection: &mut AnyConnection) -> Result<RowSecurity, DbError> {
    if let AnyConnection::Sqlite(_) = connection {
        return Ok(RowSecurity::NotOffered);
    }
    let row: Row = sql_query(REASON).get_result(connection)?;
    Ok(row.reason.map_or(RowSecurity::On, RowSecurity::Off))
}
