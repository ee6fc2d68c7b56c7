//! Tests the binary: rejected settings, start, log lines and shutdown.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::on_both;
use crate::support::{Database, SECRET, Service, jwt, production, task_api};

on_both!(four_services_start_at_once, sigterm_shuts_down_gracefully);

/// Runs the binary, asserts exit code 1 and returns its standard error.
pub fn stderr_of_failure(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = task_api(folder, variables).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", output_text(&output));
    String::from_utf8(output.stderr).unwrap()
}

/// Returns standard output and standard error as one text.
pub fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn development_mode_accepts_loopback_and_sqlite_only() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = stderr_of_failure(folder.path(), &[("HOST", "0.0.0.0")], &["serve"]);
    assert!(stderr.contains("BETTER_AUTH_SECRET must be set to listen on 0.0.0.0"), "{stderr}");
    let stderr = stderr_of_failure(folder.path(), &[("DATABASE_URL", "postgres://me:pa55@h/d")], &[]);
    assert!(
        stderr.contains("BETTER_AUTH_SECRET must be set to use PostgreSQL") && !stderr.contains("pa55"),
        "{stderr}"
    );
    assert!(!folder.path().join("data").exists(), "no file is created");
}

#[test]
fn weak_secrets_are_rejected_outside_loopback_and_warned_about_on_it() {
    let folder = tempfile::tempdir().unwrap();
    for weak in ["better-auth-secret-12345678901234567890", "better-auth-secret-123456789", "tiny-and-weak"] {
        let variables = [("BETTER_AUTH_SECRET", weak), ("HOST", "0.0.0.0"), ("JWT_SECRET", "hunter2")];
        let rejected = stderr_of_failure(folder.path(), &variables, &["serve"]);
        assert!(
            rejected.contains("BETTER_AUTH_SECRET is ") && rejected.contains("JWT_SECRET is shorter"),
            "{rejected}"
        );
        assert!(!rejected.contains(weak) && !rejected.contains("hunter2"), "{rejected}");
        let output =
            task_api(folder.path(), &[("BETTER_AUTH_SECRET", weak)]).args(["migrate", "run"]).output().unwrap();
        assert!(output.status.success() && output_text(&output).contains("WARN"), "{}", output_text(&output));
    }
}

#[test]
fn all_invalid_settings_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let invalid_settings = [
        ("DATABASE_URL", "postgres-db"),
        ("HOST", "no such host"),
        ("PORT", "70000"),
        ("BETTER_AUTH_URL", "localhost:3000"),
        ("BETTER_AUTH_SECRETS", "2hunter2hunter2"),
        ("TRUSTED_ORIGINS", "https://good.example,*"),
        ("COOKIE_SECURE", "maybe"),
        ("BEARER_UNSIGNED", "yes"),
        ("JWT_ALGORITHMS", "HS256,none"),
        ("JWKS_URL", "ftp://x"),
        ("JWKS_ALLOW_HTTP", "maybe"),
        ("SESSION_CACHE", "maybe"),
        ("SESSION_SOURCE", "memory"),
        ("SESSION_TABLE", "a.b.c"),
        ("USER_TABLE", "auth."),
        ("JWKS_TABLE", "."),
        ("BETTER_AUTH_COLUMNS", "token=session_token"),
        ("SESSION_TIMEZONE", "Vienna"),
        ("SESSION_ALLOW_HTTP", "maybe"),
        ("LIST_SHAPE", "list"),
        ("TASK_SHAPE", "envelope"),
        ("CAMEL_CASE", "yes"),
        ("DOCS", "yes"),
        ("MAX_LIST", "0"),
        ("POOL_SIZE", "-1"),
        ("POOL_WAIT", "soon"),
        ("SQLITE_SYNCHRONOUS", "off"),
        ("BODY_LIMIT", "1"),
        ("REQUIRE_ROW_SECURITY", "maybe"),
        ("RATE_LIMIT", "fast"),
        ("REFUSAL_LIMIT", "0/s"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example"),
        ("MAX_CONNECTIONS", "0"),
        ("METRICS_ADDR", "9100"),
        ("METRICS_TOKEN", "hunter2"),
        ("LOG_FORMAT", "xml"),
        ("SERVER_TIMING", "true"),
        ("SEND_TIMEOUT", "0"),
        ("PREPARED_STATEMENTS", "maybe"),
        ("SET_USER_BY", "maybe"),
        ("TASK_QUOTA", "0"),
        ("TOMBSTONE_DAYS", "0"),
        ("STREAMS_PER_USER", "0"),
    ];
    let stderr = stderr_of_failure(folder.path(), &invalid_settings, &["serve"]);
    for (name, _) in invalid_settings {
        assert!(
            stderr.lines().any(|line| line.starts_with(&format!("task-api: {name} "))),
            "{name} is missing: {stderr}"
        );
    }
    assert!(!stderr.contains("hunter2"), "a secret was printed: {stderr}");
    assert!(!folder.path().join("postgres-db").exists());
}

