//! Updates one task with one statement.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

use crate::db::tasks::columns::{COLUMN_NAMES, ColumnTypes};
use crate::db::tasks::conditions::HasVersion;
use crate::db::tasks::owner_scope::{IsOwner, OwnerId};
use crate::db::tasks::patch::{PatchColumns, set};
use crate::db::tasks::sequence::{SeqSource, StateChange, TakeSeq};
use crate::db::tasks::version_condition::VersionCondition;
use crate::task::dates::to_db_timestamp;
use crate::task::{ImportedTask, TaskPatch};

/// An update of one task.
pub(crate) struct Update<'a> {
    owner: IsOwner<'a>,
    id: i64,
    assignments: Assignments<'a>,
    condition: Option<HasVersion>,
    only_if: Option<&'static str>,
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
    /// Links the task to its next occurrence, or removes the link. Belongs to the patch of the completion, so the version stays.
    Link { series: Option<i64>, next: Option<i64> },
    /// Stores the revision of an import, and the time of completion if it is given. Belongs to the patch of the import, so the version
    /// stays.
    Import {
        sequence: Option<i64>,
        modified_at: Option<NaiveDateTime>,
        version: i64,
        completed_at: Option<NaiveDateTime>,
    },
}

impl<'a> Update<'a> {
    fn new(owner: OwnerId<'a>, id: i64, assignments: Assignments<'a>, condition: &VersionCondition) -> Self {
        let condition = match condition {
            VersionCondition::Any => None,
            VersionCondition::Versions(versions) => Some(HasVersion::new(versions)),
        };
        Self { owner: IsOwner(owner), id, assignments, condition, only_if: None }
    }

    /// Applies a patch to a task that is not in the trash.
    pub(super) fn patch(owner: OwnerId<'a>, id: i64, patch: &'a TaskPatch, condition: &VersionCondition) -> Self {
        let now = to_db_timestamp(patch.now);
        Self::new(owner, id, Assignments::Patch(PatchColumns::new(patch, now), now), condition)
    }

    /// Moves a task to the trash.
    pub(super) fn trash(owner: OwnerId<'a>, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Self {
        Self::new(owner, id, Assignments::Trash(to_db_timestamp(now)), condition)
    }

    /// Restores a task from the trash.
    pub(super) fn restore(owner: OwnerId<'a>, id: i64, condition: &VersionCondition, now: DateTime<Utc>) -> Self {
        Self::new(owner, id, Assignments::Restore(to_db_timestamp(now)), condition)
    }

    /// Links a task to its next occurrence, or removes the link.
    pub(super) fn link(owner: OwnerId<'a>, id: i64, series: Option<i64>, next: Option<i64>) -> Self {
        Self::new(owner, id, Assignments::Link { series, next }, &VersionCondition::Any)
    }

    /// Stores the revision of an imported task at this version, and its time of completion.
    pub(super) fn imported(owner: OwnerId<'a>, id: i64, version: i64, import: &ImportedTask) -> Self {
        let completed_at = import.completed_at.filter(|_| import.task.completed).map(to_db_timestamp);
        let (sequence, modified_at) = (import.revision.sequence, import.revision.modified_at.map(to_db_timestamp));
        let assignments = Assignments::Import { sequence, modified_at, version, completed_at };
        Self::new(owner, id, assignments, &VersionCondition::Any)
    }

    /// Restricts the statement to tasks that meet this SQL condition.
    pub(super) fn only_if(self, sql: &'static str) -> Self {
        Self { only_if: Some(sql), ..self }
    }

    /// Returns the change of the user's state.
    pub(super) fn change(&self) -> StateChange {
        match self.assignments {
            Assignments::Trash(now) => StateChange::Trash(now),
            Assignments::Patch(..)
            | Assignments::Restore(_)
            | Assignments::Link { .. }
            | Assignments::Import { .. } => StateChange::Update,
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
        if let Some(sql) = update.only_if {
            out.push_sql(" AND ");
            out.push_sql(sql);
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
            Self::Link { .. } | Self::Import { .. } => "",
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
                set::<_, Nullable<BigInt>, _>(&mut out, "series_id", series)?;
                set::<_, Nullable<BigInt>, _>(&mut out, "next_id", next)
            }
            Self::Import { sequence, modified_at, version, completed_at } => {
                set::<_, Nullable<BigInt>, _>(&mut out, "imported_sequence", sequence)?;
                set::<_, Nullable<Timestamp>, _>(&mut out, "imported_modified_at", modified_at)?;
                set::<_, BigInt, _>(&mut out, "imported_version", version)?;
                match completed_at {
                    Some(completed_at) => set::<_, Timestamp, _>(&mut out, "completed_at", completed_at),
                    None => Ok(()),
                }
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
