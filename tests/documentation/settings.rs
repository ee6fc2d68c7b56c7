//! Compares the settings that the code reads with docs/configuration.md, by value, and with .env.example and docker-compose.yml.

use std::cell::RefCell;
use std::collections::BTreeSet;

use task_api::config::Config;

use crate::{markdown, read};

/// Read before the other settings, by the binary.
const OF_THE_BINARY: [&str; 2] = ["ENV_FILE", "RUST_LOG"];

/// Set by docker-compose.yml itself, for the image and its database.
const OF_COMPOSE: [&str; 3] = ["DATABASE_URL", "HOST", "PORT"];

/// Accepted by every setting's checks below: the values of one setting must not depend on those of others.
const ENOUGH: [(&str, &str); 2] =
    [("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef"), ("DATABASE_URL", "postgres://localhost/tasks")];

/// Returns the names that the service reads, with any source of sessions.
fn read_names() -> BTreeSet<String> {
    let names: RefCell<BTreeSet<String>> = RefCell::new(OF_THE_BINARY.map(str::to_owned).into());
    for source in ["auto", "database", "redis", "http", "cookie"] {
        let lookup = |name: &str| {
            names.borrow_mut().insert(name.to_owned());
            (name == "SESSION_SOURCE").then(|| source.to_owned())
        };
        let _ = Config::from_lookup(&lookup);
    }
    names.into_inner()
}

/// A row of docs/configuration.md.
struct Row {
    name: String,
    default: String,
    accepted: String,
}

fn rows() -> Vec<Row> {
    let rows = markdown::table_rows(&read("docs/configuration.md")).into_iter().map(|cells| match cells.as_slice() {
        [name, default, accepted, _] => {
            Row { name: name.trim_matches('`').to_owned(), default: default.clone(), accepted: accepted.clone() }
        }
        _ => panic!("a row with {} cells: {cells:?}", cells.len()),
    });
    rows.collect()
}

/// Reads the settings with one of them set. Returns its problem, if it has one.
fn problem(name: &str, value: &str) -> Option<String> {
    let others = ENOUGH.into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>();
    let lookup = |asked: &str| match others.iter().find(|(other, _)| *other == asked) {
        _ if asked == name => Some(value.to_owned()),
        Some((_, value)) => Some((*value).to_owned()),
        None => None,
    };
    let problems = Config::from_lookup(&lookup).err().map(|error| error.0).unwrap_or_default();
    problems.into_iter().find(|problem| problem.starts_with(&format!("{name} ")))
}

/// Returns all settings as text, with at most one of them set. Leaves out the list of `task-api config`, which says what is set.
fn effective(set: Option<(&str, &str)>) -> String {
    let lookup = |asked: &str| set.filter(|(name, _)| *name == asked).map(|(_, value)| value.to_owned());
    let config = format!("{:?}", Config::from_lookup(&lookup).unwrap_or_else(|error| panic!("{set:?}: {error}")));
    config.split(", effective: [").next().unwrap().to_owned()
}

#[test]
fn the_reference_has_every_setting_once_and_no_other() {
    let listed: Vec<String> = rows().into_iter().map(|row| row.name).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a setting has two rows");
    assert_eq!(unique, read_names());
}

/// A documented default changes nothing: setting it gives the same settings as leaving it out.
#[test]
fn the_defaults_are_true() {
    let without = effective(None);
    let mut compared = 0;
    for Row { name, default, .. } in rows().iter().filter(|row| !OF_THE_BINARY.contains(&row.name.as_str())) {
        match markdown::code(default).as_slice() {
            [value] => {
                assert_eq!(effective(Some((name, value))), without, "{name}: {value} is not the default");
                compared += 1;
            }
            [] => assert!(["–", "by cores"].contains(&default.as_str()), "{name}: {default}"),
            _ => panic!("{name} has several defaults: {default}"),
        }
    }
    assert!(compared > 40, "{compared} defaults");
    assert!(effective(Some(("TASK_QUOTA", "9999"))) != without, "another value changes the settings");
}

#[test]
fn the_default_log_level_is_true() {
    let row = rows().into_iter().find(|row| row.name == "RUST_LOG").unwrap();
    let level = markdown::code(&row.default)[0].to_owned();
    assert!(read("src/cli/logging.rs").contains(&format!("\"{level}\"")), "{level}");
}

