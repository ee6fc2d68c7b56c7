//! Parses client input without a server and a database, for `fuzz` and `benches/parts.rs`.

use better_auth_guard::json;
use chrono::{DateTime, NaiveDateTime, Utc};

use crate::api::import::drafts::ImportReader;
use crate::api::import::task_list;
use crate::api::{icalendar, list_params, task_body};
use crate::config::{ListSettings, ListShape, TaskFormat, TaskShape};
use crate::db;

/// The default settings of lists.
const LISTS: ListSettings = ListSettings {
    shape: ListShape::Array,
    format: TaskFormat { shape: TaskShape::Plain, camel_case: false },
    max: 1_000,
    trash_days: 30,
};

/// Returns the fixed timestamp of all reads.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_247_400, 0).unwrap_or_default()
}

/// Reads the body of a create, and of an update.
pub fn read_task(body: &[u8]) {
    if let Ok(value) = json::parse(body) {
        let _ = task_body::parse_patch(value.clone(), now());
        let _ = task_body::parse_new_task(value, now());
    }
}

/// Reads the query of a list.
pub fn read_query(query: &str) {
    let _ = list_params::parse(query, LISTS, now());
}

/// Reads an import as JSON and as a calendar.
pub fn read_import(body: &[u8]) {
    let mut reader = ImportReader::new(now());
    let _ = task_list::read(body, &mut reader);
    let _ = reader.finish();
    if let Ok(text) = std::str::from_utf8(body) {
        let mut reader = ImportReader::new(now());
        let _ = icalendar::read(text, &mut reader);
        let _ = reader.finish();
    }
}

/// Parses a timestamp of a SQLite row.
pub fn parse_timestamp(text: &str) -> Option<NaiveDateTime> {
    db::parse_timestamp(text)
}
