//! Polls on SQLite, for the changes of other processes.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::db::feed::subscriptions::{Polled, Subscriptions};

/// The time between two reads of the data version.
const READ_EVERY: Duration = Duration::from_millis(30);

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

/// Polls while streams are open, until the subscriptions are closed.
///
/// # Errors
/// The database failed.
pub(super) fn run(mut connection: SqliteConnection, subscriptions: &Subscriptions) -> QueryResult<()> {
    let mut last = None;
    while subscriptions.wait(READ_EVERY).is_some() {
        // changes with each commit of another connection
        let DataVersion { data_version } = sql_query("PRAGMA data_version").get_result(&mut connection)?;
        if last.replace(data_version) != Some(data_version) {
            let users = serde_json::to_string(&subscriptions.users()).expect("a list of texts is JSON");
            let select = "SELECT user_id, seq FROM user_state WHERE user_id IN (SELECT value FROM json_each($1))";
            let polled: Vec<Polled> = sql_query(select).bind::<Text, _>(users).load(&mut connection)?;
            subscriptions.set_polled(&polled);
        }
    }
    Ok(())
}
