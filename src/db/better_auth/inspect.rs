//! Queries Better Auth's tables for diagnostics. No result affects authentication.

use better_auth_guard::diesel::{Dialect, ExpiryColumn, SessionTables, TableConnection};
use chrono_tz::Tz;

use crate::db::connection::AnyConnection;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

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
            .run(Flow::service(), move |connection| match &detector.tables(connection)?.sessions {
                Ok(tables) => Ok(tables.has_id(connection, &text)?),
                Err(_) => Ok(false),
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
                Ok(tables) => date_encoding(connection, tables, detector.names().time_zone).map(Some),
                Err(_) => Ok(None),
            })
            .await
    }
}

fn date_encoding(connection: &mut AnyConnection, tables: &SessionTables, zone: Tz) -> Result<String, DbError> {
    let ExpiryColumn { name, kind, table } = tables.expiry_column();
    if kind == "timestamp without time zone" {
        return Ok(format!("{kind}, read in the time zone {zone}"));
    }
    if connection.dialect() == Dialect::Postgres {
        return Ok(kind.clone());
    }
    // on SQLite values have types, columns do not
    let sample =
        format!("SELECT typeof({name}) || ' ' || {name} AS text FROM {table} WHERE {name} IS NOT NULL LIMIT 1");
    let rows = connection.query(&sample, &[])?;
    let text = rows.first().and_then(|row| row.first()).and_then(Option::as_deref);
    Ok(match text.and_then(|text| text.split_once(' ')) {
        None => "unknown: there is no session".into(),
        Some(("integer", number)) if number.len() > 11 => "Unix milliseconds".into(),
        Some(("integer", _)) => "Unix seconds".into(),
        Some(("text", _)) => "text (ISO 8601)".into(),
        Some((kind, _)) => kind.to_owned(),
    })
}
