//! What is asked of Better Auth's tables to explain something, and never to decide it.

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
    /// Whether this is the id of a session, which is not its token; `false` where that cannot be told.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_session_id(&self, text: String) -> Result<bool, DbError> {
        if text.contains('\0') {
            return Ok(false);
        }
        let finder = self.better_auth.clone();
        self.reading
            .run(Flow::service(), move |connection| {
                let tables = finder.tables(connection)?;
                let Ok(SessionTables { by_id: Some(statement), .. }) = &tables.sessions else { return Ok(false) };
                let rows = diesel::sql_query(format!("{statement}$1")).bind::<Text, _>(text).load::<Row>(connection)?;
                Ok(!rows.is_empty())
            })
            .await
    }

    /// How `session.expiresAt` is encoded, in words; `None` where there are no tables of sessions.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session_dates(&self) -> Result<Option<String>, DbError> {
        let finder = self.better_auth.clone();
        self.reading
            .run(Flow::service(), move |connection| match &finder.tables(connection)?.sessions {
                Ok(tables) => dates(connection, tables, finder.names.time_zone).map(Some),
                Err(_) => Ok(None),
            })
            .await
    }
}

fn dates(connection: &mut AnyConnection, tables: &SessionTables, zone: chrono_tz::Tz) -> Result<String, DbError> {
    let [column, kind, table] = &tables.end;
    if kind == "timestamp without time zone" {
        return Ok(format!("{kind}, read as the time in {zone}"));
    }
    if matches!(connection, AnyConnection::Postgres(_)) {
        return Ok(kind.clone());
    }
    // SQLite's columns have no types, only values do
    let sample =
        format!("SELECT typeof({column}) || ' ' || {column} AS text FROM {table} WHERE {column} IS NOT NULL LIMIT 1");
    let rows = diesel::sql_query(sample).load::<Row>(connection)?;
    Ok(match rows.first().and_then(|row| row.text.split_once(' ')) {
        None => "no session yet to tell by".into(),
        Some(("integer", number)) if number.len() > 11 => "Unix milliseconds".into(),
        Some(("integer", _)) => "Unix seconds".into(),
        Some(("text", _)) => "text (ISO 8601)".into(),
        Some((kind, _)) => kind.to_owned(),
    })
}
