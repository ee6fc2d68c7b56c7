//! Runs `task-api verify`: verifies one header and explains the result.
//!
//! The result comes from the code that authenticates requests: `Verifier::verify`, [`Sessions::find`] and
//! `SessionToken::verify_record`. The rest of this module explains the `CredentialErrorReason`. The output contains no secrets. Tokens
//! are truncated. The user id is the only personal claim in the output.

mod explain;
mod finding;
mod header;
mod input;
mod jwt;
mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use better_auth_guard::CredentialKind;
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use crate::cli::verify::header::Header;
use crate::cli::verify::input::{Outcome, Unknown, Verification, VerificationInput};
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
        step("cause", "standard input contains no header");
        step("change", "pipe one header line to the command: Authorization: Bearer … or Cookie: …");
        println!(
            "{}",
            json!({ "accepted": null, "kind": null, "user_id": null, "session_token": null, "reason": "no_header" })
        );
        return Ok(ExitCode::from(UNKNOWN));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let db = Db::open(&config.database).map_err(|error| format!("cannot start the database threads: {error}"))?;
    let input = VerificationInput {
        config: &config,
        header: &header,
        now: arguments.now.unwrap_or_else(Utc::now),
        offline: arguments.offline,
        sessions: Sessions::new(&config.auth, &db),
        db,
    };
    let verification = runtime.block_on(input.verify());
    for (name, text) in explain::steps(&input, &verification) {
        step(name, &text);
    }
    println!("{}", json_result(&verification));
    Ok(ExitCode::from(match verification.outcome {
        Outcome::Accepted(_) => 0,
        Outcome::Rejected(_) | Outcome::Missing => 1,
        Outcome::Unknown(_) => UNKNOWN,
    }))
}

fn step(name: &str, text: &str) {
    println!("{name:<8}{text}");
}

/// Returns the result as JSON, for programs.
fn json_result(verification: &Verification) -> serde_json::Value {
    let (accepted, user, reason) = match &verification.outcome {
        Outcome::Accepted(user) => (Some(true), Some(user.as_str()), None),
        Outcome::Rejected(reason) => (Some(false), None, Some(reason.code())),
        Outcome::Missing => (Some(false), None, Some("no_credential")),
        Outcome::Unknown(Unknown::OfflineKeys | Unknown::OfflineSession) => (None, None, Some("offline")),
        Outcome::Unknown(Unknown::Keys(_)) => (None, None, Some("keys_unavailable")),
        Outcome::Unknown(Unknown::Sessions(_)) => (None, None, Some("sessions_unavailable")),
    };
    let kind = verification.kind.map(|kind| match kind {
        CredentialKind::SessionCookie if verification.is_cookie_cache => "session_data",
        kind => kind.as_str(),
    });
    let token = verification.token.as_ref().map(|token| finding::redact(token.expose()));
    json!({ "accepted": accepted, "kind": kind, "user_id": user, "session_token": token, "reason": reason })
}
