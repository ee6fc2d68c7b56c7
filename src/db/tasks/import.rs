//! Imports tasks: creates new ones, and updates those that are newer in the calendar or in the trash.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::db::connection::match_backend;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::insert::{InsertRows, NewRow};
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::tasks::sequence::{Seq, StateChange};
use crate::db::tasks::update::Update;
use crate::db::tasks::version_condition::VersionCondition;
use crate::task::{ImportedTask, Revision, TaskPatch};

/// The number of rows inserted by one statement.
const ROWS_PER_STATEMENT: usize = 32;

/// The outcome of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The number of created tasks.
    pub created: usize,
    /// The number of existing tasks that the import changed or restored from the trash.
    pub updated: usize,
    /// The number of existing tasks that the import did not change.
    pub skipped: usize,
}

/// The stored state of a task that an import may change.
struct StoredTask {
    id: i64,
    version: i64,
    is_deleted: bool,
    /// The newest known revision: that of the last import, or of a later change in the service.
    revision: Revision,
}

type StoredRow = (String, i64, i64, bool, NaiveDateTime, Option<i64>, Option<NaiveDateTime>, Option<i64>);

impl StoredTask {
    fn new(id: i64, version: i64, is_deleted: bool, updated_at: NaiveDateTime, imported: ImportedState) -> Self {
        let (sequence, modified_at, imported_version) = imported;
        // a task that was changed in the service after its import is as new as that change
        let modified_at = if imported_version == Some(version) { modified_at } else { Some(updated_at) };
        Self { id, version, is_deleted, revision: Revision::new(sequence, modified_at.map(|at| at.and_utc())) }
    }
}

/// The columns `imported_sequence`, `imported_modified_at` and `imported_version`.
type ImportedState = (Option<i64>, Option<NaiveDateTime>, Option<i64>);

impl Tasks<'_, Write> {
    /// Creates the tasks whose uids do not exist yet, in one transaction. Updates existing tasks that are newer in the import. Restores
    /// existing tasks from the trash.
    ///
    /// # Errors
    /// Database errors. [`DbError::QuotaExceeded`]. [`DbError::InProgress`] if another request created or changed the same tasks in the
    /// meantime.
    pub fn import(&mut self, imports: &[ImportedTask]) -> Result<Imported, DbError> {
        self.transaction(|tasks| {
            let existing = tasks.existing_tasks(imports)?;
            let mut uids = HashSet::new();
            let (mut new, mut updated) = (Vec::new(), 0);
            for import in imports.iter().filter(|import| uids.insert(import.uid.as_str())) {
                match existing.get(&import.uid) {
                    None => new.push(import),
                    Some(stored) => updated += usize::from(tasks.update_imported(stored, import)?),
                }
            }
            tasks.insert_imported(&new)?;
            Ok(Imported { created: new.len(), updated, skipped: imports.len() - new.len() - updated })
        })
    }

    fn insert_imported(&mut self, new: &[&ImportedTask]) -> Result<(), DbError> {
        if new.is_empty() {
            return Ok(());
        }
        let rows = i64::try_from(new.len()).unwrap_or(i64::MAX);
        let seq = self.take_seq(StateChange::Create { rows, limit: self.limits.tasks })?;
        for chunk in new.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<_> = chunk.iter().map(|import| NewRow::imported(self.owner, import)).collect();
            match rows.first_chunk::<ROWS_PER_STATEMENT>() {
                Some(rows) => self.insert_all(rows, seq)?,
                None => rows.iter().try_for_each(|row| self.insert_all(std::array::from_ref(row), seq))?,
            }
        }
        Ok(())
    }

    /// Returns the owner's tasks with the uids of imports, including the trash.
    fn existing_tasks(&mut self, imports: &[ImportedTask]) -> Result<HashMap<String, StoredTask>, DbError> {
        let mut existing = HashMap::new();
        // SQLite limits the number of bound values of a statement
        for chunk in imports.chunks(500) {
            let uids = chunk.iter().map(|import| import.uid.as_str());
            let rows = owned_by(self.owner).filter(tasks::uid.eq_any(uids)).select((
                tasks::uid,
                tasks::id,
                tasks::version,
                tasks::deleted_at.is_not_null(),
                tasks::updated_at,
                tasks::imported_sequence,
                tasks::imported_modified_at,
                tasks::imported_version,
            ));
            let rows: Vec<StoredRow> = rows.load(self.connection)?;
            existing.extend(rows.into_iter().map(
                |(uid, id, version, is_deleted, updated_at, sequence, modified_at, imported_version)| {
                    let imported = (sequence, modified_at, imported_version);
                    (uid, StoredTask::new(id, version, is_deleted, updated_at, imported))
                },
            ));
        }
        Ok(existing)
    }

    /// Restores a task from the trash, and changes it if the import is newer. Returns whether it did either.
    fn update_imported(&mut self, stored: &StoredTask, import: &ImportedTask) -> Result<bool, DbError> {
        let is_newer = import.revision.is_newer_than(&stored.revision);
        if !stored.is_deleted && !is_newer {
            return Ok(false);
        }
        let changed = |error| match error {
            DbError::NotFound | DbError::VersionMismatch => DbError::InProgress,
            error => error,
        };
        let mut version = stored.version;
        if stored.is_deleted {
            let condition = VersionCondition::Versions(vec![version]);
            version = self.restore(stored.id, &condition, import.task.now).map_err(changed)?.version;
        }
        if is_newer {
            let patch = TaskPatch::from(&import.task);
            let condition = VersionCondition::Versions(vec![version]);
            version = self.apply(stored.id, &patch, &condition).map_err(changed)?.version;
            self.run_update(Update::imported(self.owner, stored.id, version, import))?;
        }
        Ok(true)
    }

    fn insert_all<const N: usize>(&mut self, rows: &[NewRow<'_>; N], seq: Seq) -> Result<(), DbError> {
        match match_backend!(self.connection, connection => InsertRows { rows, seq }.execute(connection)) {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(DbError::InProgress),
            inserted => inserted.map(drop).map_err(Into::into),
        }
    }
}
