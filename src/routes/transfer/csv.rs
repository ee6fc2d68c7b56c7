//! Tasks as a table (RFC 4180), to be read by spreadsheets and by no import of ours.

use ::csv::{Terminator, Writer, WriterBuilder};

use super::NamedTask;
use crate::store::Task;

const COLUMNS: [&str; 15] = [
    "id",
    "uid",
    "title",
    "description",
    "status",
    "completed_at",
    "priority",
    "tags",
    "due_date",
    "time_zone",
    "remind_at",
    "recurrence_rule",
    "repeat_from",
    "created_at",
    "updated_at",
];

pub(super) fn head() -> String {
    COLUMNS.join(",") + "\r\n"
}

pub(super) fn row(task: Task) -> Result<String, ::csv::Error> {
    let mut table: Writer<Vec<u8>> = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let row = serde_json::to_value(NamedTask::from(task)).map_err(std::io::Error::from)?;
    table.write_record(COLUMNS.map(|column| cell(&row[column])))?;
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection").
fn cell(value: &serde_json::Value) -> String {
    let text = match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(tags) => tags.iter().filter_map(|tag| tag.as_str()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
