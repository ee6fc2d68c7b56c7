//! Copies SQLite's file, and empties its write-ahead log.

use crate::db::database_url::DatabaseUrl;
use crate::db::settings::DatabaseSettings;

/// Writes what SQLite's file holds at this moment into a new one, while others read and write.
///
/// # Errors
/// SQLite's own words; also on PostgreSQL, which has no such thing.
pub fn copy_file(settings: &DatabaseSettings, to: &std::path::Path) -> Result<(), String> {
    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    let to = to.to_str().ok_or("the name is no UTF-8")?;
    let mut connection = settings.connector().connect().map_err(|error| error.to_string())?;
    let copied = diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(to).execute(&mut connection);
    copied.map(drop).map_err(|error| error.to_string())
}

/// Moves what SQLite's write-ahead log holds into the file, when the last connection has been closed. Does nothing on PostgreSQL.
pub fn checkpoint(settings: &DatabaseSettings) {
    use diesel::connection::SimpleConnection;
    if let DatabaseUrl::Sqlite(_) = settings.url {
        let outcome = settings.connector().connect().map_err(|error| error.to_string()).and_then(|mut connection| {
            connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(|error| error.to_string())
        });
        if let Err(error) = outcome {
            log::warn!("the write-ahead log was left as it is, to be read at the next start: {error}");
        }
    }
}
