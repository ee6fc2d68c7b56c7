//! Size limits and timeouts of requests, and closing of their connections.

use std::io::Read;
use std::net::TcpStream;

use crate::http::bodies::{ROUTES_WITH_BODY, assert_task_unchanged, start_with_one_task};
use crate::on_both;
use crate::support::{App, Database, Response, jwt, send_bytes};

on_both!(
    a_body_of_64_kib_is_accepted,
    a_larger_content_length_is_413_before_the_body_is_sent,
    a_larger_chunked_body_is_413_while_it_is_sent,
    a_slow_body_is_408,
    an_unread_body_closes_the_connection,
    slow_headers_time_out,
);

const LIMIT: usize = 64 * 1024;

/// Returns the head of a request of alice with these additional headers.
fn request_head(method: &str, path: &str, headers: &str) -> Vec<u8> {
    let credential = format!("Authorization: Bearer {}", jwt("alice"));
    [&format!("{method} {path} HTTP/1.1"), "Host: x", &credential, "Content-Type: application/json", headers, "\r\n"]
        .join("\r\n")
        .into_bytes()
}

/// Returns a task padded with spaces to `length` bytes.
fn padded_task(length: usize) -> Vec<u8> {
    let mut text = br#"{"title":"as large as can be","status":"completed"}"#.to_vec();
    text.resize(length, b' ');
    text
}

/// Encodes one chunk (RFC 9112 section 7.1).
fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn a_body_of_64_kib_is_accepted(database: Database) {
    let app = App::start(database);
    let response = app
        .request_as("alice", "POST", "/api/tasks")
        .header("Content-Type", "application/json")
        .body(&padded_task(LIMIT))
        .send();
    assert_eq!(response.expect(201)["title"], "as large as can be");
    let mut bytes = request_head("POST", "/api/tasks", "Connection: close\r\nTransfer-Encoding: chunked");
    for part in padded_task(LIMIT).chunks(20_000) {
        bytes.extend(chunk(part));
    }
    bytes.extend(b"0\r\n\r\n");
    assert_eq!(app.exchange(&bytes).expect(201)["title"], "as large as can be");
}

/// The client sends no body before it has read the response.
fn a_larger_content_length_is_413_before_the_body_is_sent(database: Database) {
    let app = start_with_one_task(database, &[]);
    for (method, path) in ROUTES_WITH_BODY {
        for length in [LIMIT + 1, 10_000_000_000] {
            let response = app.exchange(&request_head(method, path, &format!("Content-Length: {length}")));
            assert_eq!(response.expect(413)["title"], "Content Too Large", "{method} {path} {length}");
        }
    }
    assert_task_unchanged(&app);
}

/// The last byte exceeds the limit. The server has then read all bytes when it responds.
fn a_larger_chunked_body_is_413_while_it_is_sent(database: Database) {
    let app = start_with_one_task(database, &[]);
    for (method, path) in ROUTES_WITH_BODY {
        let mut bytes = request_head(method, path, "Transfer-Encoding: chunked");
        let body = padded_task(LIMIT + 1);
        bytes.extend(chunk(&body[..LIMIT]));
        bytes.extend(b"1\r\n ");
        assert_eq!(app.exchange(&bytes).expect(413)["error"]["code"], "body_too_large", "{method} {path}");
    }
    assert_task_unchanged(&app);
}

fn a_slow_body_is_408(database: Database) {
    let app = start_with_one_task(database, &[("BODY_TIMEOUT", "200ms")]);
    let partial_requests = [
        ("Content-Length: 20", ""),
        ("Content-Length: 20", "{\"ti"),
        ("Transfer-Encoding: chunked", ""),
        ("Transfer-Encoding: chunked", "4\r\n{\"ti\r\n"),
    ];
    for (method, path) in ROUTES_WITH_BODY {
        let streams = partial_requests.map(|(headers, body)| {
            send_bytes(app.address, &[request_head(method, path, headers), body.into()].concat())
        });
        for mut stream in streams {
            let response = Response::read(&mut stream);
            assert_eq!(response.expect(408)["error"]["code"], "request_timeout", "{method} {path}");
            assert_eq!(response.header("connection"), Some("close"), "late bytes must not be parsed as a request");
        }
    }
    assert_task_unchanged(&app);
}

/// Reads until the server closes the connection.
fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the server closes");
    text
}

/// An unread body may be endless. The server must not keep its connection open.
fn an_unread_body_closes_the_connection(database: Database) {
    let app = App::start_with(database, &[("BODY_TIMEOUT", "200ms"), ("KEEP_ALIVE", "1s")]);
    let content_length = "Content-Length: 1000000";
    let mut requests = vec![(413, request_head("POST", "/api/tasks", content_length))];
    for headers in [content_length, "Transfer-Encoding: chunked"] {
        requests.push((401, format!("POST /api/tasks HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n").into()));
        requests.push((404, request_head("POST", "/nothing", headers)));
        requests.push((404, request_head("PUT", "/api/tasks/temp-1", headers)));
        requests.push((405, request_head("DELETE", "/api/tasks", headers)));
        requests.push((200, request_head("GET", "/api/tasks", headers)));
    }
    requests.push((408, request_head("POST", "/api/tasks", "Transfer-Encoding: chunked")));
    requests.push((
        413,
        [request_head("POST", "/api/tasks", "Transfer-Encoding: chunked"), chunk(&padded_task(LIMIT + 1))].concat(),
    ));
    let requests: Vec<_> =
        requests.into_iter().map(|(status, bytes)| (status, send_bytes(app.address, &bytes))).collect();
    for (number, (status, stream)) in requests.into_iter().enumerate() {
        let received = read_to_end(stream);
        assert!(received.starts_with(&format!("HTTP/1.1 {status} ")), "{number}: {received}");
        assert_eq!(received.matches("HTTP/1.1 ").count(), 1, "late bytes must not be parsed as a request: {received}");
    }
}

/// actix-web checks this timeout twice a second. Values below one second would expire at once.
fn slow_headers_time_out(database: Database) {
    let app = App::start_with(database, &[("HEADER_TIMEOUT", "1s")]);
    let partial_requests = ["", "GET /livez", "GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b"];
    let streams = partial_requests.map(|request| send_bytes(app.address, request.as_bytes()));
    app.request("GET", "/livez").send().expect(200);
    for (request, stream) in partial_requests.iter().zip(streams) {
        let received = read_to_end(stream);
        assert!(received.is_empty() || received.starts_with("HTTP/1.1 408 "), "{request}: {received}");
    }
}
