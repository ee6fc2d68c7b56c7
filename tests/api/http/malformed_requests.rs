//! Malformed headers, unusual request lines and unusual chunks: each is answered or rejected, and the service keeps running.

use crate::http::raw_http::{
    AllowedStatuses, REJECTED, assert_statuses, get, post, read_to_end, request_head, send, smuggled_request, start,
    statuses,
};
use crate::on_both;
use crate::support::{Database, jwt};

on_both!(
    malformed_headers_are_rejected,
    unusual_request_lines_are_answered_or_rejected,
    unusual_chunks_are_accepted_or_rejected,
);

const REJECTED_OR_NOT_FOUND: AllowedStatuses = &[&[400], &[404], &[405], &[]];

fn malformed_headers_are_rejected(database: Database) {
    let app = start(database);
    let mut cases: Vec<(&str, Vec<u8>, AllowedStatuses)> = Vec::new();
    for invalid in [
        "X-A",
        ": b",
        " X-A: b",
        "X A: b",
        "X-A\t: b",
        "X\0A: b",
        "X-A: b\0c",
        "X-A: b\u{1}c",
        "X-A: b\u{7f}c",
        "X-A: b\rc",
        "X-\u{e4}: b",
        "X(A): b",
        "\r",
        "X-A: b\r\n c",
        "X-A: b\r\n\tc",
    ] {
        cases.push(("a malformed header", get(&format!("{invalid}\r\n")).into(), REJECTED));
    }
    let many_headers = (0..500).map(|number| format!("X-{number}: b\r\n")).collect::<String>();
    cases.push(("too many headers", get(&many_headers).into(), &[&[400], &[431], &[]]));
    cases.push(("a huge header", get(&format!("X-A: {}\r\n", "b".repeat(300_000))).into(), &[&[400], &[431], &[]]));
    cases.push(("a huge header name", get(&format!("{}: b\r\n", "X".repeat(300_000))).into(), &[&[400], &[431], &[]]));
    cases.push(("an incomplete head", "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b".into(), &[&[408], &[]]));
    cases.push((
        "a huge path",
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(300_000)).into(),
        &[&[400], &[414], &[431], &[]],
    ));
    cases.push((
        "a header that is not UTF-8",
        [b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: \xff\xfe\r\nConnection: close\r\n\r\n".as_slice()].concat(),
        &[&[200], &[400]],
    ));
    cases.push((
        "lines that end with LF only",
        get("Connection: close\r\n").replace("\r\n", "\n").into(),
        &[&[200], &[400], &[]],
    ));
    cases.push(("an empty value", get("X-A:\r\nConnection: close\r\n").into(), &[&[200]]));
    cases.push(("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".into(), REJECTED));
    cases.push(("noise", (0..=255).cycle().take(5000).collect(), REJECTED));
    assert_statuses(&app, cases);
}

