//! Deletes tasks permanently, and leaves tombstones for the change feed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::tasks::sequence::{Seq, StateChange};
use crate::task::dates::to_db_timestamp;

/// The maximum number of tasks or tombstones that one transaction of the purge deletes.
pub(super) const PURGE_CHUNK: usize = 500;

impl Tasks<'_, Write> {
    /// Deletes the owner's rows that `find` returns, in one transaction. Returns their number.
    ///
    /// `find` runs when the user's state is locked, so no other write can change the rows.
    ///
    /// # Errors
    /// The error of `find`. [`DbError::NotFound`]: the user has no tasks.
    pub(super) fn delete_rows(
        &mut self,
        now: DateTime<Utc>,
        find: impl FnOnce(&mut AnyConnection) -> QueryResult<Vec<i64>>,
    ) -> Result<usize, DbError> {
        self.transaction(|tasks| {
            let seq = tasks.take_seq(StateChange::Update)?;
            let ids = find(tasks.connection)?;
            if ids.is_empty() {
                return Ok(0);
            }
            tasks.insert_tombstones(&ids, seq, to_db_timestamp(now))?;
            let deleted =
                diesel::delete(owned_by(tasks.owner).filter(tasks::id.eq_any(&ids))).execute(tasks.connection)?;
            tasks.subtract_rows(i64::try_from(deleted).unwrap_or(i64::MAX), seq)?;
            Ok(deleted)
        })
    }

    fn insert_tombstones(&mut self, ids: &[i64], seq: Seq, now: NaiveDateTime) -> Result<(), DbError> {
        let json = serde_json::to_string(ids).expect("a list of numbers is JSON");
        let numbers = match self.connection {
            AnyConnection::Postgres(_) => "SELECT value::bigint FROM jsonb_array_elements_text($4::jsonb)",
            AnyConnection::Sqlite(_) => "SELECT value FROM json_each($4)",
        };
        let insert = format!(
            "INSERT INTO tombstones (user_id, id, uid, seq, deleted_at) SELECT user_id, id, uid, $1, $2 FROM tasks \
             WHERE {} AND id IN ({numbers})",
            self.owner.condition(3)
        );
        let insert = sql_query(insert).bind::<BigInt, _>(*seq.value()).bind::<Timestamp, _>(now);
        let inserted = insert.bind::<Text, _>(self.owner.id).bind::<Text, _>(json).execute(self.connection)?;
        match inserted == ids.len() {
            true => Ok(()),
            false => Err(DbError::Query(format!("{inserted} tombstones for {} tasks", ids.len()))),
        }
    }

    /// Deletes tasks that were moved to the trash before a time, at most [`PURGE_CHUNK`]. Returns their number.
    pub(in crate::db) fn purge_trash(&mut self, now: DateTime<Utc>, before: DateTime<Utc>) -> Result<usize, DbError> {
        let owner = self.owner;
        self.transaction(|tasks| {
            let expired = owned_by(owner).filter(tasks::deleted_at.lt(to_db_timestamp(before)));
            let expired = expired.order(tasks::id).limit(PURGE_CHUNK as i64).select(tasks::id);
            let deleted = tasks.delete_rows(now, |connection| expired.load(connection))?;
            let rest = format!(
                "UPDATE user_state SET oldest_trash = (SELECT min(deleted_at) FROM tasks WHERE {owner_condition}) \
                 WHERE {owner_condition}",
                owner_condition = tasks.owner.condition(1)
            );
            sql_query(rest).bind::<Text, _>(owner.id).execute(tasks.connection)?;
            Ok(deleted)
        })
    }

    /// Deletes the owner's tombstones of deletions before a time, and records the highest of their sequence numbers.
    pub(in crate::db) fn purge_tombstones(&mut self, before: DateTime<Utc>) -> Result<usize, DbError> {
        #[derive(QueryableByName)]
        struct Purged {
            #[diesel(sql_type = BigInt)]
            purged_seq: i64,
        }
        let (owner, before) = (self.owner, to_db_timestamp(before));
        self.transaction(|tasks| {
            let owner_condition = tasks.owner.condition(1);
            // locks the user's state first, as each write does
            let record = format!(
                "UPDATE user_state SET purged_seq = coalesce((SELECT max(seq) FROM tombstones \
                 WHERE {owner_condition} AND deleted_at < $2 AND seq > purged_seq), purged_seq) \
                 WHERE {owner_condition} RETURNING purged_seq"
            );
            let record = sql_query(record).bind::<Text, _>(owner.id).bind::<Timestamp, _>(before);
            let Some(Purged { purged_seq }) = record.load(tasks.connection)?.into_iter().next() else { return Ok(0) };
            let delete = format!("DELETE FROM tombstones WHERE {owner_condition} AND deleted_at < $2 AND seq <= $3");
            let delete = sql_query(delete).bind::<Text, _>(owner.id).bind::<Timestamp, _>(before);
            Ok(delete.bind::<BigInt, _>(purged_seq).execute(tasks.connection)?)
        })
    }
}
