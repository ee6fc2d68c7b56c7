//! Compares docs/cli.md with the program's help texts.

use std::process::Command;

use crate::{expect_generated, read};

const BEGIN: &str = "<!-- help texts: begin -->\n";

/// Returns the output of `--help` of a command.
fn help(command: &[String]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_task-api"));
    program.args(command).arg("--help").env_clear().env("ENV_FILE", "/dev/null").env("COLUMNS", "120");
    let output = program.output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<&str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // further lines of a description are indented more
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

/// Appends the section of a command and those of its subcommands.
fn write_sections(command: &[String], page: &mut String) {
    let text = help(command);
    let name = ["task-api".to_owned()].iter().chain(command).cloned().collect::<Vec<_>>().join(" ");
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")));
    for subcommand in subcommands(&text) {
        write_sections(&[command, &[subcommand.to_owned()]].concat(), page);
    }
}

#[test]
fn the_page_has_the_help_texts_of_all_commands() {
    let page = read("docs/cli.md");
    let (introduction, _) = page.split_once(BEGIN).expect("docs/cli.md marks the beginning of the help texts");
    let mut expected = format!("{introduction}{BEGIN}");
    write_sections(&[], &mut expected);
    assert!(expected.contains("## task-api migrate revert\n"), "subcommands are found");
    expect_generated("docs/cli.md", &expected);
}
