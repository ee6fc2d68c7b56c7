//! Copies the SQLite file, and truncates its write-ahead log.

use crate::db::database_url::DatabaseUrl;
use crate::db::settings::DatabaseSettings;

/// Copies the SQLite database to a new file.
///
/// The copy is consistent while other connections read and write.
///
/// # Errors
/// The error text of the database. PostgreSQL does not support the statement.
pub fn copy_file(settings: &DatabaseSettings, to: &std::path::Path) -> Result<(), String> {
    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    let to = to.to_str().ok_or("the file name is not valid UTF-8")?;
    let mut connection = settings.connection_manager().connect().map_err(|error| error.to_string())?;
    let copied = diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(to).execute(&mut connection);
    copied.map(drop).map_err(|error| error.to_string())
}

/// Writes SQLite's write-ahead log into the database file. Does nothing on PostgreSQL.
///
/// Call it after the last connection has been closed.
pub fn checkpoint(settings: &DatabaseSettings) {
    use diesel::connection::SimpleConnection;
    if let DatabaseUrl::Sqlite(_) = settings.url {
        let outcome =
            settings.connection_manager().connect().map_err(|error| error.to_string()).and_then(|mut connection| {
                connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(|error| error.to_string())
            });
        if let Err(error) = outcome {
            log::warn!("cannot truncate the write-ahead log; the next start reads it: {error}");
        }
    }
}
