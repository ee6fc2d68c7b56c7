//! The commands and their arguments.
//!
//! The first paragraph of a comment is the summary for `-h`. `--help` and the man pages have all paragraphs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use serde_json::{Map, Value};

use crate::cli::address::Address;
use crate::cli::{doctor, verify};
use crate::config;

/// A task API for front ends that sign their users in with Better Auth
#[derive(Parser)]
#[command(
    name = "task-api",
    version,
    about,
    after_help = "Run `task-api help COMMAND` for the details and examples of a command.",
    after_long_help = "\
Settings come from the environment and from the file .env in the working directory. ENV_FILE names another file.
`task-api config` prints the settings in effect, and `task-api config --example` a file with all settings.

Without settings, `task-api` serves on http://127.0.0.1:8000, stores tasks in a SQLite file in ./data, and prints example requests.

With a front end, set Better Auth's secret and base URL:
  BETTER_AUTH_SECRET=…  BETTER_AUTH_URL=https://app.example.com  DATABASE_URL=postgres://…  task-api serve"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Migrate the database and serve (the default)
    ///
    /// Stops on SIGTERM and Ctrl-C: waits for SHUTDOWN_DELAY, then drains requests for up to SHUTDOWN_TIMEOUT. SIGHUP reloads secrets and
    /// key sets.
    #[command(after_long_help = "Example:\n  task-api serve --port 9000")]
    Serve(Address),
    /// Print the settings in effect
    ///
    /// Prints each setting with its value and its origin: the environment, the environment file, or the default. Masks secrets, and the
    /// user names and passwords of URLs.
    #[command(after_long_help = "Example:\n  task-api config --example > .env")]
    Config {
        /// Print a file with all settings, their descriptions and defaults instead
        #[arg(long)]
        example: bool,
    },
    /// Check the settings and dependencies of this deployment
    ///
    /// Prints a table with a fix for each problem. Changes nothing.
    #[command(
        after_long_help = "Exit code: 0 if the service accepts users, with or without warnings; 1 if it would reject them."
    )]
    Doctor(doctor::Arguments),
    /// Verify a credential as the service does, and explain the result
    ///
    /// Reads one header line from standard input. The last line of the output is JSON. Secrets are never printed, and tokens are truncated.
    #[command(after_long_help = "\
Example:
  echo 'Cookie: better-auth.session_token=…' | task-api verify

Exit code: 0 accepted, 1 rejected, 2 unknown.")]
    Verify(verify::Arguments),
    /// Create a credential for test requests
    #[command(subcommand)]
    Mint(Mint),
    /// Apply, revert or list the service's migrations
    #[command(subcommand)]
    Migrate(Migrate),
    /// Copy the SQLite database to a new file while the service runs
    ///
    /// The copy is consistent and synced to disk. An existing file is never overwritten. On PostgreSQL, prints the pg_dump command to run
    /// instead, with exit code 1.
    Backup {
        /// The file to create; must not exist
        file: PathBuf,
    },
    /// Print the OpenAPI document for the current settings
    Openapi,
    /// Check the readiness of the service at HOST and PORT
    ///
    /// For containers without curl. Requests /readyz.
    #[command(after_long_help = "Exit code: 0 ready, 1 not ready.")]
    Healthcheck(Address),
    /// Print a completion script for a shell
    #[command(after_long_help = "\
Examples:
  task-api completions bash > ~/.local/share/bash-completion/completions/task-api
  task-api completions zsh > ~/.zfunc/_task-api
  task-api completions fish > ~/.config/fish/completions/task-api.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page
    #[command(after_long_help = "\
Examples:
  task-api man > task-api.1 && man ./task-api.1
  task-api man /usr/local/share/man/man1")]
    Man {
        /// The existing folder to write a page for each command to, instead of printing one page
        folder: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Migrate {
    /// Apply all pending migrations
    ///
    /// `serve` does the same at start. Several processes may run it at once.
    Run,
    /// Revert the newest migration and delete the data in its tables and columns
    ///
    /// Asks for confirmation on a terminal. Stop all instances of this version first, and make a backup.
    Revert {
        /// Revert without confirmation; required without a terminal
        #[arg(long)]
        yes: bool,
    },
    /// List applied and pending migrations, and which versions can serve together
    Status,
    /// Distribute the tables over the nodes of Citus, by user
    ///
    /// Runs in one transaction. Stop all instances first. An administrator has created the extension and added the nodes before.
    Distribute {
        /// Change nothing: print the state of each table and node
        ///
        /// Exit code 1 if a table is not distributed or a node does not respond.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Mint {
    /// Print a JWT for `Authorization: Bearer`
    ///
    /// Signs it with JWT_SECRET or BETTER_AUTH_SECRET (HS256).
    #[command(
        after_long_help = "Example:\n  curl -H \"Authorization: Bearer $(task-api mint jwt --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Jwt {
        /// The user's id
        #[arg(long)]
        user: String,
        /// The lifetime, such as 30s, 15m, 1h or 7d
        #[arg(long, default_value = "1h", value_parser = config::duration)]
        ttl: Duration,
        /// Further claims, as a JSON object; they override the default claims
        #[arg(long, value_parser = parse_claims)]
        claims: Option<Map<String, Value>>,
    },
    /// Print a session cookie
    ///
    /// Inserts the session into Better Auth's tables, and the user if the id is new. In development mode (without BETTER_AUTH_SECRET) it
    /// also creates the tables.
    #[command(
        after_long_help = "Example:\n  curl -H \"Cookie: $(task-api mint cookie --user alice)\" http://127.0.0.1:8000/api/alice/tasks"
    )]
    Cookie {
        /// The user's id
        #[arg(long)]
        user: String,
    },
}

fn parse_claims(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| "must be a JSON object, such as {\"role\":\"admin\"}".into())
}
