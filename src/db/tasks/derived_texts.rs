//! Updates texts that the service derives from titles and descriptions, in rows that a previous version wrote.
//!
//! A migration cannot: row-level security hides the rows of all users from it, and a long transaction would stop the service. During a
//! rolling update, instances of the previous version also write such rows. So each user's rows are updated before the first search or
//! list that needs them.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::tasks::scoped::{Access, Tasks, Write};
use crate::db::tasks::sequence::StateChange;
use crate::task::collation::{KEY_VERSION, title_key};
use crate::task::text::case_folded;

/// The maximum number of rows of one update. Other users' requests run between two updates.
const ROWS_PER_UPDATE: usize = 250;

#[derive(QueryableByName)]
struct StaleRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
}

/// Writes the condition that a row's key does not belong to its title, or has another version.
fn is_stale(connection: &AnyConnection) -> String {
    match connection {
        AnyConnection::Postgres(_) => format!(
            "substring(title_key FROM octet_length(title_key) - octet_length(convert_to(title, 'UTF8')) - 1) \
             <> '\\x00{KEY_VERSION:02x}'::bytea || convert_to(title, 'UTF8')"
        ),
        // the substring of an empty blob is null
        AnyConnection::Sqlite(_) => format!(
            "(substr(title_key, -length(CAST(title AS BLOB))) IS NOT CAST(title AS BLOB) \
             OR substr(title_key, -length(CAST(title AS BLOB)) - 2, 2) IS NOT x'00{KEY_VERSION:02x}')"
        ),
    }
}

impl<A: Access> Tasks<'_, A> {
    fn stale_rows(&mut self, limit: usize) -> Result<Vec<StaleRow>, DbError> {
        let select = format!(
            "SELECT id, version, title, description FROM tasks WHERE {} AND {} LIMIT {limit}",
            self.owner.condition(1),
            is_stale(self.connection)
        );
        Ok(sql_query(select).bind::<Text, _>(self.owner.id).load(self.connection)?)
    }

    /// Returns whether the user has rows with old derived texts.
    pub(crate) fn has_stale_texts(&mut self) -> Result<bool, DbError> {
        Ok(!self.stale_rows(1)?.is_empty())
    }
}

impl Tasks<'_, Write> {
    /// Updates old derived texts of some rows. Returns whether there may be more.
    ///
    /// Changes neither the version nor the time of the last update: no member of a task changes. As each write of a task, it takes a
    /// sequence number: the triggers of the change feed would take one after the lock of the row.
    pub(crate) fn refresh_texts(&mut self) -> Result<bool, DbError> {
        self.transaction(|tasks| {
            let rows = tasks.stale_rows(ROWS_PER_UPDATE)?;
            if rows.is_empty() {
                return Ok(false);
            }
            let seq = tasks.take_seq(StateChange::Update)?;
            // SQLite numbers parameters by their first use
            let update = format!(
                "UPDATE tasks SET title_key = $1, title_folded = $2, description_folded = $3, seq = $4 \
                 WHERE {} AND id = $6 AND version = $7",
                tasks.owner.condition(5)
            );
            let mut updated = 0;
            for row in &rows {
                updated += sql_query(&update)
                    .bind::<Binary, _>(title_key(&row.title))
                    .bind::<Text, _>(case_folded(&row.title))
                    .bind::<Nullable<Text>, _>(row.description.as_deref().map(case_folded))
                    .bind::<BigInt, _>(*seq.value())
                    .bind::<Text, _>(tasks.owner.id)
                    .bind::<BigInt, _>(row.id)
                    .bind::<BigInt, _>(row.version)
                    .execute(tasks.connection)?;
            }
            Ok(rows.len() == ROWS_PER_UPDATE && updated > 0)
        })
    }
}