#[test]
fn the_environment_file_is_read_and_a_missing_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "MAX_LIST=none\nHOST=127.0.0.1\n").unwrap();
    assert!(stderr_of_failure(folder.path(), &[], &["migrate", "status"]).contains("MAX_LIST must be"));
    let output = task_api(folder.path(), &[("MAX_LIST", "5")]).args(["migrate", "status"]).output().unwrap();
    assert!(output.status.success(), "the process environment takes precedence: {}", output_text(&output));
    assert!(stderr_of_failure(folder.path(), &[("ENV_FILE", "other.env")], &[]).contains("ENV_FILE names other.env"));
    let without = task_api(folder.path(), &[("ENV_FILE", "/dev/null")]).args(["migrate", "status"]).output().unwrap();
    assert!(without.status.success(), "no file is read: {}", output_text(&without));
    std::fs::write(folder.path().join(".env"), "BETTER_AUTH_SECRET='hunter2\n").unwrap();
    let stderr = stderr_of_failure(folder.path(), &[], &[]);
    assert!(stderr.contains(".env") && !stderr.contains("hunter2"), "{stderr}");
}

/// A `.env` of a parent folder is that of another project.
#[test]
fn only_the_environment_file_of_the_working_folder_is_read() {
    let parent = tempfile::tempdir().unwrap();
    std::fs::write(parent.path().join(".env"), "MAX_LIST=none\n").unwrap();
    let folder = parent.path().join("child");
    std::fs::create_dir(&folder).unwrap();
    let run = |variables: &[(&str, &str)]| task_api(&folder, variables).args(["migrate", "status"]).output().unwrap();
    let output = run(&[]);
    assert!(output.status.success() && !output_text(&output).contains(".env"), "{}", output_text(&output));
    std::fs::write(folder.join(".env"), "MAX_LIST=5\n").unwrap();
    let output = run(&[]);
    assert!(output_text(&output).contains("environment file: file=.env"), "{}", output_text(&output));
    let output = run(&[("ENV_FILE", "../.env")]);
    assert!(output_text(&output).contains("MAX_LIST must be"), "{}", output_text(&output));
    let report = task_api(&folder, &[]).arg("doctor").output().unwrap();
    assert!(output_text(&report).contains("read from the environment and .env"), "{}", output_text(&report));
}

#[test]
fn a_database_that_cannot_be_opened_is_reported_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = stderr_of_failure(folder.path(), &production("postgres://me:pa55@127.0.0.1:9/d"), &["serve"]);
    assert!(stderr.contains("postgres://127.0.0.1:9/d cannot be opened") && !stderr.contains("pa55"), "{stderr}");
    let stderr = stderr_of_failure(folder.path(), &production("sqlite:missing/folder/a.db"), &["serve"]);
    assert!(stderr.contains("missing/folder is not a folder"), "{stderr}");
    assert!(stderr_of_failure(folder.path(), &[("PORT", "9")], &["healthcheck"]).contains("no response"));
}

