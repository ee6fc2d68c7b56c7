//! Imports tasks. Skips tasks that exist already.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::db::connection::match_backend;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::insert::{InsertRows, NewRow};
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::db::tasks::sequence::{Seq, StateChange};
use crate::task::ImportedTask;

/// The number of rows inserted by one statement.
const ROWS_PER_STATEMENT: usize = 32;

/// The outcome of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The number of created tasks.
    pub created: usize,
    /// The number of tasks that exist already, including the trash. They are unchanged.
    pub skipped: usize,
}

impl Tasks<'_, Write> {
    /// Creates the tasks whose uids do not exist yet, in one transaction.
    ///
    /// # Errors
    /// Database errors. [`DbError::QuotaExceeded`]. [`DbError::InProgress`] if another import created the same tasks in the meantime.
    pub fn import(&mut self, imports: &[ImportedTask]) -> Result<Imported, DbError> {
        self.transaction(|tasks| {
            let existing = tasks.existing_uids(imports)?;
            let mut uids: HashSet<&str> = existing.iter().map(String::as_str).collect();
            let new: Vec<&ImportedTask> = imports.iter().filter(|import| uids.insert(&import.uid)).collect();
            if new.is_empty() {
                return Ok(Imported { created: 0, skipped: imports.len() });
            }
            let rows = i64::try_from(new.len()).unwrap_or(i64::MAX);
            let seq = tasks.take_seq(StateChange::Create { rows, limit: tasks.limits.tasks })?;
            for chunk in new.chunks(ROWS_PER_STATEMENT) {
                let rows: Vec<_> = chunk.iter().map(|import| NewRow::imported(tasks.owner, import)).collect();
                match rows.first_chunk::<ROWS_PER_STATEMENT>() {
                    Some(rows) => tasks.insert_all(rows, seq)?,
                    None => rows.iter().try_for_each(|row| tasks.insert_all(std::array::from_ref(row), seq))?,
                }
            }
            Ok(Imported { created: new.len(), skipped: imports.len() - new.len() })
        })
    }

    /// Returns the uids of imports for which the owner has tasks.
    fn existing_uids(&mut self, imports: &[ImportedTask]) -> Result<HashSet<String>, DbError> {
        let mut existing = HashSet::new();
        // SQLite limits the number of bound values of a statement
        for chunk in imports.chunks(500) {
            let uids = chunk.iter().map(|import| import.uid.as_str());
            let rows = owned_by(self.owner).filter(tasks::uid.eq_any(uids)).select(tasks::uid);
            existing.extend(rows.load::<String>(self.connection)?);
        }
        Ok(existing)
    }

    fn insert_all<const N: usize>(&mut self, rows: &[NewRow<'_>; N], seq: Seq) -> Result<(), DbError> {
        match match_backend!(self.connection, connection => InsertRows { rows, seq }.execute(connection)) {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(DbError::InProgress),
            inserted => inserted.map(drop).map_err(Into::into),
        }
    }
}
