//! `task-api verify`: what the guard says of one header, and why.
//!
//! The verdict is the guard's: `Verifier::judge`, [`Sessions::find`],
//! `SessionToken::judge`. All else here explains it, by the `CredentialErrorReason` that it
//! gives. Printed are no secret, of tokens only the beginning, and of claims none that says more about a person than who it is.

mod explain;
mod finding;
mod header;
mod input;
mod jwt;
mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use crate::auth::CredentialKind;
use crate::cli::verify::header::Header;
use crate::cli::verify::input::{Outcome, Unknown, Verification, VerificationInput};
use crate::config::{Config, KeySource};
use crate::db::Db;
use crate::sessions::Sessions;

/// The exit code where nothing can be said; 1 is a refusal.
pub(crate) const UNKNOWN: u8 = 2;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The moment to judge at: RFC 3339, or Unix milliseconds. Now, if not set
    #[arg(long, value_name = "TIME", value_parser = moment)]
    now: Option<DateTime<Utc>>,
    /// A file with a key set (JWKS), in place of the configured source
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Ask neither the database nor the network: where a session or a key is needed from there, the exit code is 2
    #[arg(long)]
    offline: bool,
}

fn moment(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let millis = text.parse().ok().and_then(DateTime::from_timestamp_millis);
    let moment = millis.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc()));
    moment.ok_or("must be RFC 3339 (2026-11-21T12:00:00Z) or Unix milliseconds")
}

pub(crate) fn run(mut config: Config, arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(file) = &arguments.jwks {
        config.auth.keys = KeySource::File(file.clone());
    }
    let header = Header::read(std::io::stdin().lock()).map_err(|error| format!("standard input: {error}"))?;
    let Some(header) = header else {
        step("cause", "there is no header on standard input");
        step("change", "pipe one line into it: Authorization: Bearer …, or Cookie: …");
        println!(
            "{}",
            json!({ "accepted": null, "kind": null, "user_id": null, "session_token": null, "reason": "no_header" })
        );
        return Ok(ExitCode::from(UNKNOWN));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let db = Db::open(&config.database).map_err(|error| format!("no threads for the database: {error}"))?;
    let case = VerificationInput {
        config: &config,
        header: &header,
        now: arguments.now.unwrap_or_else(Utc::now),
        offline: arguments.offline,
        sessions: Sessions::new(&config.auth, &db),
        db,
    };
    let verdict = runtime.block_on(case.judge());
    for (name, text) in explain::steps(&case, &verdict) {
        step(name, &text);
    }
    println!("{}", last_line(&verdict));
    Ok(ExitCode::from(match verdict.outcome {
        Outcome::Accepted(_) => 0,
        Outcome::Refused(_) | Outcome::Absent => 1,
        Outcome::Unknown(_) => UNKNOWN,
    }))
}

fn step(name: &str, text: &str) {
    println!("{name:<8}{text}");
}

/// The verdict for programs.
fn last_line(verdict: &Verification) -> serde_json::Value {
    let (accepted, user, reason) = match &verdict.outcome {
        Outcome::Accepted(user) => (Some(true), Some(user.as_str()), None),
        Outcome::Refused(reason) => (Some(false), None, Some(reason.code())),
        Outcome::Absent => (Some(false), None, Some("no_credential")),
        Outcome::Unknown(Unknown::OfflineKeys | Unknown::OfflineSession) => (None, None, Some("offline")),
        Outcome::Unknown(Unknown::Keys(_)) => (None, None, Some("keys_unavailable")),
        Outcome::Unknown(Unknown::Sessions(_)) => (None, None, Some("sessions_unavailable")),
    };
    let kind = verdict.kind.map(|kind| match kind {
        CredentialKind::SessionCookie if verdict.is_of_copy => "session_data",
        kind => kind.as_str(),
    });
    let token = verdict.token.as_ref().map(|token| finding::redact(token.expose()));
    json!({ "accepted": accepted, "kind": kind, "user_id": user, "session_token": token, "reason": reason })
}
