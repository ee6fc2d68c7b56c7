//! Checks PostgreSQL's row-level security, a second isolation of users beside the owner condition of every statement.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text};

use crate::db::citus;
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

/// Selects the policies of the table with this oid, as text.
///
/// Without their kinds: Citus copies restrictive policies as permissive ones. The migrations' policies are safe in both kinds.
macro_rules! policies_of {
    ($oid:literal) => {
        concat!(
            "(SELECT coalesce(md5(string_agg(concat_ws(' ', polname, polcmd, pg_get_expr(polqual, polrelid), ",
            "pg_get_expr(polwithcheck, polrelid)), ';' ORDER BY polname)), '') FROM pg_policy WHERE polrelid = ",
            $oid,
            ")"
        )
    };
}

/// Selects why row-level security is off on the shards of Citus, or NULL. A node that does not respond is left out.
const SHARDS_QUERY: &str = concat!(
    "WITH expected AS (SELECT string_agg(format('(%L, %L)', name, ",
    policies_of!("to_regclass(name)"),
    "), ', ') AS tables FROM unnest($1) AS name), answer AS (SELECT result FROM expected, run_command_on_all_nodes(format($command$",
    "SELECT CASE WHEN (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN 'the role bypasses it' ",
    "ELSE (SELECT 'not enabled and forced with the policies of ' || expected.name FROM (VALUES %s) AS expected (name, policies) ",
    "JOIN pg_class ON relname ~ ('^' || expected.name || '_[0-9]+$') AND relnamespace = to_regnamespace(%L) ",
    "WHERE NOT (relrowsecurity AND relforcerowsecurity AND policies = ",
    policies_of!("pg_class.oid"),
    ") LIMIT 1) END$command$, tables, current_schema()), true, true) WHERE success) ",
    "SELECT (SELECT 'on a node of Citus: ' || result FROM answer WHERE result <> '' LIMIT 1) AS reason"
);

/// Checks the role and the tables of this connection, and the shards of Citus.
pub(crate) fn check(connection: &mut AnyConnection) -> Result<RowSecurity, DbError> {
    let AnyConnection::Postgres(connection) = connection else { return Ok(RowSecurity::NotSupported) };
    let row: Row = sql_query(REASON_QUERY).get_result(connection)?;
    let reason = match row.reason {
        None if citus::is_distributed(connection)? => connection.transaction(|connection| {
            connection.batch_execute(citus::NODE_TIMEOUT)?;
            let query = sql_query(SHARDS_QUERY).bind::<Array<Text>, _>(citus::TABLES.as_slice());
            query.get_result::<Row>(connection)
        })?,
        reason => Row { reason },
    };
    Ok(reason.reason.map_or(RowSecurity::On, RowSecurity::Off))
}
