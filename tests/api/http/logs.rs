//! Log lines for requests and credential events, as JSON and text, without secrets.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Database, SECRET, cookie_header, eddsa, hs256, jwt};
use crate::support::{Service, production, task_api};

on_both!(
    json_lines_contain_request_and_credential_events,
    text_lines_contain_the_same_events,
    an_unavailable_key_is_logged_once_with_its_cause,
);

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

fn start(database: Database, settings: &[(&str, &str)]) -> (tempfile::TempDir, Service) {
    let (folder, url) = database.empty();
    let mut command = task_api(folder.path(), &production(&url));
    command.envs(settings.iter().copied());
    let service = Service::start(command);
    (folder, service)
}

/// Sends requests with valid, invalid and expired credentials, and one for the path of another user.
/// Stops the service and returns its log and all secrets.
fn log_of_requests(service: Service) -> (Vec<String>, Vec<String>) {
    let valid = jwt("alice");
    let invalid = hs256(&json!({ "sub": "mallory", "exp": 9_999_999_999_u64 }), "another secret");
    let expired = hs256(&json!({ "sub": "alice", "exp": 1_600_000_000 }), SECRET);
    let cookie = cookie_header("6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
    let get = |path: &str, id: &str| {
        let trace = format!("00-{TRACE_ID}-b7ad6b7169203331-01");
        service.request("GET", path).header("X-Request-Id", id).header("traceparent", &trace)
    };
    get("/api/alice/tasks", "first").bearer(&valid).send().expect(200);
    get("/api/alice/tasks", "second").bearer(&valid).send().expect(200);
    get("/api/bob/tasks", "denied").bearer(&valid).send().expect(403);
    get("/api/alice/tasks", "bad").bearer(&invalid).send().expect(401);
    get("/api/alice/tasks", "expired").bearer(&expired).send().expect(401);
    get("/api/alice/tasks", "cookie").header("Cookie", &cookie).send().expect(503);
    // a line break in a user id must not start a new log line
    let multi_line_user = json!({ "sub": "eve\nlevel=ERROR", "exp": 9_999_999_999_u64 });
    get("/api/tasks", "odd").bearer(&hs256(&multi_line_user, SECRET)).send().expect(200);
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0));
    let secrets = [valid, invalid, expired, cookie, SECRET.to_owned(), "6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX".to_owned()];
    (log, secrets.into())
}

#[track_caller]
fn assert_no_secrets(log: &[String], secrets: &[String]) {
    for secret in secrets {
        let signature = secret.rsplit('.').next().unwrap();
        for line in log {
            assert!(!line.contains(secret) && !line.contains(signature), "{line}");
        }
    }
}

fn json_lines_contain_request_and_credential_events(database: Database) {
    let (_folder, service) = start(database, &[("LOG_FORMAT", "json"), ("RUST_LOG", "debug")]);
    let (log, secrets) = log_of_requests(service);
    assert_no_secrets(&log, &secrets);
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("invalid JSON: {line}"))).collect();
    for line in &lines {
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert!(["level", "target", "message"].iter().all(|name| line[name].is_string()), "{line}");
    }
    let lines_of = |target: &str, id: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line["target"] == target && line["request_id"] == id).collect()
    };
    for (id, status) in [("first", 200), ("denied", 403), ("bad", 401), ("cookie", 503)] {
        let [line] = lines_of("task_api::request", id)[..] else { panic!("one line for each request: {log:?}") };
        assert_eq!((&line["status"], &line["trace_id"]), (&json!(status), &json!(TRACE_ID)), "{line}");
        assert!(line["ms"].is_number());
    }
    for (id, user) in [("first", "alice"), ("denied", "alice"), ("bad", "-"), ("odd", "eve\nlevel=ERROR")] {
        assert_eq!(lines_of("task_api::request", id)[0]["user"], user);
    }
    let assert_event = |target: &str, id: &str, expected: Value| {
        let [line] = lines_of(target, id)[..] else { panic!("one event of {id}: {log:?}") };
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name} in {line}");
        }
        assert_eq!((&line["client"], &line["trace_id"]), (&json!("127.0.0.1"), &json!(TRACE_ID)));
    };
    let accepted = json!({ "outcome": "accepted", "kind": "jwt", "user": "alice" });
    assert_event("task_api::accepted", "first", accepted);
    assert!(lines_of("task_api::accepted", "second").is_empty(), "only the first use is logged");
    let denied = json!({ "outcome": "denied", "kind": "jwt", "reason": "not_owner", "user": "alice" });
    assert_event("task_api::refused", "denied", denied);
    assert_event("task_api::refused", "bad", json!({ "outcome": "refused", "kind": "jwt", "reason": "bad_signature" }));
    assert_event("task_api::refused", "expired", json!({ "outcome": "refused", "reason": "expired" }));
}

fn text_lines_contain_the_same_events(database: Database) {
    let (_folder, service) = start(database, &[("LOG_FORMAT", "text")]);
    let (log, secrets) = log_of_requests(service);
    assert_no_secrets(&log, &secrets);
    let line = |target: &str, id: &str| {
        let id = format!(" request_id={id} ");
        log.iter().find(|line| line.contains(target) && line.contains(&id)).unwrap_or_else(|| panic!("{id}: {log:?}"))
    };
    assert!(line("task_api::accepted", "first").contains("outcome=accepted user=alice client=127.0.0.1"));
    assert!(line("task_api::refused", "denied").contains("reason=not_owner"));
    assert!(line("task_api::refused", "bad").contains("kind=jwt reason=bad_signature"));
    assert!(
        line("task_api::request", "first").replace("request_id=first ", "").contains(&format!("trace_id={TRACE_ID}"))
    );
    assert!(line("task_api::request", "odd").contains("user=\"eve\\nlevel=ERROR\""));
}

/// The only line with the cause has a rate-limited target. An unauthenticated client must not fill the disk.
fn an_unavailable_key_is_logged_once_with_its_cause(database: Database) {
    let keys = ("JWKS_FILE", "/nonexistent/jwks.json");
    let (_folder, service) = start(database, &[("LOG_FORMAT", "json"), ("RUST_LOG", "debug"), keys]);
    let token = eddsa("mine", &json!({ "sub": "mallory", "exp": 9_999_999_999_u64 }));
    service.request("GET", "/api/tasks").header("X-Request-Id", "unknown").bearer(&token).send().expect(503);
    let (log, _) = service.stop("-TERM");
    assert_no_secrets(&log, &[token]);
    let lines = log.iter().map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<Value> = lines.filter(|line: &Value| line["request_id"] == "unknown").collect();
    let lines_of = |target: &str| lines.iter().filter(|line| line["target"] == target).collect::<Vec<_>>();
    let [line] = lines_of("task_api::refused")[..] else { panic!("one event: {log:?}") };
    for (name, value) in
        [("outcome", "undecided"), ("reason", "unknown_key"), ("kind", "jwt"), ("user", "-"), ("level", "WARN")]
    {
        assert_eq!(line[name], value, "{line}");
    }
    assert!(line["message"].as_str().unwrap().contains("/nonexistent/jwks.json"), "{line}");
    let [request] = lines_of("task_api::request")[..] else { panic!("one request: {log:?}") };
    assert_eq!((lines.len(), &request["status"]), (2, &json!(503)), "no other line: {lines:?}");
}
