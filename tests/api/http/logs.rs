//! What is in the log: a line for each request and each event of a credential, for machines too, and nothing secret.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Database, SECRET, cookie_header, eddsa, hs256, jwt};
use crate::support::{Service, production, task_api};

on_both!(
    lines_are_json_and_tell_who_did_what,
    text_has_the_same_in_it,
    a_key_that_cannot_be_looked_up_is_logged_within_the_limit,
);

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn start(database: Database, settings: &[(&str, &str)]) -> (tempfile::TempDir, Service) {
    let (folder, url) = database.fresh();
    let mut command = task_api(folder.path(), &production(&url));
    command.envs(settings.iter().copied());
    let service = Service::start(command);
    (folder, service)
}

/// Has a good credential used twice, one on somebody else's path, a bad one and an expired one; gives the log.
fn after_some_requests(service: Service) -> (Vec<String>, Vec<String>) {
    let good = jwt("alice");
    let bad = hs256(&json!({ "sub": "mallory", "exp": 9_999_999_999_u64 }), "another secret");
    let expired = hs256(&json!({ "sub": "alice", "exp": 1_600_000_000 }), SECRET);
    let cookie = cookie_header("6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX");
    let get = |path: &str, id: &str| {
        let trace = format!("00-{TRACE}-b7ad6b7169203331-01");
        service.request("GET", path).header("X-Request-Id", id).header("traceparent", &trace)
    };
    get("/api/alice/tasks", "first").bearer(&good).send().expect(200);
    get("/api/alice/tasks", "second").bearer(&good).send().expect(200);
    get("/api/bob/tasks", "denied").bearer(&good).send().expect(403);
    get("/api/alice/tasks", "bad").bearer(&bad).send().expect(401);
    get("/api/alice/tasks", "expired").bearer(&expired).send().expect(401);
    get("/api/alice/tasks", "cookie").header("Cookie", &cookie).send().expect(503);
    // nobody's line is anybody else's
    let odd = json!({ "sub": "eve\nlevel=ERROR", "exp": 9_999_999_999_u64 });
    get("/api/tasks", "odd").bearer(&hs256(&odd, SECRET)).send().expect(200);
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0));
    let secrets = [good, bad, expired, cookie, SECRET.to_owned(), "6DLBcOCD6gxRQrKGHPZzShSNpXNyBPHX".to_owned()];
    (log, secrets.into())
}

#[track_caller]
fn assert_nothing_secret(log: &[String], secrets: &[String]) {
    for secret in secrets {
        let signature = secret.rsplit('.').next().unwrap();
        for line in log {
            assert!(!line.contains(secret) && !line.contains(signature), "{line}");
        }
    }
}

fn lines_are_json_and_tell_who_did_what(database: Database) {
    let (_folder, service) = start(database, &[("LOG_FORMAT", "json"), ("RUST_LOG", "debug")]);
    let (log, secrets) = after_some_requests(service);
    assert_nothing_secret(&log, &secrets);
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    for line in &lines {
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert!(["level", "target", "message"].iter().all(|name| line[name].is_string()), "{line}");
    }
    let of = |target: &str, id: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line["target"] == target && line["request_id"] == id).collect()
    };
    for (id, status) in [("first", 200), ("denied", 403), ("bad", 401), ("cookie", 503)] {
        let [line] = of("task_api::request", id)[..] else { panic!("one line for each request: {log:?}") };
        assert_eq!((&line["status"], &line["trace_id"]), (&json!(status), &json!(TRACE)), "{line}");
        assert!(line["ms"].is_number());
    }
    for (id, user) in [("first", "alice"), ("denied", "alice"), ("bad", "-"), ("odd", "eve\nlevel=ERROR")] {
        assert_eq!(of("task_api::request", id)[0]["user"], user);
    }
    let event = |target: &str, id: &str, expected: Value| {
        let [line] = of(target, id)[..] else { panic!("one event of {id}: {log:?}") };
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{name} in {line}");
        }
        assert_eq!((&line["client"], &line["trace_id"]), (&json!("127.0.0.1"), &json!(TRACE)));
    };
    let accepted = json!({ "outcome": "accepted", "kind": "jwt", "user": "alice" });
    event("task_api::accepted", "first", accepted);
    assert!(of("task_api::accepted", "second").is_empty(), "only the first use is told");
    let denied = json!({ "outcome": "denied", "kind": "jwt", "reason": "not_owner", "user": "alice" });
    event("task_api::refused", "denied", denied);
    event("task_api::refused", "bad", json!({ "outcome": "refused", "kind": "jwt", "reason": "bad_signature" }));
    event("task_api::refused", "expired", json!({ "outcome": "refused", "reason": "expired" }));
}

fn text_has_the_same_in_it(database: Database) {
    let (_folder, service) = start(database, &[("LOG_FORMAT", "text")]);
    let (log, secrets) = after_some_requests(service);
    assert_nothing_secret(&log, &secrets);
    let line = |target: &str, id: &str| {
        let id = format!(" request_id={id} ");
        log.iter().find(|line| line.contains(target) && line.contains(&id)).unwrap_or_else(|| panic!("{id}: {log:?}"))
    };
    assert!(line("task_api::accepted", "first").contains("outcome=accepted user=alice client=127.0.0.1"));
    assert!(line("task_api::refused", "denied").contains("reason=not_owner"));
    assert!(line("task_api::refused", "bad").contains("kind=jwt reason=bad_signature"));
    assert!(line("task_api::request", "first").replace("request_id=first ", "").contains(&format!("trace_id={TRACE}")));
    assert!(line("task_api::request", "odd").contains("user=\"eve\\nlevel=ERROR\""));
}

/// The one line with the cause is of the target whose lines are limited: a stranger must not fill the disk.
fn a_key_that_cannot_be_looked_up_is_logged_within_the_limit(database: Database) {
    let keys = ("JWKS_FILE", "/nonexistent/jwks.json");
    let (_folder, service) = start(database, &[("LOG_FORMAT", "json"), ("RUST_LOG", "debug"), keys]);
    let token = eddsa("mine", &json!({ "sub": "mallory", "exp": 9_999_999_999_u64 }));
    service.request("GET", "/api/tasks").header("X-Request-Id", "unknown").bearer(&token).send().expect(503);
    let (log, _) = service.stop("-TERM");
    assert_nothing_secret(&log, &[token]);
    let lines = log.iter().map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<Value> = lines.filter(|line: &Value| line["request_id"] == "unknown").collect();
    let by = |target: &str| lines.iter().filter(|line| line["target"] == target).collect::<Vec<_>>();
    let [line] = by("task_api::refused")[..] else { panic!("one event: {log:?}") };
    for (name, value) in
        [("outcome", "undecided"), ("reason", "unknown_key"), ("kind", "jwt"), ("user", "-"), ("level", "WARN")]
    {
        assert_eq!(line[name], value, "{line}");
    }
    assert!(line["message"].as_str().unwrap().contains("/nonexistent/jwks.json"), "{line}");
    let [request] = by("task_api::request")[..] else { panic!("one request: {log:?}") };
    assert_eq!((lines.len(), &request["status"]), (2, &json!(503)), "and no other line: {lines:?}");
}
