//! Tests commands on a terminal: the first start, and the confirmation of `migrate revert`.

use super::serve::{output_text, stderr_of_failure};
use crate::support::{Service, Terminal, task_api};

#[test]
fn the_first_start_shows_address_docs_token_and_how_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&task_api(folder.path(), &[]));
    let start = terminal.read_until("/complete\r\n");
    let address = start.split("listening on ").nth(1).unwrap().split(',').next().unwrap();
    for part in [
        &format!("  API    {address}/api/demo/tasks\r\n"),
        &format!("  Docs   {address}/docs "),
        "  Stop   Ctrl-C\r\n",
        "  TOKEN=ey",
        "valid for one day",
    ] {
        assert!(start.contains(part), "{part} is missing: {start}");
    }
    terminal.interrupt();
    let (rest, code) = terminal.wait();
    assert_eq!(code, Some(0), "{rest}");
    let output = start.clone() + &rest;
    assert!(output.contains("stopped") && !output.contains("WARN") && !output.contains("ERROR"), "{output}");
    assert!(!output.contains("session tokens") && !output.contains("public keys"), "{output}");
}

/// The docs page is not advertised if it is off. A front end's settings bring the warnings back.
#[test]
fn the_start_follows_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&task_api(folder.path(), &[("DOCS", "off")]));
    let start = terminal.read_until("/complete\r\n");
    assert!(!start.contains("Docs"), "{start}");
    terminal.interrupt();
    terminal.wait();
    let service = Service::start(task_api(folder.path(), &[("BETTER_AUTH_URL", "http://localhost:0")]));
    service.wait_for_line("session tokens cannot be verified");
}

#[test]
fn migrate_revert_asks_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| output_text(&task_api(folder.path(), &[]).args(arguments).output().unwrap());
    let newest = || {
        let status = run(&["migrate", "status"]);
        let newest = status.lines().filter_map(|line| line.strip_prefix("applied  ")).next_back();
        newest.map(str::to_owned).unwrap_or_default()
    };
    run(&["migrate", "run"]);
    let name = newest();
    for (answer, is_reverted) in [("no", false), ("", false), ("yes", true)] {
        let mut command = task_api(folder.path(), &[]);
        command.args(["migrate", "revert"]);
        let mut terminal = Terminal::start(&command);
        let question = terminal.read_until("Type yes to revert it: ");
        assert!(question.contains(&name) && question.contains("sqlite:data/task-api.db"), "{question}");
        terminal.type_line(answer);
        let (rest, code) = terminal.wait();
        assert_eq!(code, Some(i32::from(!is_reverted)), "{rest}");
        assert_eq!(newest() != name, is_reverted, "{rest}");
        assert!(rest.contains(if is_reverted { "Reverted" } else { "nothing was changed" }), "{rest}");
    }
}

#[test]
fn migrate_revert_needs_yes_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| output_text(&task_api(folder.path(), &[]).args(arguments).output().unwrap());
    run(&["migrate", "run"]);
    let refused = stderr_of_failure(folder.path(), &[], &["migrate", "revert"]);
    assert!(refused.contains("nothing was changed: confirm it with --yes"), "{refused}");
    assert!(!run(&["migrate", "status"]).contains("pending"));
    assert!(run(&["migrate", "revert", "--yes"]).contains("Reverted "));
    let status = run(&["migrate", "status"]);
    for _ in status.lines().filter(|line| line.starts_with("applied")) {
        run(&["migrate", "revert", "--yes"]);
    }
    assert!(run(&["migrate", "revert"]).contains("Nothing to revert"), "nothing to confirm");
}
