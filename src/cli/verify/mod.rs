//! Runs `task-api verify`: verifies one header and explains the result.
//!
//! The result comes from the code that authenticates requests: `Verifier::verify`, [`Sessions::find`] and
//! `SessionToken::verify_record`. `better_auth_guard::explain` explains it. The output contains no secrets. Tokens are truncated. The
//! user id is the only personal claim in the output.

mod facts;
mod header;
mod setting_name;

use std::path::PathBuf;
use std::process::ExitCode;

use better_auth_guard::CredentialKind;
use better_auth_guard::explain::{Explanation, Step, StepKind, Unknown, Verdict};
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use crate::cli::verify::facts::FactLookup;
use crate::cli::verify::header::Header;
use crate::config::{Config, KeySource};
use crate::db::Db;
use crate::sessions::Sessions;

/// The exit code for an unknown result. Exit code 1 is a rejection.
pub(crate) const UNKNOWN: u8 = 2;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Verify at this time instead of now: RFC 3339 or Unix milliseconds
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    now: Option<DateTime<Utc>>,
    /// Use the key set (JWKS) in this file instead of the configured source
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Use neither the database nor the network. If a session or key is needed from them, the exit code is 2
    #[arg(long)]
    offline: bool,
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let millis = text.parse().ok().and_then(DateTime::from_timestamp_millis);
    let time = millis.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()));
    time.ok_or("must be RFC 3339 (2026-11-21T12:00:00Z) or Unix milliseconds")
}

pub(crate) fn run(mut config: Config, arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(file) = &arguments.jwks {
        config.auth.keys = KeySource::File(file.clone());
    }
    let header = Header::read(std::io::stdin().lock()).map_err(|error| format!("standard input: {error}"))?;
    let Some(header) = header else {
        print_step(StepKind::Cause, "standard input contains no header");
        print_step(StepKind::Change, "pipe one header line to the command: Authorization: Bearer … or Cookie: …");
        println!(
            "{}",
            json!({ "accepted": null, "kind": null, "user_id": null, "session_token": null, "reason": "no_header" })
        );
        return Ok(ExitCode::from(UNKNOWN));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let db = Db::open(&config.database).map_err(|error| format!("cannot start the database threads: {error}"))?;
    let lookup = FactLookup {
        config: &config,
        now: arguments.now.unwrap_or_else(Utc::now),
        offline: arguments.offline,
        sessions: Sessions::new(&config.auth, &db),
        db,
    };
    let explanation = runtime.block_on(lookup.explain(&header.credential_headers()));
    print!("{explanation}");
    println!("{}", json_result(&explanation));
    Ok(ExitCode::from(match explanation.verdict() {
        Verdict::Accepted { .. } => 0,
        Verdict::Rejected(_) | Verdict::Missing => 1,
        Verdict::UnknownKeys(_) | Verdict::UnknownSession(_) => UNKNOWN,
    }))
}

fn print_step(kind: StepKind, text: &str) {
    println!("{}", Step { kind, text: text.to_owned() });
}

/// Returns the result as JSON, for programs.
fn json_result(explanation: &Explanation) -> serde_json::Value {
    let (accepted, user, reason) = match explanation.verdict() {
        Verdict::Accepted { user_id } => (Some(true), Some(user_id), None),
        Verdict::Rejected(reason) => (Some(false), None, Some(reason.code())),
        Verdict::Missing => (Some(false), None, Some("no_credential")),
        Verdict::UnknownKeys(Unknown::Skipped { .. }) | Verdict::UnknownSession(Unknown::Skipped { .. }) => {
            (None, None, Some("offline"))
        }
        Verdict::UnknownKeys(Unknown::Unavailable(_)) => (None, None, Some("keys_unavailable")),
        Verdict::UnknownSession(Unknown::Unavailable(_)) => (None, None, Some("sessions_unavailable")),
    };
    let kind = explanation.kind().map(|kind| match kind {
        CredentialKind::SessionCookie if explanation.is_cookie_cache() => "session_data",
        kind => kind.as_str(),
    });
    let token = explanation.session_token();
    json!({ "accepted": accepted, "kind": kind, "user_id": user, "session_token": token, "reason": reason })
}
