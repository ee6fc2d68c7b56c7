//! Requests that are too large or too slow, and what becomes of their connections.

use std::io::Read;
use std::net::TcpStream;

use crate::http::bodies::{READING, assert_untouched, with_a_task};
use crate::on_both;
use crate::support::{Answer, App, Database, begin, jwt};

on_both!(
    a_body_may_have_64_kib,
    a_larger_body_is_refused_before_it_is_sent,
    a_larger_body_is_refused_while_it_is_sent,
    a_slow_body_is_given_up,
    a_body_that_is_not_read_ends_the_connection,
    slow_headers_are_given_up,
);

const LIMIT: usize = 64 * 1024;

/// A request of alice's up to where its body begins, with these headers more.
fn head(method: &str, path: &str, headers: &str) -> Vec<u8> {
    let credential = format!("Authorization: Bearer {}", jwt("alice"));
    [&format!("{method} {path} HTTP/1.1"), "Host: x", &credential, "Content-Type: application/json", headers, "\r\n"]
        .join("\r\n")
        .into_bytes()
}

/// A task of exactly so many bytes.
fn padded(length: usize) -> Vec<u8> {
    let mut text = br#"{"title":"as large as can be","status":"completed"}"#.to_vec();
    text.resize(length, b' ');
    text
}

/// One chunk (RFC 9112 section 7.1).
fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn a_body_may_have_64_kib(database: Database) {
    let app = App::start(database);
    let announced =
        app.by("alice", "POST", "/api/tasks").header("Content-Type", "application/json").body(&padded(LIMIT)).send();
    assert_eq!(announced.expect(201)["title"], "as large as can be");
    let mut bytes = head("POST", "/api/tasks", "Connection: close\r\nTransfer-Encoding: chunked");
    for part in padded(LIMIT).chunks(20_000) {
        bytes.extend(chunk(part));
    }
    bytes.extend(b"0\r\n\r\n");
    assert_eq!(app.exchange(&bytes).expect(201)["title"], "as large as can be");
}

/// The client waits for an answer before it sends anything, and gets one.
fn a_larger_body_is_refused_before_it_is_sent(database: Database) {
    let app = with_a_task(database, &[]);
    for (method, path) in READING {
        for length in [LIMIT + 1, 10_000_000_000] {
            let answer = app.exchange(&head(method, path, &format!("Content-Length: {length}")));
            assert_eq!(answer.expect(413)["title"], "Content Too Large", "{method} {path} {length}");
        }
    }
    assert_untouched(&app);
}

/// Whose length nobody announced. The last byte is the one too many, so that the server has read all when it answers.
fn a_larger_body_is_refused_while_it_is_sent(database: Database) {
    let app = with_a_task(database, &[]);
    for (method, path) in READING {
        let mut bytes = head(method, path, "Transfer-Encoding: chunked");
        let body = padded(LIMIT + 1);
        bytes.extend(chunk(&body[..LIMIT]));
        bytes.extend(b"1\r\n ");
        assert_eq!(app.exchange(&bytes).expect(413)["error"]["code"], "body_too_large", "{method} {path}");
    }
    assert_untouched(&app);
}

fn a_slow_body_is_given_up(database: Database) {
    let app = with_a_task(database, &[("BODY_TIMEOUT", "200ms")]);
    let begun = [
        ("Content-Length: 20", ""),
        ("Content-Length: 20", "{\"ti"),
        ("Transfer-Encoding: chunked", ""),
        ("Transfer-Encoding: chunked", "4\r\n{\"ti\r\n"),
    ];
    for (method, path) in READING {
        let streams =
            begun.map(|(headers, body)| begin(app.address, &[head(method, path, headers), body.into()].concat()));
        for mut stream in streams {
            let answer = Answer::read(&mut stream);
            assert_eq!(answer.expect(408)["error"]["code"], "request_timeout", "{method} {path}");
            assert_eq!(answer.header("connection"), Some("close"), "what comes late must not be taken for a request");
        }
    }
    assert_untouched(&app);
}

/// What the server says until it closes.
fn to_the_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the server closes");
    text
}

/// A body that is not wanted may go on for ever: whoever sends it must not keep the connection.
fn a_body_that_is_not_read_ends_the_connection(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms"), ("KEEP_ALIVE", "1s")]);
    let unsent = "Content-Length: 1000000";
    let mut calls = vec![(413, head("POST", "/api/tasks", unsent))];
    for headers in [unsent, "Transfer-Encoding: chunked"] {
        calls.push((401, format!("POST /api/tasks HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n").into()));
        calls.push((404, head("POST", "/nothing", headers)));
        calls.push((404, head("PUT", "/api/tasks/temp-1", headers)));
        calls.push((405, head("DELETE", "/api/tasks", headers)));
        calls.push((200, head("GET", "/api/tasks", headers)));
    }
    calls.push((408, head("POST", "/api/tasks", "Transfer-Encoding: chunked")));
    calls.push((413, [head("POST", "/api/tasks", "Transfer-Encoding: chunked"), chunk(&padded(LIMIT + 1))].concat()));
    let calls: Vec<_> = calls.into_iter().map(|(status, bytes)| (status, begin(app.address, &bytes))).collect();
    for (number, (status, stream)) in calls.into_iter().enumerate() {
        let said = to_the_end(stream);
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{number}: {said}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "what comes late must not be taken for a request: {said}");
    }
}

/// A clock that actix-web looks at twice a second decides, so that less than a second would be no time at all.
fn slow_headers_are_given_up(database: Database) {
    let app = App::start_with(database, &[("HEADER_TIMEOUT", "1s")]);
    let begun = ["", "GET /livez", "GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b"];
    let streams = begun.map(|begun| begin(app.address, begun.as_bytes()));
    app.request("GET", "/livez").send().expect(200);
    for (begun, stream) in begun.iter().zip(streams) {
        let said = to_the_end(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{begun}: {said}");
    }
}