#[track_caller]
fn expect_accepted(name: &str, value: &str) {
    assert_eq!(problem(name, value), None, "{name}={value}");
}

#[track_caller]
fn expect_rejected(name: &str, value: &str) {
    assert!(problem(name, value).is_some(), "{name}={value} is accepted");
}

/// Checks the column of accepted values: the bounds of numbers, each word, durations and rates.
#[test]
fn the_accepted_values_are_true() {
    let mut checked = 0;
    for Row { name, accepted, .. } in rows().iter().filter(|row| !OF_THE_BINARY.contains(&row.name.as_str())) {
        let words = markdown::code(accepted);
        let is_words = !words.is_empty() && accepted.replace('`', "").split(", ").eq(words.iter().copied());
        if let Some((min, max)) = accepted
            .split_once(" to ")
            .and_then(|(min, max)| Some((min.parse::<i64>().ok()?, max.parse::<i64>().ok()?)))
        {
            [min, max].iter().for_each(|value| expect_accepted(name, &value.to_string()));
            [min - 1, max + 1].iter().for_each(|value| expect_rejected(name, &value.to_string()));
        } else if is_words && words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())) {
            words.iter().for_each(|word| expect_accepted(name, word));
            expect_rejected(name, "nonsense");
        } else if let Some(rest) = accepted.strip_prefix("a duration") {
            ["500", "1500ms", "30s", "15m", "1h", "7d"].iter().for_each(|value| expect_accepted(name, value));
            ["0s", "-1s", "1w", "s"].iter().for_each(|value| expect_rejected(name, value));
            if rest.is_empty() { expect_accepted(name, "1ms") } else { expect_rejected(name, "999ms") }
        } else if accepted == "a rate" {
            ["off", "100/s", "600/m", "1000/h burst 1", "1000000/s"]
                .iter()
                .for_each(|value| expect_accepted(name, value));
            ["0/s", "1000001/s", "100", "100/d"].iter().for_each(|value| expect_rejected(name, value));
        } else {
            continue;
        }
        checked += 1;
    }
    assert!(checked > 35, "{checked} settings");
}

#[test]
fn the_example_file_has_every_setting() {
    let example = read(".env.example");
    let mut listed = names_of(example.lines().filter_map(|line| line.strip_prefix('#')), '=');
    // names the file itself
    listed.insert("ENV_FILE".into());
    assert_eq!(listed, read_names());
}

/// Returns the names before the first `separator` of these lines.
fn names_of<'a>(lines: impl Iterator<Item = &'a str>, separator: char) -> BTreeSet<String> {
    let names = lines.filter_map(|line| line.split_once(separator)).map(|(name, _)| name.trim());
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    names.filter(is_name).map(str::to_owned).collect()
}

/// Reads the block `x-settings` and the variables of the service. A name without a value has that of the environment or of .env.
#[test]
fn compose_passes_every_setting() {
    let compose = read("docker-compose.yml");
    let block = |begin: &str, end: &str| {
        let (_, rest) = compose.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
        rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0.to_owned()
    };
    let settings = block("x-settings: &settings\n", "\n\n");
    let passed = names_of(settings.lines(), ':');
    assert!(settings.lines().all(|line| line.trim_end().ends_with(':')), "a value would hide that of the environment");
    let service = block("  task-api: &task-api\n", "\n\n");
    assert!(service.contains("<<: *settings"));
    let fixed = names_of(service.lines(), ':');
    let all: BTreeSet<String> = passed.union(&fixed).filter(|name| *name != "PGPASSWORD").cloned().collect();
    let expected: BTreeSet<String> = read_names().into_iter().filter(|name| name != "ENV_FILE").collect();
    assert_eq!(all, expected);
    // a fixed value passes that of the environment too, or belongs to the image
    for name in fixed.iter().filter(|name| !OF_COMPOSE.contains(&name.as_str()) && *name != "PGPASSWORD") {
        assert!(service.contains(&format!("{name}: ${{{name}:")), "{name} hides the value of the environment");
    }
    assert!(!passed.iter().any(|name| fixed.contains(name)), "a setting is listed twice");
    // the service does not get the superuser's password
    assert!(!service.contains("env_file") && !service.contains("POSTGRES_PASSWORD"));
}
