//! Runs `task-api completions` and `task-api man`.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::arguments::Cli;
use crate::cli::output;

/// Prints the completion script of a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "task-api", &mut script);
    if shell == Shell::Bash {
        // clap_complete 4.6 names the same state in two ways if the program's name has a hyphen (clap-rs/clap#6421)
        script = String::from_utf8_lossy(&script).replace("task__subcmd__api", "task__api").into_bytes();
    }
    output::print(&script)
}

/// Prints the man page of the program, or writes one for each command to a folder.
///
/// # Errors
/// The folder does not exist, or cannot be written to.
pub(crate) fn man(folder: Option<&Path>) -> Result<(), String> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page).map_err(|error| error.to_string())?;
        return output::print(&page);
    };
    if !folder.is_dir() {
        return Err(format!("{} is not a folder: create it first", folder.display()));
    }
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| format!("cannot write the man pages to {}: {error}", folder.display()))
}
