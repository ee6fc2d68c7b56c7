//! Taking tasks over from elsewhere, each once.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::db::connection::match_backend;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::insert::{InsertRows, NewRow};
use crate::db::tasks::owner_scope::owned_by;
use crate::db::tasks::scoped::{Tasks, Write};
use crate::task::ImportedTask;

/// The rows of one statement: fewer round trips than rows.
const ROWS: usize = 32;

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
    /// Those of the database; [`DbError::QuotaExceeded`]; [`DbError::InProgress`] where another import of the same tasks was faster.
    pub fn import(&mut self, imports: &[ImportedTask]) -> Result<Imported, DbError> {
        self.together(|tasks| {
            let known = tasks.known(imports)?;
            let mut named: HashSet<&str> = known.iter().map(String::as_str).collect();
            let new: Vec<&ImportedTask> = imports.iter().filter(|import| named.insert(&import.uid)).collect();
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
    fn known(&mut self, imports: &[ImportedTask]) -> Result<HashSet<String>, DbError> {
        let mut known = HashSet::new();
        // SQLite takes some thousand values in one statement, and no more
        for some in imports.chunks(500) {
            let uids = some.iter().map(|import| import.uid.as_str());
            let rows = owned_by(self.owner).filter(tasks::uid.eq_any(uids)).select(tasks::uid);
            known.extend(rows.load::<String>(self.connection)?);
        }
        Ok(known)
    }

    fn insert_all<const N: usize>(&mut self, rows: &[NewRow<'_>; N]) -> Result<(), DbError> {
        match match_backend!(self.connection, connection => InsertRows(rows).execute(connection)) {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(DbError::InProgress),
            inserted => inserted.map(drop).map_err(Into::into),
        }
    }
}
