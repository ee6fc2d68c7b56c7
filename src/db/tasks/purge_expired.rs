//! Removing what has run out, of all users: the one thing that is done without an owner.
//!
//! PostgreSQL's policies let no statement see rows of all users, but one delete those that are older than the moment in
//! `app.purge_before`. It is set here alone, within the statement, as `app.user_id` is (see `owned`).

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Timestamp;

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::tasks::idempotency::IDEMPOTENCY_TTL;
use crate::task::dates::stored;

/// Deletes answers to repeated requests that have run out, and for ever what has been in the trash for `trash_life`; gives how many
/// rows. Safe with several at once.
pub(crate) fn purge_expired(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    trash_life: TimeDelta,
) -> Result<usize, DbError> {
    let answers = delete(connection, "idempotent_answers", "created_at", now - IDEMPOTENCY_TTL)?;
    Ok(answers + delete(connection, "tasks", "deleted_at", now - trash_life)?)
}

fn delete(connection: &mut AnyConnection, table: &str, column: &str, before: DateTime<Utc>) -> Result<usize, DbError> {
    // where policies bind this role, it sees no row, and deletes none
    let seen = sql_query(format!("DELETE FROM {table} WHERE {column} < $1"));
    let seen = seen.bind::<Timestamp, _>(stored(before)).execute(connection)?;
    let AnyConnection::Postgres(_) = connection else { return Ok(seen) };
    // and only where they do, they are all that says which rows are meant
    let unseen = sql_query(format!(
        "DELETE FROM {table} WHERE (SELECT set_config('app.purge_before', $1::text, true) \
         WHERE row_security_active('{table}') AND EXISTS (SELECT FROM pg_policy WHERE polrelid = '{table}'::regclass \
         AND polname = 'only_run_out' AND NOT polpermissive)) IS NOT NULL"
    ));
    Ok(seen + unseen.bind::<Timestamp, _>(stored(before)).execute(connection)?)
}
