//! Deletes expired rows of all users. Only these statements have no owner condition.
//!
//! PostgreSQL's policies hide rows of other users from every statement. They permit a statement to delete rows older than the timestamp in
//! `app.purge_before`. Only this module sets it, within the statement, as for `app.user_id` (see `owner_scope`).

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Timestamp;

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::tasks::idempotency::IDEMPOTENCY_TTL;
use crate::task::dates::to_db_timestamp;

/// Deletes expired stored responses, and tasks in the trash since `trash_retention`. Returns the number of rows.
///
/// Several instances may run it at the same time.
pub(crate) fn purge_expired(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    trash_retention: TimeDelta,
) -> Result<usize, DbError> {
    let responses = delete(connection, "idempotent_answers", "created_at", now - IDEMPOTENCY_TTL)?;
    Ok(responses + delete(connection, "tasks", "deleted_at", now - trash_retention)?)
}

fn delete(connection: &mut AnyConnection, table: &str, column: &str, before: DateTime<Utc>) -> Result<usize, DbError> {
    // with row-level security, this statement sees no rows and deletes none
    let without_policies = sql_query(format!("DELETE FROM {table} WHERE {column} < $1"));
    let deleted = without_policies.bind::<Timestamp, _>(to_db_timestamp(before)).execute(connection)?;
    let AnyConnection::Postgres(_) = connection else { return Ok(deleted) };
    // runs only with row-level security: the policies alone select the rows
    let by_policies = sql_query(format!(
        "DELETE FROM {table} WHERE (SELECT set_config('app.purge_before', $1::text, true) \
         WHERE row_security_active('{table}') AND EXISTS (SELECT FROM pg_policy WHERE polrelid = '{table}'::regclass \
         AND polname = 'only_run_out' AND NOT polpermissive)) IS NOT NULL"
    ));
    Ok(deleted + by_policies.bind::<Timestamp, _>(to_db_timestamp(before)).execute(connection)?)
}
