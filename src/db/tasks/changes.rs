//! Reads the changes of a user's tasks in the order of their commits.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::db::connection::match_backend;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::columns::TaskColumns;
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::scoped::{Access, Tasks};
use crate::task::Task;

/// A change of a task: its newest state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The sequence number of the newest write. Writes of one transaction can share it.
    pub seq: i64,
    /// The task's id.
    pub id: i64,
    /// The task's uid.
    pub uid: String,
    /// Whether the task is in the trash or permanently deleted.
    pub is_deleted: bool,
    /// The task. `None`: permanently deleted.
    pub task: Option<Task>,
}

/// A position in the changes of a user: after this sequence number and id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChangePosition {
    /// The sequence number of the last known change.
    pub seq: i64,
    /// The id of the last known change.
    pub id: i64,
    /// The reader needs no more tombstones up to this sequence number. It exceeds `seq` while the reader reads all tasks from the
    /// beginning.
    pub complete_seq: i64,
}

/// The start of a page of changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangesSince {
    /// All tasks. The last page ends at the newest change.
    Beginning,
    /// No change: only the position of the newest one.
    Now,
    /// After this position.
    Position(ChangePosition),
}

/// A page of changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangePage {
    /// The changes, in the order of their commits. No task is in a page twice.
    pub changes: Vec<Change>,
    /// The end of the page.
    pub next: ChangePosition,
    /// Whether more changes follow.
    pub has_more: bool,
}

impl Change {
    /// Returns the position after this change, for a reader that needs no more tombstones up to `complete_seq`.
    pub fn position(&self, complete_seq: i64) -> ChangePosition {
        // more changes can have the same sequence number
        let complete_seq = complete_seq.max(self.seq.saturating_sub(1));
        ChangePosition { seq: self.seq, id: self.id, complete_seq }
    }
}

/// A row of the user's state, with a tombstone.
#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
    #[diesel(sql_type = BigInt)]
    purged_seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    uid: Option<String>,
}

impl<A: Access> Tasks<'_, A> {
    /// Reads changes, at most `limit`.
    ///
    /// The first statement reads the last sequence number and the tombstones up to it. The second reads the tasks up to the same number.
    /// A task that changes in between has a higher number, and belongs to a later page.
    ///
    /// # Errors
    /// [`DbError::ChangesExpired`]: tombstones after the position may be deleted, or the position is after the last sequence number.
    /// Database errors.
    pub fn changes(&mut self, since: ChangesSince, limit: i64) -> Result<ChangePage, DbError> {
        let after = match since {
            ChangesSince::Position(position) => position,
            ChangesSince::Beginning | ChangesSince::Now => ChangePosition { seq: -1, id: i64::MAX, complete_seq: -1 },
        };
        let rows = self.state_and_tombstones(after, if since == ChangesSince::Now { 0 } else { limit })?;
        let (last_seq, purged_seq) = rows.first().map_or((0, 0), |row| (row.last_seq, row.purged_seq));
        let newest = ChangePosition { seq: last_seq, id: i64::MAX, complete_seq: last_seq };
        let complete_seq = match since {
            ChangesSince::Now => return Ok(ChangePage { changes: Vec::new(), next: newest, has_more: false }),
            ChangesSince::Beginning => last_seq,
            ChangesSince::Position(position) => position.complete_seq,
        };
        if complete_seq < purged_seq || after.seq > last_seq {
            return Err(DbError::ChangesExpired);
        }
        let tombstones = rows.into_iter().filter_map(|row| {
            let (seq, id) = (row.seq?, row.id?);
            Some(Change { seq, id, uid: row.uid?, is_deleted: true, task: None })
        });
        let mut changes = self.changed_tasks(after, last_seq, limit)?;
        changes.extend(tombstones);
        changes.sort_unstable_by_key(|change| (change.seq, change.id));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = changes.len() > limit;
        changes.truncate(limit);
        let next = match changes.last().filter(|_| has_more) {
            Some(last) => last.position(complete_seq),
            None => newest,
        };
        Ok(ChangePage { changes, next, has_more })
    }

    /// Reads the user's state with the tombstones after a position, and one more if it exists. No row: the user never had a task.
    fn state_and_tombstones(&mut self, after: ChangePosition, limit: i64) -> Result<Vec<StateRow>, DbError> {
        let owner = self.owner.condition(1);
        let query = sql_query(format!(
            "SELECT state.seq AS last_seq, purged_seq, tombstone.seq AS seq, tombstone.id AS id, \
             tombstone.uid AS uid FROM \
             (SELECT seq, purged_seq FROM user_state WHERE {owner}) AS state LEFT JOIN \
             (SELECT seq, id, uid FROM tombstones WHERE {owner} AND seq >= $2 AND (seq > $2 OR id > $3) \
             ORDER BY seq, id LIMIT $4) AS tombstone ON TRUE ORDER BY tombstone.seq, tombstone.id"
        ));
        let query = query.bind::<Text, _>(self.owner.id).bind::<BigInt, _>(after.seq).bind::<BigInt, _>(after.id);
        Ok(query.bind::<BigInt, _>(limit.saturating_add(1)).load(self.connection)?)
    }

    /// Reads the tasks after a position, up to a sequence number, and one more if it exists.
    fn changed_tasks(&mut self, after: ChangePosition, last_seq: i64, limit: i64) -> Result<Vec<Change>, DbError> {
        let is_after = tasks::seq.gt(after.seq).or(tasks::id.gt(after.id));
        let rows = owned_by(self.owner).filter(tasks::seq.between(after.seq, last_seq)).filter(is_after);
        let rows = rows.order((tasks::seq, tasks::id)).limit(limit.saturating_add(1));
        let rows = rows.select((tasks::seq, tasks::deleted_at.is_not_null(), TaskColumns));
        let rows: Vec<(i64, bool, Task)> = match_backend!(self.connection, connection => rows.load(connection))?;
        let change = |(seq, is_deleted, task): (i64, bool, Task)| Change {
            seq,
            id: task.id,
            uid: task.uid.clone(),
            is_deleted,
            task: Some(task),
        };
        Ok(rows.into_iter().map(change).collect())
    }
}
