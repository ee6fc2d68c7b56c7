//! Taking tasks over from elsewhere, each once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::super::StoreError;
use super::super::connection::on_either;
use super::super::schema::tasks;
use super::insert::{InsertRows, NewRow};
use super::model::{TaskDraft, folded};
use super::owned::owned_by;
use super::{Tasks, Write};

/// The rows of one statement: fewer round trips than rows.
const ROWS: usize = 32;

/// A task from elsewhere, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    pub(super) uid: String,
    pub(super) draft: TaskDraft,
    pub(super) created_at: DateTime<Utc>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) title_folded: String,
    pub(super) description_folded: Option<String>,
}

impl Import {
    /// A task that `uid` names elsewhere; the same name is imported once. The times are those of its creation and completion there.
    ///
    /// Folds the texts for search here, and not on a database thread, which on SQLite holds up the writes of all users.
    pub fn new(uid: String, draft: TaskDraft, created_at: DateTime<Utc>, completed_at: Option<DateTime<Utc>>) -> Self {
        let (title_folded, description_folded) = (folded(&draft.title), draft.description.as_deref().map(folded));
        Self { uid, draft, created_at, completed_at, title_folded, description_folded }
    }
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
            let known = tasks.known(imports)?;
            let mut named: HashSet<&str> = known.iter().map(String::as_str).collect();
            let new: Vec<&Import> = imports.iter().filter(|import| named.insert(&import.uid)).collect();
            let wanted = i64::try_from(new.len()).unwrap_or(i64::MAX);
            if wanted > 0 && !tasks.room.take(wanted) {
                tasks.count_in(wanted)?;
            }
            for some in new.chunks(ROWS) {
                let rows: Vec<_> = some.iter().map(|import| NewRow::imported(tasks.owner, import)).collect();
                match rows.first_chunk::<ROWS>() {
                    Some(rows) => tasks.insert_all(rows)?,
                    None => rows.iter().try_for_each(|row| tasks.insert_all(std::array::from_ref(row)))?,
                }
            }
            Ok(Imported { created: new.len(), skipped: imports.len() - new.len() })
        })
    }

    /// Those names of imports that the owner has tasks of.
    fn known(&mut self, imports: &[Import]) -> Result<HashSet<String>, StoreError> {
        let mut known = HashSet::new();
        // SQLite takes some thousand values in one statement, and no more
        for some in imports.chunks(500) {
            let uids = some.iter().map(|import| import.uid.as_str());
            let rows = owned_by(self.owner).filter(tasks::uid.eq_any(uids)).select(tasks::uid);
            known.extend(rows.load::<String>(self.connection)?);
        }
        Ok(known)
    }

    fn insert_all<const N: usize>(&mut self, rows: &[NewRow<'_>; N]) -> Result<(), StoreError> {
        match on_either!(self.connection, connection => InsertRows(rows).execute(connection)) {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(StoreError::InProgress),
            inserted => inserted.map(drop).map_err(Into::into),
        }
    }
}
