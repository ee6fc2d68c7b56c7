//! Runs the set-ups, and compares their output with the table of docs/troubleshooting.md.
//!
//! `TASK_API_WRITE_DOCS=1 cargo test --test api set_ups -- --include-ignored` writes the table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use super::fixture::DoctorReport;
use super::set_up::{Needs, Place, SetUp};
use super::set_ups;

const BEGIN: &str = "<!-- set-ups of doctor: begin -->";
const END: &str = "<!-- set-ups of doctor: end -->";
const HEADING: &str = "| set-up | exit code | `task-api doctor` prints |\n|---|---|---|\n";
const HOW: &str =
    "docs/troubleshooting.md differs: run TASK_API_WRITE_DOCS=1 cargo test --test api set_ups -- --include-ignored";

#[test]
fn set_ups_on_sqlite() {
    check(Needs::Sqlite);
}

#[test]
#[ignore = "needs npm packages and Node.js; ./test.sh runs it after npm ci --prefix tests/better-auth"]
fn set_ups_with_better_auth() {
    check(Needs::BetterAuth);
}

mod own_server {
    mod postgres {
        #[test]
        fn set_ups() {
            super::super::check(super::super::Needs::OwnPostgres);
        }
    }
}

#[test]
fn the_page_has_every_set_up_and_no_other() {
    let _lock = PAGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let names: Vec<&str> = set_ups::all().map(|set_up| set_up.name).collect();
    let broken = set_ups::all().filter(|set_up| set_up.says.iter().any(|(_, status, _)| *status != "ok")).count();
    assert!(broken >= 20, "{broken} broken set-ups");
    if std::env::var_os("TASK_API_WRITE_DOCS").is_none() {
        let rows = read_rows();
        assert_eq!(rows.len(), names.len(), "{HOW}");
        names.iter().for_each(|name| assert!(rows.contains_key(*name), "{name} is missing: {HOW}"));
    }
}

/// Only one test at a time reads or writes the page.
static PAGE: Mutex<()> = Mutex::new(());

/// Makes and checks all set-ups with these needs, two at a time. Then compares or writes their rows.
fn check(needs: Needs) {
    let set_ups: Vec<&SetUp> = set_ups::all().filter(|set_up| set_up.needs == needs).collect();
    let rows = Mutex::new(BTreeMap::new());
    let queue = Mutex::new(set_ups.iter());
    let work = || {
        while let Some(set_up) = { queue.lock().unwrap().next() } {
            let row = (set_up.name, row(set_up, &run(set_up)));
            rows.lock().unwrap().insert(row.0, row.1);
        }
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().for_each(|worker| worker.join().expect("the set-ups of a worker pass"));
    });
    let rows = rows.into_inner().unwrap();
    let _lock = PAGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match std::env::var_os("TASK_API_WRITE_DOCS") {
        Some(_) => write_rows(&rows),
        None => {
            let page = read_rows();
            for (name, row) in rows {
                assert_eq!(page.get(name), Some(&row), "{HOW}");
            }
        }
    }
}

/// Runs `doctor` on a set-up. Asserts its exit code and its lines.
fn run(set_up: &SetUp) -> DoctorReport {
    let mut place = Place::default();
    (set_up.make)(&mut place);
    let report = place.run();
    assert_eq!(report.code, set_up.code, "{}\n{}", set_up.name, report.text);
    for (check, status, words) in set_up.says {
        let line = report.line(check);
        let status = format!("  {status:<4}  ");
        assert!(line.contains(&status) && line.contains(words), "{}: {words}\n{}", set_up.name, report.text);
    }
    let fails = report.text.lines().any(|line| line.contains("  FAIL  "));
    assert_eq!(fails, set_up.code == 1, "{}\n{}", set_up.name, report.text);
    report
}

/// Formats the row of a set-up: all lines of the output that did not pass, except those of checks that were not possible.
///
/// With a short statement timeout, the other checks of the database fail or pass by chance.
fn row(set_up: &SetUp, report: &DoctorReport) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut is_shown = false;
    let depends_on_time = set_up.says.iter().any(|(check, status, _)| (*check, *status) == ("timeouts", "FAIL"));
    for line in report.text.lines().take_while(|line| !line.is_empty()) {
        if !line.trim_start().starts_with("-> ") {
            let is_possible = !line.contains("  -     not checked: ");
            is_shown = !line.contains("  ok    ") && is_possible && (!depends_on_time || line.starts_with("timeouts "));
        }
        if is_shown {
            let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
            lines.push(format!("`{}`", words.replace('`', "'").replace('|', "\\|")));
        }
    }
    let output = if lines.is_empty() { "every check passed".to_owned() } else { lines.join("<br>") };
    format!("| {} | {} | {output} |", set_up.name, set_up.code)
}

fn page_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/troubleshooting.md")
}

/// Returns the page before, within and after the table.
fn read_page() -> (String, String, String) {
    let page = std::fs::read_to_string(page_path()).expect("docs/troubleshooting.md can be read");
    let (before, rest) = page.split_once(BEGIN).expect("the page marks the beginning of the table");
    let (table, after) = rest.split_once(END).expect("the page marks the end of the table");
    (before.to_owned(), table.to_owned(), after.to_owned())
}

/// Returns the rows of the page by the names of their set-ups.
fn read_rows() -> BTreeMap<String, String> {
    let (_, table, _) = read_page();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| (row.trim_start_matches("| ").split(" | ").next().unwrap().to_owned(), row.to_owned())).collect()
}

/// Writes these rows in the order of the set-ups, beside the rows that the page has.
fn write_rows(rows: &BTreeMap<&str, String>) {
    let (before, _, after) = read_page();
    let known = read_rows();
    let row = |name: &str| rows.get(name).or_else(|| known.get(name)).cloned();
    let table: Vec<String> = set_ups::all().filter_map(|set_up| row(set_up.name)).collect();
    let page = format!("{before}{BEGIN}\n\n{HEADING}{}\n\n{END}{after}", table.join("\n"));
    std::fs::write(page_path(), page).expect("docs/troubleshooting.md can be written");
}
