//! Tests the help, the man pages and the completion scripts.

use std::path::Path;
use std::process::Output;

use super::serve::output_text;
use crate::support::task_api;

/// All commands, as they are typed.
const COMMANDS: [&str; 17] = [
    "serve",
    "config",
    "doctor",
    "verify",
    "mint",
    "mint jwt",
    "mint cookie",
    "migrate",
    "migrate run",
    "migrate revert",
    "migrate status",
    "migrate distribute",
    "backup",
    "openapi",
    "healthcheck",
    "completions",
    "man",
];

/// Invalid settings: these commands need none.
const INVALID: [(&str, &str); 2] = [("PORT", "none"), ("ENV_FILE", "missing.env")];

/// Runs the binary and asserts success.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = task_api(folder, &INVALID).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output_text(&output));
    output
}

fn stdout(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8(run(folder, arguments).stdout).unwrap()
}

/// Returns the lines of a help text below a heading.
fn section<'a>(help: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn every_command_has_a_short_summary_in_one_style() {
    let folder = tempfile::tempdir().unwrap();
    let mut listed = Vec::new();
    for parent in ["", "mint", "migrate"] {
        let arguments: Vec<&str> = parent.split_whitespace().chain(["-h"]).collect();
        let help = stdout(folder.path(), &arguments);
        for line in section(&help, "Commands:") {
            let (name, summary) = line.trim().split_once(' ').unwrap();
            let summary = summary.trim();
            assert!(summary.starts_with(|first: char| first.is_ascii_uppercase()), "{line}");
            assert!(!summary.ends_with('.') && !summary.contains(". ") && line.len() <= 100, "{line}");
            if name != "help" {
                listed.push(format!("{parent} {name}").trim().to_owned());
            }
        }
    }
    listed.sort_unstable();
    let mut expected = COMMANDS.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[test]
fn the_long_help_has_details_and_the_short_one_fits_on_a_screen() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        let words = |last| command.split(' ').chain([last]).collect::<Vec<_>>();
        let (short, long) = (stdout(folder.path(), &words("-h")), stdout(folder.path(), &words("--help")));
        assert!(short.lines().count() <= 20 && short.lines().count() <= long.lines().count(), "{short}");
        assert!(!short.contains("Example") && !short.contains("Exit code"), "{short}");
        assert_eq!(short.lines().next(), long.lines().next(), "both have the same summary");
    }
    let long = stdout(folder.path(), &["verify", "--help"]);
    assert!(long.contains("Exit code: 0 accepted, 1 rejected, 2 unknown."), "{long}");
    assert!(stdout(folder.path(), &["--help"]).contains("ENV_FILE names another file"));
}

#[test]
fn man_pages_describe_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = stdout(folder.path(), &["man"]);
    assert!(page.contains(".TH task-api 1") && page.contains("task\\-api\\-serve(1)"), "{page}");
    let pages = folder.path().join("man1");
    let missing = task_api(folder.path(), &[]).args(["man", "man1"]).output().unwrap();
    assert!(output_text(&missing).contains("man1 is not a folder: create it first"), "{}", output_text(&missing));
    std::fs::create_dir(&pages).unwrap();
    run(folder.path(), &["man", "man1"]);
    let mut names: Vec<String> =
        std::fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    let mut expected: Vec<String> =
        COMMANDS.iter().map(|command| format!("task-api-{}.1", command.replace(' ', "-"))).collect();
    expected.push("task-api.1".into());
    expected.sort_unstable();
    assert_eq!(names, expected);
    let revert = std::fs::read_to_string(pages.join("task-api-migrate-revert.1")).unwrap();
    assert!(revert.contains("\\-\\-yes"), "{revert}");
}

#[test]
fn completion_scripts_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(folder.path(), &["completions", shell]);
        assert!(script.contains("healthcheck") && script.contains("distribute"), "{shell}");
    }
    // bash itself completes with the script: `task-api migr`, then `task-api migrate re`
    let script = folder.path().join("completions.bash");
    std::fs::write(&script, run(folder.path(), &["completions", "bash"]).stdout).unwrap();
    let complete = "source \"$1\"; COMP_WORDS=(task-api migrate re); COMP_CWORD=2; \
                    _task__api task-api re migrate; echo \"${COMPREPLY[*]}\"";
    let output = std::process::Command::new("bash").args(["-c", complete, "bash"]).arg(&script).output().unwrap();
    assert_eq!(output_text(&output), "revert\n");
}
