//! Tests the log of the binary: one line for each record, and no false errors.

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::jwks::key_url::signer::Signer;
use crate::support::{Service, jwt, production, task_api};

/// A text error of SQLite or libpq may have several lines, and so may a value from a client.
#[test]
fn a_record_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let unreachable =
        [&production("sqlite:a.db")[..], &[("REDIS_URL", "redis://127.0.0.1:0"), ("SESSION_SOURCE", "redis")]];
    let service = Service::start(task_api(folder.path(), &unreachable.concat()));
    service.request("GET", "/api/tasks").bearer(&jwt("eve\n[2026-11-30T00:00:00Z ERROR forged]\u{1b}[2J")).send();
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
    for line in &log {
        assert!(line.starts_with("[20") && !line.contains("\u{1b}"), "not a record: {line:?}");
    }
    assert!(log.iter().any(|line| line.contains("eve\\n[2026")), "{log:?}");
}

/// A full disk ends a command that prints by a panic.
#[test]
fn a_panic_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (backtrace, part) in [("0", "failed printing to stdout"), ("1", "\\n   0: ")] {
        let mut command = task_api(folder.path(), &[("RUST_BACKTRACE", backtrace)]);
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.args(["migrate", "status"]).stdout(full).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.lines().all(|line| line.starts_with("[20")), "{log}");
        assert!(log.contains("ERROR task_api::panic") && log.contains(part), "{log}");
    }
}

#[test]
fn a_drained_stop_logs_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [&production("sqlite:a.db")[..], &[("SHUTDOWN_DELAY", "1s")]].concat();
    for _ in 0..3 {
        let service = Service::start(task_api(folder.path(), &settings));
        let (log, code) = service.stop("-TERM");
        assert_eq!(code, Some(0), "{log:?}");
        assert!(!log.iter().any(|line| line.contains("ERROR")), "{log:?}");
        assert!(log.last().unwrap().contains("stopped"), "{log:?}");
    }
}

#[test]
fn the_url_of_the_public_keys_is_named_without_its_query() {
    let folder = tempfile::tempdir().unwrap();
    let server = KeyServer::start(Reply::keys(&[Signer::new("ed").jwk()]));
    let url = server.url();
    let settings = [("JWKS_URL", &*format!("{url}?key=hunter2")), ("JWT_AUDIENCE", "any"), ("JWT_ISSUER", "any")];
    let service = Service::start(task_api(folder.path(), &settings));
    let line = service.wait_for_line("public keys");
    assert!(line.ends_with(&format!("public keys loaded: source=url url={url}")), "{line}");
}
