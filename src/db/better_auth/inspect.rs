//! Queries Better Auth's tables for diagnostics. No result affects authentication.

use better_auth_guard::diesel::{
    BetterAuthNames, Dialect, ExpiryColumn, SessionTables, StoredPrivateKey, TableConnection,
};
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
            .run(Flow::service(), move |pooled| match &detector.tables(&mut pooled.connection)?.sessions {
                Ok(tables) => Ok(tables.has_id(&mut pooled.connection, &text)?),
                Err(_) => Ok(false),
            })
            .await
    }

    /// Reads the encrypted private keys of the jwt plugin, newest first. Returns `None` without the table. Only `doctor` needs them.
    ///
    /// # Errors
    /// The query failed, or the `jwks` table is ambiguous or misconfigured.
    pub async fn private_keys(&self) -> Result<Option<Vec<StoredPrivateKey>>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool.run(Flow::service(), move |pooled| Ok(detector.private_keys(&mut pooled.connection)?)).await
    }

    /// Returns the quoted names of Better Auth's tables that exist but that the role may not read. Empty on SQLite.
    ///
    /// # Errors
    /// The query failed.
    pub async fn unreadable_tables(&self) -> Result<Vec<String>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool
            .run(Flow::service(), move |pooled| unreadable_tables(&mut pooled.connection, detector.names()))
            .await
    }

    /// Describes the encoding of `session.expiresAt`. Returns `None` without session tables.
    ///
    /// # Errors
    /// The query failed.
    pub async fn session_dates(&self) -> Result<Option<String>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool
            .run(Flow::service(), move |pooled| match &detector.tables(&mut pooled.connection)?.sessions {
                Ok(tables) => date_encoding(&mut pooled.connection, tables, detector.names().time_zone).map(Some),
                Err(_) => Ok(None),
            })
            .await
    }
}

/// `pg_catalog` also lists tables that this role may not read; `information_schema` does not.
fn unreadable_tables(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<Vec<String>, DbError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    const STATEMENT: &str = "SELECT quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND (lower(c.relname::text) IN ('session', 'sessions', 'user', 'users', 'jwks') OR c.relname::text IN ($1, $2, $3))
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
        ORDER BY 1";
    let tables =
        [&names.session, &names.user, &names.jwks].map(|name| name.as_ref().map_or("", |name| name.table.as_str()));
    let rows = connection.query(STATEMENT, &tables)?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
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
