//! Writes tasks as CSV (RFC 4180), for spreadsheets. Imports do not accept CSV.

use ::csv::{Terminator, Writer, WriterBuilder};
use serde_json::Value;

use crate::api::exported_task::ExportedTask;
use crate::task::Task;
use crate::task::field::Member;
use crate::task::fields::{self, Description, Status, Title, for_each_field};

/// Defines the columns: the names of the JSON members.
macro_rules! define_columns {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        const COLUMNS: &[&str] = &[
            "id", "uid", Title::NAMES[0], Description::NAMES[0], Status::NAMES[0], "completed_at",
            $(fields::$Field::NAMES[0],)+
            "created_at", "updated_at",
        ];
    };
}

for_each_field!(define_columns);

/// Returns the header line.
pub(crate) fn head() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// Writes the line of a task.
pub(crate) fn row(task: &Task) -> Result<String, ::csv::Error> {
    let mut table: Writer<Vec<u8>> = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let row = serde_json::to_value(ExportedTask::from(task)).map_err(std::io::Error::from)?;
    table.write_record(COLUMNS.iter().map(|column| cell(&row[column])))?;
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Formats a cell. Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, "CSV Injection").
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(tags) => tags.iter().filter_map(|tag| tag.as_str()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
