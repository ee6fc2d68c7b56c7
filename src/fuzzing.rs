//! Parses client input without a server and a database, for `fuzz` and `benches/parts.rs`.

use better_auth_guard::json;
use chrono::{DateTime, NaiveDateTime, Utc};

use crate::api::error::ApiResult;
use crate::api::ignored_input::IgnoredInput;
use crate::api::import::drafts::{ImportReader, Mode};
use crate::api::import::task_list;
use crate::api::unknown_members::Unknown;
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
        let mut ignored = IgnoredInput::new(true);
        let _ = task_body::parse_patch(value.clone(), now(), Unknown::of(&mut ignored));
        let _ = task_body::parse_new_task(value, now(), Unknown::of(&mut ignored));
    }
}

/// Reads the query of a list.
pub fn read_query(query: &str) {
    let _ = list_params::parse(query, LISTS, now(), &mut IgnoredInput::new(true));
}

/// Reads an import as JSON and as a calendar, each partially and strictly. A strict import never has more tasks.
pub fn read_import(body: &[u8]) {
    type Read = fn(&[u8], &mut ImportReader) -> ApiResult<()>;
    for read in [task_list::read as Read, icalendar::read] {
        let [partial, strict] = [Mode::Partial, Mode::Strict].map(|mode| {
            let mut reader = ImportReader::new(mode, now(), IgnoredInput::new(true));
            let (imports, report) = read(body, &mut reader).and_then(|()| reader.finish()).ok()?;
            Some((imports.len(), report.rejected.listed.is_empty()))
        });
        if let Some(strict) = strict {
            assert_eq!(partial, Some(strict), "a partial import of a valid file imports all of it");
        }
    }
}

/// Parses a timestamp of a SQLite row.
pub fn parse_timestamp(text: &str) -> Option<NaiveDateTime> {
    db::parse_timestamp(text)
}
