//! Writes tasks as CSV (RFC 4180), for spreadsheets. Imports do not accept CSV.

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

/// Returns the header line, after a byte order mark if `has_bom`. Excel then reads the file as UTF-8.
pub(crate) fn head(has_bom: bool) -> String {
    let bom = if has_bom { "\u{feff}" } else { "" };
    format!("{bom}{}\r\n", COLUMNS.join(","))
}

/// Writes the line of a task.
pub(crate) fn row(task: &Task) -> serde_json::Result<String> {
    let row = serde_json::to_value(ExportedTask::from(task))?;
    let cells: Vec<String> = COLUMNS.iter().map(|column| quoted(cell(&row[column]))).collect();
    Ok(cells.join(",") + "\r\n")
}

/// The first characters of texts that a spreadsheet may run as a formula, with their full-width and small forms.
///
/// A spreadsheet may skip a line break or a tab before them.
const FORMULA_STARTS: [char; 15] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{fe66}', '\u{fe62}',
    '\u{fe63}', '\u{fe6b}',
];

/// Formats a cell. Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, "CSV Injection").
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(tags) => tags.iter().filter_map(|tag| tag.as_str()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    if text.starts_with(FORMULA_STARTS) { format!("'{text}") } else { text }
}

/// Quotes a cell that contains a separator, a quote or a line break. Spreadsheets of many languages separate cells by semicolons.
fn quoted(cell: String) -> String {
    match cell.contains([',', ';', '"', '\t', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn guards_formulas_and_quotes_separators() {
        for (text, expected) in [
            ("plain text", "plain text"),
            ("a-b=c+d@e", "a-b=c+d@e"),
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}A", "'\u{ff20}A"),
            ("\n=1", "\"'\n=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\t=1", "\"'\t=1\""),
            ("a;=1", "\"a;=1\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell(&json!(text))), expected, "{text:?}");
        }
        assert_eq!(quoted(cell(&json!(["a", "b"]))), "\"a, b\"");
        assert_eq!(quoted(cell(&json!(null))), "");
    }
}
