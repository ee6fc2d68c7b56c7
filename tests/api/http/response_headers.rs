//! What every answer carries, and what becomes of clients that take too much room.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::on_both;
use crate::outages::unavailable::away;
use crate::support::{Answer, App, BETTER_AUTH_URL, Database, jwt};

on_both!(
    every_answer_tells_browsers_what_not_to_do,
    strict_transport_is_for_https,
    times_are_told_when_asked_for,
    connections_beyond_the_bound_wait,
    #[cfg_attr(not(target_os = "linux"), ignore = "TCP_USER_TIMEOUT is an option of Linux")]
    a_client_that_reads_nothing_is_cut,
    endless_heads_are_refused,
);

const SECURE: [(&str, &str); 5] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-site"),
];

fn every_answer_tells_browsers_what_not_to_do(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms")]);
    let task = app.create("alice", &json!({ "title": "x" }));
    let item = format!("/api/tasks/{}", task["id"]);
    let etag = app.by("alice", "GET", &item).send().header("etag").unwrap().to_owned();
    let answers = [
        (200, app.by("alice", "GET", "/api/tasks").send()),
        (200, app.by("alice", "HEAD", &item).send()),
        (200, app.request("GET", "/livez").send()),
        (201, app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "y" })).send()),
        (304, app.by("alice", "GET", &item).header("If-None-Match", &etag).send()),
        (400, app.by("alice", "POST", "/api/tasks").text("{").send()),
        (401, app.request("GET", "/api/tasks").send()),
        (403, app.by("bob", "GET", "/api/alice/tasks").send()),
        (404, app.request("GET", "/nothing").send()),
        (405, app.by("alice", "DELETE", "/api/tasks").send()),
        (408, app.by("alice", "POST", "/api/tasks").header("Content-Length", "9").send()),
        (413, app.by("alice", "POST", "/api/tasks").header("Content-Length", "65537").send()),
        (503, away(database).by("alice", "GET", "/api/tasks").send()),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status);
        for (name, value) in SECURE {
            assert_eq!(answer.header(name), Some(value), "{status} {name}");
        }
        let cached = answer.header("cache-control").expect("every answer says whether it may be kept");
        let expected = if status < 400 { ["private, no-cache", "no-store"] } else { ["no-store"; 2] };
        assert!(expected.contains(&cached), "{status}: {cached}");
        assert_eq!(answer.header("strict-transport-security"), None, "{status}");
        assert_eq!(answer.header("server-timing"), None, "{status}");
    }
}

fn strict_transport_is_for_https(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", "https://app.example.com")]);
    for (status, path) in [(200, "/livez"), (401, "/api/tasks"), (404, "/nothing")] {
        let answer = app.request("GET", path).send();
        answer.expect(status);
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    }
}

fn times_are_told_when_asked_for(database: Database) {
    let app = App::start_with(database, &[("SERVER_TIMING", "on")]);
    let asked = |origin: &str| app.by("alice", "GET", "/api/tasks").header("Origin", origin).send();
    let answer = asked(BETTER_AUTH_URL);
    answer.expect(200);
    assert_eq!(answer.header("timing-allow-origin"), Some(BETTER_AUTH_URL));
    let times = answer.header("server-timing").expect("it was asked for");
    let times: Vec<(&str, f64)> = times
        .split(", ")
        .map(|time| time.split_once(";dur=").map(|(name, millis)| (name, millis.parse().unwrap())).unwrap())
        .collect();
    let [("auth", auth), ("db", db), ("total", total)] = times[..] else { panic!("{times:?}") };
    assert!(auth >= 0.0 && db > 0.0 && total >= db, "{times:?}");
    let foreign = asked("http://evil.example");
    assert_eq!(foreign.header("timing-allow-origin"), None);
}

fn connect(app: &App) -> TcpStream {
    let stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
}

fn connections_beyond_the_bound_wait(database: Database) {
    let app = App::start_with(database, &[("MAX_CONNECTIONS", "2"), ("WORKERS", "1")]);
    let mut served = [connect(&app), connect(&app)];
    for stream in &mut served {
        ask(stream);
        Answer::read(stream).expect(200);
    }
    let mut waiting = connect(&app);
    ask(&mut waiting);
    for stream in &mut served {
        ask(stream);
        Answer::read(stream).expect(200);
    }
    waiting.set_nonblocking(true).unwrap();
    assert_eq!(waiting.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "there is no room yet");
    waiting.set_nonblocking(false).unwrap();
    drop(served);
    Answer::read(&mut waiting).expect(200);
}

/// With room for one connection, the next client is served when the one that does not read is gone.
fn a_client_that_reads_nothing_is_cut(database: Database) {
    let app = App::start_with(database, &[("MAX_CONNECTIONS", "1"), ("WORKERS", "1"), ("SEND_TIMEOUT", "500ms")]);
    let tasks: Vec<_> =
        (0..100).map(|_| json!({ "op": "create", "title": "x", "description": "y".repeat(1000).as_str() })).collect();
    for _ in 0..5 {
        let tasks: Vec<_> = tasks.iter().take(50).collect();
        app.by("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": tasks })).send().expect(200);
    }
    let mut idle = connect(&app);
    let request = format!("GET /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", jwt("alice"));
    // far more than the buffers between the two can hold
    idle.write_all(request.repeat(100).as_bytes()).unwrap();
    app.request("GET", "/livez").send().expect(200);
    drop(idle);
}

fn endless_heads_are_refused(database: Database) {
    let app = App::start(database);
    let many: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    let heads = [
        format!("GET /livez HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
        format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "y".repeat(200_000)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(200_000)),
    ];
    for head in heads {
        let mut stream = connect(&app);
        // it may answer and close before it has read all
        let _ = stream.write_all(head.as_bytes());
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    app.request("GET", "/livez").send().expect(200);
}
