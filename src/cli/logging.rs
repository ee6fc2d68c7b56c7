//! Configures the log: text lines or JSON lines.

use std::io::{self, Write};

use env_logger::fmt::Formatter;
use log::kv::{Error, Key, Source, Value, VisitSource};
use log::{Level, Record};
use serde_json::{Map, json};

use crate::config::LogFormat;

/// The default of `RUST_LOG`.
const DEFAULT_FILTER: &str = "info,actix_server=warn";

/// Starts logging to standard error with `RUST_LOG` and `LOG_FORMAT`. An invalid format is reported with the other settings.
pub(crate) fn start(lookup: &dyn Fn(&str) -> Option<String>) {
    let format = lookup("LOG_FORMAT").and_then(|text| text.trim().parse().ok()).unwrap_or_default();
    let mut logger = env_logger::Builder::new();
    logger.parse_filters(lookup("RUST_LOG").as_deref().unwrap_or(DEFAULT_FILTER));
    match format {
        LogFormat::Text => logger.format_key_values(|out, pairs| write_key_values(out, pairs)),
        LogFormat::Json => logger.format(|out, record| writeln!(out, "{}", json_line(record))),
    };
    logger.init();
    if format == LogFormat::Json {
        // the default hook of the standard library prints text, not JSON
        std::panic::set_hook(Box::new(|panic| log::log!(target: "task_api::panic", Level::Error, "{panic}")));
    }
}

/// Formats a record as a JSON object on one line. Members: `timestamp` (UTC), `level`, `target`, `message`, then the key-value pairs.
fn json_line(record: &Record<'_>) -> String {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let mut line = Map::new();
    line.insert("timestamp".into(), now.into());
    line.insert("level".into(), record.level().as_str().into());
    line.insert("target".into(), record.target().into());
    line.insert("message".into(), record.args().to_string().into());
    let _ = record.key_values().visit(&mut Members(&mut line));
    // one line: JSON escapes line breaks in strings
    serde_json::Value::Object(line).to_string()
}

struct Members<'a>(&'a mut Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Members<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let value = if let Some(number) = value.to_i64() {
            json!(number)
        } else if let Some(number) = value.to_f64() {
            json!(number)
        } else if let Some(truth) = value.to_bool() {
            json!(truth)
        } else {
            json!(value.to_string())
        };
        self.0.entry(key.as_str()).or_insert(value);
        Ok(())
    }
}

/// Writes ` name=value` for each pair of a record. Quotes and escapes empty values and values with spaces, `"` or `=`.
fn write_key_values(out: &mut Formatter, pairs: &dyn Source) -> io::Result<()> {
    struct Writer<'a>(&'a mut Formatter, io::Result<()>);
    impl<'kvs> VisitSource<'kvs> for Writer<'_> {
        fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
            let text = value.to_string();
            let plain =
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=');
            self.1 = if plain { write!(self.0, " {key}={text}") } else { write!(self.0, " {key}={text:?}") };
            Ok(())
        }
    }
    let mut writer = Writer(out, Ok(()));
    let _ = pairs.visit(&mut writer);
    writer.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_line_escapes_line_breaks() {
        let pairs = [
            ("user", Value::from("eve\n{\"level\":\"INFO\"}\u{2028}")),
            ("status", Value::from(401_u16)),
            ("ms", Value::from(1.5)),
            ("message", Value::from("not the message")),
        ];
        let line = json_line(
            &Record::builder()
                .args(format_args!("two\r\nlines"))
                .level(Level::Warn)
                .target("task_api::request")
                .key_values(&pairs.as_slice())
                .build(),
        );
        assert!(!line.contains('\n') && !line.contains('\r'), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).expect("valid JSON");
        assert_eq!(read["message"], "two\r\nlines");
        assert_eq!(read["user"], "eve\n{\"level\":\"INFO\"}\u{2028}");
        assert_eq!((&read["status"], &read["ms"], &read["level"]), (&json!(401), &json!(1.5), &json!("WARN")));
        assert!(read["timestamp"].as_str().expect("a string").ends_with('Z'));
    }
}
