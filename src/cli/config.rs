//! Runs `task-api config`.

use std::fmt::Write;

use crate::cli::environment::Environment;
use crate::cli::logging;
use crate::cli::output;
use crate::config::{Config, EffectiveSetting};

/// The annotated file of all settings.
const EXAMPLE: &str = include_str!("../../.env.example");

/// The settings that the binary reads before all others, with their defaults.
const OF_THE_BINARY: [&str; 2] = ["ENV_FILE", "RUST_LOG"];

/// The column of the origins.
const ORIGIN_COLUMN: usize = 48;

/// Prints the annotated file of all settings.
pub(crate) fn print_example() -> Result<(), String> {
    output::print(EXAMPLE.as_bytes())
}

/// Prints each setting with its value in effect and its origin, in the order of the annotated file.
pub(crate) fn print_effective(config: &Config, environment: &Environment) -> Result<(), String> {
    let mut text = format!(
        "# The settings of task-api {} in effect. Secrets are masked. `task-api config --example` describes each setting.\n",
        env!("CARGO_PKG_VERSION")
    );
    let mut settings = config.effective.clone();
    settings.extend(OF_THE_BINARY.map(|name| of_the_binary(name, environment)));
    write_setting(&mut text, &settings, "ENV_FILE", environment);
    for line in EXAMPLE.lines() {
        if let Some(heading) = line.strip_prefix("# ---") {
            let _ = write!(text, "\n# {}\n", heading.trim_matches(['-', ' ']));
        } else if let Some((name, _)) = line.strip_prefix('#').and_then(|line| line.split_once('=')) {
            write_setting(&mut text, &settings, name, environment);
        }
    }
    output::print(text.as_bytes())
}

/// Writes a line `NAME=value # origin`. Omits settings that another setting makes irrelevant, and lines that are no setting.
fn write_setting(text: &mut String, settings: &[EffectiveSetting], name: &str, environment: &Environment) {
    let Some(EffectiveSetting { value, is_default, .. }) = settings.iter().find(|setting| setting.name == name) else {
        return;
    };
    let (assignment, origin) = match value {
        Some(value) if *is_default => (format!("{name}={}", quoted(value)), "default"),
        Some(value) => (format!("{name}={}", quoted(value)), environment.origin(name)),
        None => (format!("#{name}="), "not set"),
    };
    let _ = writeln!(text, "{assignment:ORIGIN_COLUMN$} # {origin}");
}

fn of_the_binary(name: &str, environment: &Environment) -> EffectiveSetting {
    let (value, default) = match name {
        "ENV_FILE" => (std::env::var(name).ok(), ".env".to_owned()),
        name => {
            let lookup = |name: &str| environment.get(name);
            (lookup(name), logging::default_filter(&lookup).to_owned())
        }
    };
    let value = value.filter(|value| !value.trim().is_empty());
    EffectiveSetting { name: name.to_owned(), is_default: value.is_none(), value: Some(value.unwrap_or(default)) }
}

/// Quotes a value with characters that the environment file or a shell would interpret.
fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,@*+%=?&[]".contains(&byte);
    if value.bytes().all(is_plain) { value.to_owned() } else { format!("'{}'", value.escape_debug()) }
}
