//! Deletes expired rows of all users.
//!
//! PostgreSQL's policies hide rows of other users from every statement. They permit a statement to delete stored responses older than the
//! timestamp in `app.purge_before`, and to list the users with older tasks in the trash or older tombstones. Only this module sets it,
//! within a transaction. Tasks and tombstones are deleted for one user at a time, with the
//! owner condition.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::row_security::{self, RowSecurity};
use crate::db::tasks::idempotency::IDEMPOTENCY_TTL;
use crate::db::user_naming::with_local_setting;
use crate::task::dates::to_db_timestamp;

/// The setting of the policies with the time before which rows are expired.
const PURGE_BEFORE: &str = "app.purge_before";

/// The maximum number of users of one list.
pub(in crate::db) const USERS_PER_LIST: i64 = 1000;

/// The rows that expire for one user at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::db) enum Expiring {
    /// Tasks in the trash.
    Trash,
    /// Tombstones of permanently deleted tasks.
    Tombstones,
}

/// Deletes expired stored responses. Returns their number. Several instances may run it at the same time.
pub(in crate::db) fn purge_responses(connection: &mut AnyConnection, now: DateTime<Utc>) -> Result<usize, DbError> {
    let before = to_db_timestamp(now - IDEMPOTENCY_TTL);
    // with row-level security, this statement sees no rows and deletes none
    let without_policies = sql_query("DELETE FROM idempotent_answers WHERE created_at < $1");
    let deleted = without_policies.bind::<Timestamp, _>(before).execute(connection)?;
    let AnyConnection::Postgres(_) = connection else { return Ok(deleted) };
    let by_policies = with_local_setting(connection, PURGE_BEFORE, &before.to_string(), |connection| {
        // no other transaction can change the policies between the check and the deletion
        sql_query("LOCK TABLE idempotent_answers IN ROW EXCLUSIVE MODE").execute(connection)?;
        match row_security::check(connection)? {
            // the policies alone select the rows: a condition on a column would need permission to read them
            RowSecurity::On => Ok(sql_query("DELETE FROM idempotent_answers").execute(connection)?),
            RowSecurity::Off(_) | RowSecurity::NotSupported => Ok(0),
        }
    })?;
    Ok(deleted + by_policies)
}

/// Lists users with expired rows, at most [`USERS_PER_LIST`], after this user.
pub(in crate::db) fn users_with_expired_rows(
    connection: &mut AnyConnection,
    expiring: Expiring,
    before: DateTime<Utc>,
    after: &str,
) -> Result<Vec<String>, DbError> {
    #[derive(QueryableByName)]
    struct User {
        #[diesel(sql_type = Text)]
        user_id: String,
    }
    let (table, column) = match expiring {
        Expiring::Trash => ("user_state", "oldest_trash"),
        Expiring::Tombstones => ("tombstones", "deleted_at"),
    };
    let before = to_db_timestamp(before);
    let list = sql_query(format!(
        "SELECT DISTINCT user_id FROM {table} WHERE {column} < $1 AND user_id > $2 ORDER BY user_id LIMIT $3"
    ));
    let list = list.bind::<Timestamp, _>(before).bind::<Text, _>(after).bind::<BigInt, _>(USERS_PER_LIST);
    let users: Vec<User> =
        with_local_setting(connection, PURGE_BEFORE, &before.to_string(), |connection| Ok(list.load(connection)?))?;
    Ok(users.into_iter().map(|user| user.user_id).collect())
}
