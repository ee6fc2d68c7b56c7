//! Updates one task with one statement.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

use crate::db::tasks::columns::{COLUMN_NAMES, ColumnTypes};
use crate::db::tasks::conditions::HasVersion;
use crate::db::tasks::owner_scope::{IsOwner, OwnerId};
use crate::db::tasks::patch::{PatchColumns, set};
use crate::db::tasks::sequence::{SeqSource, StateChange, TakeSeq};
use crate::db::tasks::version_condition::VersionCondition;
use crate::task::TaskPatch;
use crate::task::dates::to_db_timestamp;

/// An update of one task.
pub(crate) struct Update<'a> {
    owner: IsOwner<'a>,
    id: i64,
    assignments: Assignments<'a>,
    condition: Option<HasVersion>,
    unless_repeating: bool,
}

/// What an update assigns.
#[expect(clippy::large_enum_variant, reason = "there is one value for each request, on the stack")]
enum Assignments<'a> {
    /// The fields of a patch.
    Patch(PatchColumns<'a>, NaiveDateTime),
    /// Moves the task to the trash.
    Trash(NaiveDateTime),
    /// Restores the task from the trash.
    Restore(NaiveDateTime),
    /// Links the task to its next occurrence. Belongs to the patch that completed the task, so the version stays.
    Link { series: i64, next: i64 },
}

impl<'a> Update<'a> {
    fn new(owner: &'a str, id: i64, assignments: Assignments<'a>, condition: &VersionCondition) -> Self {
        let condition = match condition {
            VersionCondition::Any => None,
            VersionCondition::Versions(versions) => Some(HasVersion::new(versions)),
        };
        Self { owner: IsOwner(OwnerId(owner)), id, assignments, condition, unless_repeating: false }
    }

    /// Applies a patch to a task that is not in the trash.
    pub(super) fn patch(owner: &'a str, id: i64, patch: &'a TaskPatch, condition: &VersionCondition) -> Self {
        let now = to_db_timestamp(patch.now);
        Self::new(owner, id, Assignments::Patch(PatchColumns::new(patch, now), now), condition)
    }

    /// Moves a task to the trash.
    pub(super) fn trash(owner: &'a str, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Self {
        Self::new(owner, id, Assignments::Trash(to_db_timestamp(now)), condition)
    }

    /// Restores a task from the trash.
    pub(super) fn restore(owner: &'a str, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Self {
        Self::new(owner, id, Assignments::Restore(to_db_timestamp(now)), condition)
    }

    /// Links a task to its next occurrence.
    pub(super) fn link(owner: &'a str, id: i64, series: i64, next: i64) -> Self {
        Self::new(owner, id, Assignments::Link { series, next }, &VersionCondition::Any)
    }

    /// Restricts the statement to tasks that do not repeat.
    pub(super) fn unless_repeating(self) -> Self {
        Self { unless_repeating: true, ..self }
    }

    /// Returns the change of the user's state.
    pub(super) fn change(&self) -> StateChange {
        match self.assignments {
            Assignments::Trash(now) => StateChange::Trash(now),
            Assignments::Patch(..) | Assignments::Restore(_) | Assignments::Link { .. } => StateChange::Update,
        }
    }
}

/// An update with its sequence number. Returns the row.
pub(super) struct SequencedUpdate<'a> {
    pub(super) update: &'a Update<'a>,
    pub(super) seq: SeqSource<'a>,
}

impl<'a, DB> QueryFragment<DB> for SequencedUpdate<'a>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
    IsOwner<'a>: QueryFragment<DB>,
    PatchColumns<'a>: QueryFragment<DB>,
    HasVersion: QueryFragment<DB>,
    TakeSeq<'a>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self { update, seq } = self;
        seq.walk_with(out.reborrow())?;
        out.push_sql("UPDATE tasks SET seq = ");
        seq.walk_value(out.reborrow())?;
        update.assignments.walk_ast(out.reborrow())?;
        out.push_sql(seq.from());
        out.push_sql(" WHERE ");
        out.push_sql(update.assignments.place());
        update.owner.walk_ast(out.reborrow())?;
        out.push_sql(" AND id = ");
        out.push_bind_param::<BigInt, _>(&update.id)?;
        if update.unless_repeating {
            out.push_sql(" AND recurrence_rule IS NULL");
        }
        if let Some(condition) = &update.condition {
            out.push_sql(" AND ");
            condition.walk_ast(out.reborrow())?;
        }
        out.push_sql(" RETURNING ");
        out.push_sql(COLUMN_NAMES);
        Ok(())
    }
}

impl Assignments<'_> {
    /// Returns the condition on the place of the task: active or in the trash.
    fn place(&self) -> &'static str {
        match self {
            Self::Patch(..) | Self::Trash(_) => "deleted_at IS NULL AND ",
            Self::Restore(_) => "deleted_at IS NOT NULL AND ",
            Self::Link { .. } => "",
        }
    }
}

impl<'a, DB> QueryFragment<DB> for Assignments<'a>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
    PatchColumns<'a>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::Patch(columns, now) => {
                touch(&mut out, now)?;
                columns.walk_ast(out)
            }
            Self::Trash(now) => {
                touch(&mut out, now)?;
                set::<_, Timestamp, _>(&mut out, "deleted_at", now)
            }
            Self::Restore(now) => {
                touch(&mut out, now)?;
                out.push_sql(", deleted_at = NULL");
                Ok(())
            }
            Self::Link { series, next } => {
                set::<_, BigInt, _>(&mut out, "series_id", series)?;
                set::<_, BigInt, _>(&mut out, "next_id", next)
            }
        }
    }
}

/// Writes a new version and the time of the update.
fn touch<'b, DB>(out: &mut AstPass<'_, 'b, DB>, now: &'b NaiveDateTime) -> QueryResult<()>
where
    DB: Backend + HasSqlType<Timestamp>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    out.push_sql(", version = version + 1");
    set::<_, Timestamp, _>(out, "updated_at", now)
}

impl QueryId for SequencedUpdate<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for SequencedUpdate<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for SequencedUpdate<'_> {}