/// Returns the applied migration of a log line.
fn applied(line: &str) -> Option<&str> {
    line.split("applied migration ").nth(1)
}

fn four_services_start_at_once(database: Database) {
    let (folder, url) = database.empty();
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let command = task_api(folder.path(), &production(&url));
            std::thread::spawn(move || Service::start(command))
        })
        .collect();
    let services: Vec<Service> = starting.into_iter().map(|service| service.join().unwrap()).collect();
    let mut applied: Vec<&str> =
        services.iter().flat_map(|service| &service.startup_log).filter_map(|line| applied(line)).collect();
    applied.sort_unstable();
    let folder = format!("{}/migrations/sqlite", env!("CARGO_MANIFEST_DIR"));
    let mut migrations: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    migrations.sort_unstable();
    assert_eq!(applied, migrations, "one of the services applies each migration");
    for (number, service) in services.iter().enumerate() {
        service
            .request("POST", "/api/tasks")
            .bearer(&jwt("alice"))
            .json(&json!({ "title": format!("t{number}") }))
            .send()
            .expect(201);
    }
    for service in services {
        let list = service.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), 4);
        assert_eq!(service.stop("-TERM").1, Some(0));
    }
}

fn sigterm_shuts_down_gracefully(database: Database) {
    let (folder, url) = database.empty();
    let service = Service::start(task_api(folder.path(), &production(&url)));
    let port = service.address.port().to_string();
    let health = [("PORT", port.as_str())];
    let health = task_api(folder.path(), &production(&url)).envs(health).arg("healthcheck").output().unwrap();
    assert!(health.status.success(), "{}", output_text(&health));
    service.request("POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": "kept" })).send().expect(201);
    service.request("GET", "/api/alice/tasks").bearer("nonsense").send().expect(401);
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
    let line =
        |part: &str| log.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part} in {log:?}"));
    let request = line("method=POST");
    for pair in ["path=/api/{user_id}/tasks ", "status=201", "user=alice", "credential=jwt", "ms=", "request_id="] {
        assert!(request.contains(pair), "{pair} is missing: {request}");
    }
    let rejected = line("a credential was rejected");
    assert!(
        rejected.contains("kind=bearer_session reason=malformed request_id=") && !rejected.contains("nonsense"),
        "{rejected}"
    );
    assert_eq!(log.iter().filter(|line| line.contains(SECRET)).count(), 0);
    if database == Database::Sqlite {
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, ["test.db"], "the write-ahead log is merged into the file");
    }
}

/// Tests the shutdown as a load balancer sees it.
///
/// First `/readyz` fails, then the service accepts no new connections. A kept connection gets its response before it is closed.
#[test]
fn the_shutdown_delay_lets_load_balancers_drain() {
    let (folder, url) = Database::Sqlite.empty();
    let service =
        Service::start(task_api(folder.path(), &[&production(&url)[..], &[("SHUTDOWN_DELAY", "6s")]].concat()));
    let mut connection = BufReader::new(TcpStream::connect(&service.address).unwrap());
    let mut send_on_connection = || {
        connection.get_mut().write_all(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let mut line = String::new();
        let mut head = Vec::new();
        while connection.read_line(&mut line).unwrap() > 2 {
            head.push(std::mem::take(&mut line).trim_end().to_lowercase());
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        connection.read_exact(&mut vec![0; length]).unwrap();
        head
    };
    assert!(!send_on_connection().contains(&"connection: close".to_owned()));
    service.signal("-TERM");
    wait_until(|| service.request("GET", "/readyz").send().status == 503);
    service.request("POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": "late" })).send().expect(201);
    wait_until(|| TcpStream::connect(&service.address).is_err());
    let last = send_on_connection();
    assert!(last[0].ends_with(" 200 ok") && last.contains(&"connection: close".to_owned()), "{last:?}");
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
}

/// Waits for a condition, at most 20 seconds.
pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "timeout waiting for the condition");
        std::thread::sleep(Duration::from_millis(20));
    }
}
