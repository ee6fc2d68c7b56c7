//! Taking tasks over from elsewhere, each once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::super::StoreError;
use super::super::connection::on_either;
use super::super::schema::tasks;
use super::insert::NewRow;
use super::model::{TaskDraft, stored};
use super::owned::owned_by;
use super::{Task, Tasks, Write};

/// A task from elsewhere, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// What names it there; the same name is imported once.
    pub uid: String,
    /// The task.
    pub draft: TaskDraft,
    /// When it was created there.
    pub created_at: DateTime<Utc>,
    /// When it was completed there, if it was.
    pub completed_at: Option<DateTime<Utc>>,
}

/// What became of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Imported {
    /// So many tasks were created.
    pub created: usize,
    /// So many were there already, in the trash or not, and stayed as they are.
    pub skipped: usize,
}

impl Tasks<'_, Write> {
    /// Creates those whose names are not known yet: all of them, or none.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::QuotaExceeded`]; [`StoreError::InProgress`] where another import of the same tasks was faster.
    pub fn import(&mut self, imports: &[Import]) -> Result<Imported, StoreError> {
        self.together(|tasks| {
            let uids: Vec<&str> = imports.iter().map(|import| import.uid.as_str()).collect();
            let mut known = HashSet::new();
            // SQLite takes some thousand values in one statement, and no more
            for some in uids.chunks(500) {
                let rows = owned_by(tasks.owner).filter(tasks::uid.eq_any(some)).select(tasks::uid);
                known.extend(rows.load::<String>(tasks.connection)?);
            }
            let new: Vec<&Import> = imports.iter().filter(|import| known.insert(import.uid.clone())).collect();
            let wanted = i64::try_from(new.len()).unwrap_or(i64::MAX);
            if wanted > 0 && !tasks.room.take(wanted) {
                tasks.count_in(wanted)?;
            }
            for import in &new {
                tasks.take_over(import)?;
            }
            Ok(Imported { created: new.len(), skipped: imports.len() - new.len() })
        })
    }

    fn take_over(&mut self, import: &Import) -> Result<(), StoreError> {
        let mut row = NewRow::new(self.owner, &import.draft);
        row.uid.clone_from(&import.uid);
        row.created_at = stored(import.created_at);
        row.completed_at = row.completed_at.and(import.completed_at.map(stored).or(row.completed_at));
        let inserted: Result<Vec<Task>, Error> = on_either!(self.connection, connection => row.load(connection));
        match inserted {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(StoreError::InProgress),
            outcome => outcome.map(drop).map_err(Into::into),
        }
    }
}
