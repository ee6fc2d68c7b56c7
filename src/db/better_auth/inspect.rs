//! Queries Better Auth's tables for diagnostics. No result affects authentication.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::better_auth::schema_detector::SessionTables;
use crate::db::connection::AnyConnection;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Db {
    /// Returns whether the text is a session's id. Returns `false` if the table has no id column.
    ///
    /// # Errors
    /// The query failed.
    pub async fn is_session_id(&self, text: String) -> Result<bool, DbError> {
        if text.contains('\0') {
            return Ok(false);
        }
        let detector = self.better_auth.clone();
        self.read_pool
            .run(Flow::service(), move |connection| {
                let tables = detector.tables(connection)?;
                let Ok(SessionTables { find_id: Some(statement), .. }) = &tables.sessions else { return Ok(false) };
                let rows = diesel::sql_query(format!("{statement}$1")).bind::<Text, _>(text).load::<Row>(connection)?;
                Ok(!rows.is_empty())
            })
            .await
    }

    /// Describes the encoding of `session.expiresAt`. Returns `None` without session tables.
    ///
    /// # Errors
    /// The query failed.
    pub async fn session_dates(&self) -> Result<Option<String>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool
            .run(Flow::service(), move |connection| match &detector.tables(connection)?.sessions {
                Ok(tables) => date_encoding(connection, tables, detector.names.time_zone).map(Some),
                Err(_) => Ok(None),
            })
            .await
    }
}

fn date_encoding(
    connection: &mut AnyConnection,
    tables: &SessionTables,
    zone: chrono_tz::Tz,
) -> Result<String, DbError> {
    let [column, kind, table] = &tables.expiry_column;
    if kind == "timestamp without time zone" {
        return Ok(format!("{kind}, read in the time zone {zone}"));
    }
    if matches!(connection, AnyConnection::Postgres(_)) {
        return Ok(kind.clone());
    }
    // on SQLite values have types, columns do not
    let sample =
        format!("SELECT typeof({column}) || ' ' || {column} AS text FROM {table} WHERE {column} IS NOT NULL LIMIT 1");
    let rows = diesel::sql_query(sample).load::<Row>(connection)?;
    Ok(match rows.first().and_then(|row| row.text.split_once(' ')) {
        None => "unknown: there is no session".into(),
        Some(("integer", number)) if number.len() > 11 => "Unix milliseconds".into(),
        Some(("integer", _)) => "Unix seconds".into(),
        Some(("text", _)) => "text (ISO 8601)".into(),
        Some((kind, _)) => kind.to_owned(),
    })
}
