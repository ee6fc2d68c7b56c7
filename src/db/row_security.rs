//! Checks PostgreSQL's row-level security, a second isolation of users beside the owner condition of every statement.

use std::fmt;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// The state of row-level security.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowSecurity {
    /// On: a statement without an owner sees no rows.
    On,
    /// Off, for this reason.
    Off(String),
    /// SQLite does not support it.
    NotSupported,
}

impl fmt::Display for RowSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => f.write_str("on"),
            Self::Off(reason) => write!(f, "row-level security is off: {reason}"),
            Self::NotSupported => f.write_str("not supported by SQLite"),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

/// Selects why row-level security is off, or NULL.
///
/// The policies must be exactly those of the migrations, by name and kind. An additional policy would permit access to more rows.
const REASON_QUERY: &str = "\
    WITH wanted (policy) AS (SELECT unnest(ARRAY[ \
            'tasks.owner * true', 'tasks.run_out d true', 'tasks.only_run_out d false', \
            'idempotent_answers.owner * true', 'idempotent_answers.run_out d true', 'idempotent_answers.only_run_out d false', \
            'user_state.owner * true', 'user_state.run_out r true', 'user_state.polled r true', \
            'tombstones.owner * true', 'tombstones.run_out r true'])), \
    expected (name) AS (SELECT DISTINCT split_part(policy, '.', 1) FROM wanted), \
    found (policy) AS (SELECT expected.name || '.' || polname || ' ' || polcmd::text || ' ' || polpermissive::text \
        FROM expected JOIN pg_policy ON polrelid = to_regclass(expected.name)) \
    SELECT CASE \
        WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 'the role is a superuser' \
        WHEN (SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN 'the role has BYPASSRLS' \
        WHEN EXISTS (SELECT FROM expected LEFT JOIN pg_class ON pg_class.oid = to_regclass(expected.name) \
            WHERE (relrowsecurity AND relforcerowsecurity) IS NOT TRUE) \
            THEN 'row-level security is not enabled and forced on all tables' \
        WHEN EXISTS (SELECT FROM wanted WHERE policy NOT IN (SELECT policy FROM found)) THEN 'a policy is missing' \
        WHEN EXISTS (SELECT FROM found WHERE policy NOT IN (SELECT policy FROM wanted)) \
            THEN 'a policy exists that the migrations did not create' \
    END AS reason";

/// Checks the role and the tables of this connection.
pub(crate) fn check(connection: &mut AnyConnection) -> Result<RowSecurity, DbError> {
    if let AnyConnection::Sqlite(_) = connection {
        return Ok(RowSecurity::NotSupported);
    }
    let row: Row = sql_query(REASON_QUERY).get_result(connection)?;
    Ok(row.reason.map_or(RowSecurity::On, RowSecurity::Off))
}
