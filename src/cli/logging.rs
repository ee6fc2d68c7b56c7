//! Configures the log: text lines or JSON lines. Each record is one line.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::io::{self, Write};
use std::panic::PanicHookInfo;

use env_logger::fmt::{ConfigurableFormat, Formatter};
use log::kv::{Error, Key, Source, Value, VisitSource};
use log::{Level, Record};
use serde_json::{Map, json};

use crate::config::LogFormat;
use crate::shutdown;

/// The default of `RUST_LOG`.
const DEFAULT_FILTER: &str = "info,actix_server=warn";

/// The default of `RUST_LOG` without any setting of Better Auth. A new user has no tables of Better Auth, so their absence is no warning.
const NEW_USER_FILTER: &str = "info,actix_server=warn,task_api::sessions=error,better_auth_guard::jwks=warn";

/// The log target of panics.
const PANIC_TARGET: &str = "task_api::panic";

/// The settings that name a Better Auth.
const BETTER_AUTH_SETTINGS: [&str; 6] =
    ["BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "BETTER_AUTH_URL", "SESSION_SOURCE", "JWKS_URL", "JWKS_FILE"];

/// Starts logging to standard error with `RUST_LOG` and `LOG_FORMAT`. An invalid format is reported with the other settings.
pub(crate) fn start(lookup: &dyn Fn(&str) -> Option<String>) {
    let format = lookup("LOG_FORMAT").and_then(|text| text.trim().parse().ok()).unwrap_or_default();
    let mut logger = env_logger::Builder::new();
    logger.parse_filters(lookup("RUST_LOG").as_deref().unwrap_or_else(|| default_filter(lookup)));
    let mut text_format = ConfigurableFormat::default();
    text_format.key_values(|out, pairs| write_key_values(out, pairs));
    logger.format(move |out, record| match format {
        _ if is_expected_at_stop(record) => Ok(()),
        LogFormat::Text => {
            let message = record.args().to_string();
            let message = one_line(&message);
            text_format.format(out, &record.to_builder().args(format_args!("{message}")).build())
        }
        LogFormat::Json => writeln!(out, "{}", json_line(record)),
    });
    logger.init();
    // the default hook of the standard library prints several lines
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match log::log_enabled!(target: PANIC_TARGET, Level::Error) {
        true => log_panic(panic),
        // `doctor` does not log
        false => default_hook(panic),
    }));
}

/// Logs a panic as one record, with a backtrace if `RUST_BACKTRACE` is set.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => log::error!(target: PANIC_TARGET, "{panic}\n{backtrace}"),
        _ => log::error!(target: PANIC_TARGET, "{panic}"),
    }
}

/// Returns the default of `RUST_LOG`.
pub(crate) fn default_filter(lookup: &dyn Fn(&str) -> Option<String>) -> &'static str {
    let is_set = |name: &&str| lookup(name).is_some_and(|value| !value.trim().is_empty());
    if BETTER_AUTH_SETTINGS.iter().any(is_set) { DEFAULT_FILTER } else { NEW_USER_FILTER }
}

/// Returns whether the record reports the end of the listener that the service itself has shut down to drain.
fn is_expected_at_stop(record: &Record<'_>) -> bool {
    /// `EINVAL`: the socket does not listen any more.
    const NOT_LISTENING: &str = "(os error 22)";
    record.target() == "actix_server::accept"
        && shutdown::has_stopped_listening()
        && record.args().to_string().ends_with(NOT_LISTENING)
}

/// Escapes line breaks, other control characters, and characters that reorder text. A value from a client cannot forge a record.
fn one_line(text: &str) -> Cow<'_, str> {
    let is_escaped = |character: char| {
        character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for character in text.trim_end_matches(['\r', '\n']).chars() {
        if is_escaped(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    Cow::Owned(line)
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
    fn text_lines_escape_control_characters() {
        assert_eq!(one_line("a \\ é 日 \"=\""), "a \\ é 日 \"=\"");
        assert_eq!(one_line("failed:\n\tIs it running?\r\n"), "failed:\\n\\tIs it running?");
        assert_eq!(one_line("\u{1b}[2J\u{7f}\u{85}\u{2028}\u{202e}"), "\\u{1b}[2J\\u{7f}\\u{85}\\u{2028}\\u{202e}");
    }

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
