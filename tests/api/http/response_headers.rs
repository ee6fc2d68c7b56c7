//! Headers of every response, and limits of connections and request heads.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::on_both;
use crate::outages::unavailable::start_unreachable;
use crate::support::{App, BETTER_AUTH_URL, Database, Response, jwt};

on_both!(
    every_response_has_security_headers,
    strict_transport_security_is_sent_for_https,
    server_timing_is_sent_when_enabled,
    connections_over_the_limit_wait,
    #[cfg_attr(not(target_os = "linux"), ignore = "TCP_USER_TIMEOUT is an option of Linux")]
    a_client_that_does_not_read_is_disconnected,
    oversized_request_heads_are_rejected,
);

const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-site"),
];

fn every_response_has_security_headers(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms")]);
    let task = app.create("alice", &json!({ "title": "x" }));
    let item = format!("/api/tasks/{}", task["id"]);
    let etag = app.request_as("alice", "GET", &item).send().header("etag").unwrap().to_owned();
    let responses = [
        (200, app.request_as("alice", "GET", "/api/tasks").send()),
        (200, app.request_as("alice", "HEAD", &item).send()),
        (200, app.request("GET", "/livez").send()),
        (201, app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "y" })).send()),
        (304, app.request_as("alice", "GET", &item).header("If-None-Match", &etag).send()),
        (400, app.request_as("alice", "POST", "/api/tasks").text("{").send()),
        (401, app.request("GET", "/api/tasks").send()),
        (403, app.request_as("bob", "GET", "/api/alice/tasks").send()),
        (404, app.request("GET", "/nothing").send()),
        (405, app.request_as("alice", "DELETE", "/api/tasks").send()),
        (408, app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "9").send()),
        (413, app.request_as("alice", "POST", "/api/tasks").header("Content-Length", "65537").send()),
        (503, start_unreachable(database).request_as("alice", "GET", "/api/tasks").send()),
    ];
    for (status, response) in responses {
        assert_eq!(response.status, status);
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(response.header(name), Some(value), "{status} {name}");
        }
        let cache_control = response.header("cache-control").expect("every response has Cache-Control");
        let expected = if status < 400 { ["private, no-cache", "no-store"] } else { ["no-store"; 2] };
        assert!(expected.contains(&cache_control), "{status}: {cache_control}");
        assert_eq!(response.header("strict-transport-security"), None, "{status}");
        assert_eq!(response.header("server-timing"), None, "{status}");
    }
}

fn strict_transport_security_is_sent_for_https(database: Database) {
    let app = App::start_with(database, &[("BETTER_AUTH_URL", "https://app.example.com")]);
    for (status, path) in [(200, "/livez"), (401, "/api/tasks"), (404, "/nothing")] {
        let response = app.request("GET", path).send();
        response.expect(status);
        assert_eq!(response.header("strict-transport-security"), Some("max-age=31536000"));
    }
}

fn server_timing_is_sent_when_enabled(database: Database) {
    let app = App::start_with(database, &[("SERVER_TIMING", "on")]);
    let list_from = |origin: &str| app.request_as("alice", "GET", "/api/tasks").header("Origin", origin).send();
    let response = list_from(BETTER_AUTH_URL);
    response.expect(200);
    assert_eq!(response.header("timing-allow-origin"), Some(BETTER_AUTH_URL));
    let times = response.header("server-timing").expect("Server-Timing is enabled");
    let times: Vec<(&str, f64)> = times
        .split(", ")
        .map(|time| time.split_once(";dur=").map(|(name, millis)| (name, millis.parse().unwrap())).unwrap())
        .collect();
    let [("auth", auth), ("db", db), ("total", total)] = times[..] else { panic!("{times:?}") };
    assert!(auth >= 0.0 && db > 0.0 && total >= db, "{times:?}");
    let untrusted = list_from("http://evil.example");
    assert_eq!(untrusted.header("timing-allow-origin"), None);
}

fn connect(app: &App) -> TcpStream {
    let stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn send_probe(stream: &mut TcpStream) {
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
}

fn connections_over_the_limit_wait(database: Database) {
    let app = App::start_with(database, &[("MAX_CONNECTIONS", "2"), ("WORKERS", "1")]);
    let mut served = [connect(&app), connect(&app)];
    for stream in &mut served {
        send_probe(stream);
        Response::read(stream).expect(200);
    }
    let mut waiting = connect(&app);
    send_probe(&mut waiting);
    for stream in &mut served {
        send_probe(stream);
        Response::read(stream).expect(200);
    }
    waiting.set_nonblocking(true).unwrap();
    assert_eq!(
        waiting.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock,
        "the connection limit is still reached"
    );
    waiting.set_nonblocking(false).unwrap();
    drop(served);
    Response::read(&mut waiting).expect(200);
}

/// With a limit of one connection, the next client is served after the unread connection was closed.
fn a_client_that_does_not_read_is_disconnected(database: Database) {
    let app = App::start_with(database, &[("MAX_CONNECTIONS", "1"), ("WORKERS", "1"), ("SEND_TIMEOUT", "500ms")]);
    let tasks: Vec<_> =
        (0..100).map(|_| json!({ "op": "create", "title": "x", "description": "y".repeat(1000).as_str() })).collect();
    for _ in 0..5 {
        let tasks: Vec<_> = tasks.iter().take(50).collect();
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": tasks })).send().expect(200);
    }
    let mut unread = connect(&app);
    let request = format!("GET /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", jwt("alice"));
    // far more than the socket buffers can hold
    unread.write_all(request.repeat(100).as_bytes()).unwrap();
    app.request("GET", "/livez").send().expect(200);
    drop(unread);
}

fn oversized_request_heads_are_rejected(database: Database) {
    let app = App::start(database);
    let many_headers: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    let heads = [
        format!("GET /livez HTTP/1.1\r\nHost: x\r\n{many_headers}\r\n"),
        format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "y".repeat(200_000)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(200_000)),
    ];
    for head in heads {
        let mut stream = connect(&app);
        // the server may respond and close before it has read all
        let _ = stream.write_all(head.as_bytes());
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received);
        let received = String::from_utf8_lossy(&received);
        assert!(received.is_empty() || received.starts_with("HTTP/1.1 4"), "{received}");
    }
    app.request("GET", "/livez").send().expect(200);
}