fn unusual_request_lines_are_answered_or_rejected(database: Database) {
    let app = start(database);
    let line = |line: &str| format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n");
    let cases: Vec<(&str, String, AllowedStatuses)> = vec![
        ("HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n".into(), &[&[200]]),
        ("absolute form", line("GET http://x/livez HTTP/1.1"), &[&[200]]),
        (
            "absolute form with another host",
            line("GET http://elsewhere.example/livez HTTP/1.1"),
            &[&[200], &[400], &[404], &[421]],
        ),
        ("a lower-case method", line("get /livez HTTP/1.1"), &[&[405], &[400]]),
        ("OPTIONS *", line("OPTIONS * HTTP/1.1"), &[&[200], &[204], &[400], &[404], &[405]]),
        ("GET *", line("GET * HTTP/1.1"), REJECTED_OR_NOT_FOUND),
        ("CONNECT", line("CONNECT x:443 HTTP/1.1"), REJECTED_OR_NOT_FOUND),
        ("CONNECT to a path", line("CONNECT /livez HTTP/1.1"), REJECTED_OR_NOT_FOUND),
        ("without a path", line("GET  HTTP/1.1"), REJECTED),
        ("a path with a space", line("GET /live z HTTP/1.1"), REJECTED),
        ("a path with a control character", line("GET /livez\u{1} HTTP/1.1"), REJECTED),
        ("a path with a NUL", line("GET /livez\0 HTTP/1.1"), REJECTED),
        ("a relative path", line("GET livez HTTP/1.1"), REJECTED_OR_NOT_FOUND),
        ("a fragment", line("GET /livez#x HTTP/1.1"), &[&[200], &[400], &[404], &[]]),
        ("HTTP/0.9", "GET /livez\r\n\r\n".into(), REJECTED),
        ("HTTP/1.2", line("GET /livez HTTP/1.2"), &[&[400], &[505], &[200], &[]]),
        ("HTTP/2.0", line("GET /livez HTTP/2.0"), &[&[400], &[505], &[]]),
        ("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &[&[400], &[505], &[]]),
        ("http/1.1", line("GET /livez http/1.1"), REJECTED),
        ("an invalid method", line("G(T /livez HTTP/1.1"), REJECTED),
        (
            "an empty line before the request line",
            format!("\r\n{}", line("GET /livez HTTP/1.1")),
            &[&[200], &[400], &[]],
        ),
        ("without a host", "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n".into(), &[&[400]]),
        ("two hosts", get("Host: y\r\nConnection: close\r\n"), &[&[400]]),
        (
            "an invalid host",
            "GET /livez HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n".into(),
            &[&[200], &[400]],
        ),
        (
            "an upgrade to WebSocket",
            get("Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\n"),
            &[&[200]],
        ),
        (
            "an upgrade to HTTP/2",
            get("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
            &[&[200]],
        ),
        ("an expectation", get("Expect: 200-ok\r\nConnection: close\r\n"), &[&[200], &[417]]),
    ];
    assert_statuses(&app, cases);
    let trace = send(&app, format!("TRACE /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nX-Mine: reflected\r\n\r\n", jwt("alice")).as_bytes());
    let received = read_to_end(trace);
    assert_eq!(statuses(&received), [405], "{received}");
    assert!(!received.contains("reflected"), "{received}");
}

/// A body that is malformed or incomplete.
const REJECTED_BODY: AllowedStatuses = &[&[400], &[408], &[413], &[]];

fn unusual_chunks_are_accepted_or_rejected(database: Database) {
    let app = start(database);
    let body = r#"{"title":"meant"}"#;
    let chunked_request =
        |chunks: &str| format!("{}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}", request_head());
    const CREATED: AllowedStatuses = &[&[201]];
    // actix-http parses requests received together with the last request (RFC 9112 section 9.6: should be ignored)
    const LAST_REQUEST: AllowedStatuses = &[&[201], &[201, 201]];
    let smuggled = smuggled_request();
    let cases: Vec<(&str, String, AllowedStatuses)> = vec![
        ("an extension", chunked_request(&format!("11;a=b\r\n{body}\r\n0\r\n\r\n")), &[&[201], &[400], &[]]),
        ("leading zeros", chunked_request(&format!("0011\r\n{body}\r\n000\r\n\r\n")), &[&[201], &[400], &[]]),
        (
            "one byte per chunk",
            chunked_request(&(body.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect::<String>() + "0\r\n\r\n")),
            CREATED,
        ),
        ("a trailer", chunked_request(&format!("11\r\n{body}\r\n0\r\nX-A: b\r\n\r\n")), &[&[201], &[400], &[]]),
        (
            "a huge extension",
            chunked_request(&format!("11;{}\r\n{body}\r\n0\r\n\r\n", "a".repeat(200_000))),
            &[&[201], &[400], &[408], &[413], &[]],
        ),
        (
            "a request after the last chunk",
            chunked_request(&format!("11\r\n{body}\r\n0\r\n\r\n")) + &post("", body),
            LAST_REQUEST,
        ),
        ("a size beyond 64 bits", chunked_request(&format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        (
            "a size that overflows",
            chunked_request(&format!("10000000000000011\r\n{body}\r\n0\r\n\r\n{smuggled}")),
            REJECTED_BODY,
        ),
        ("the largest size", chunked_request(&format!("ffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a negative size", chunked_request(&format!("-11\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a size with 0x", chunked_request(&format!("0x11\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("an invalid size", chunked_request(&format!("zz\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("an empty size", chunked_request(&format!("\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a chunk longer than its size", chunked_request(&format!("10\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("no last chunk", chunked_request(&format!("11\r\n{body}\r\n")), &[&[400], &[408], &[]]),
        (
            "a size that ends with LF only",
            chunked_request(&format!("11\n{body}\r\n0\r\n\r\n")),
            &[&[201], &[400], &[408], &[]],
        ),
    ];
    assert_statuses(&app, cases);
}
