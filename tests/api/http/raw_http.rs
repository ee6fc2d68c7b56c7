//! Request framing and chunked encoding: one request is never parsed as two (request smuggling).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, jwt};

on_both!(
    ambiguous_framing_is_rejected,
    malformed_headers_are_rejected,
    unusual_request_lines_are_answered_or_rejected,
    unusual_chunks_are_accepted_or_rejected,
    a_rejected_body_is_not_parsed_as_a_request,
    endless_requests_are_disconnected,
);

/// The allowed lists of response statuses. An empty list: the server closes the connection without a response.
type AllowedStatuses = &'static [&'static [u16]];

/// Rejected with 400, or by closing the connection.
const REJECTED: AllowedStatuses = &[&[400], &[]];

fn start(database: Database) -> App {
    App::start_with(database, &[("KEEP_ALIVE", "1s"), ("HEADER_TIMEOUT", "1s"), ("BODY_TIMEOUT", "1s")])
}

/// Returns a create of alice. Inside the body of another request it must not be executed.
fn smuggled_request() -> String {
    post("", r#"{"title":"smuggled"}"#)
}

/// Returns a create with its `Content-Length` and these additional headers.
fn post(headers: &str, body: &str) -> String {
    format!("{}Content-Length: {}\r\n{headers}\r\n{body}", request_head(), body.len())
}

fn request_head() -> String {
    format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        jwt("alice")
    )
}

fn get(rest: &str) -> String {
    format!("GET /livez HTTP/1.1\r\nHost: x\r\n{rest}\r\n")
}

/// Sends each case on a separate connection, in parallel, and asserts the statuses received until the server closes.
/// Asserts that the service still responds, and that alice has only the tasks whose creation was acknowledged.
#[track_caller]
fn assert_statuses<B: AsRef<[u8]>>(app: &App, cases: Vec<(&str, B, AllowedStatuses)>) {
    let streams: Vec<_> =
        cases.into_iter().map(|(name, bytes, allowed)| (name, send(app, bytes.as_ref()), allowed)).collect();
    let mut created = 0;
    for (name, stream, allowed) in streams {
        let received = read_to_end(stream);
        let statuses = statuses(&received);
        assert!(allowed.contains(&statuses.as_slice()), "{name}: {statuses:?}\n{received}");
        created += statuses.iter().filter(|status| **status == 201).count();
    }
    app.request("GET", "/livez").send().expect(200);
    let list = app.by("alice", "GET", "/api/tasks").send().expect(200);
    let titles: Vec<&Value> = list.as_array().unwrap().iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, vec!["meant"; created], "only acknowledged tasks exist");
    app.execute("DELETE FROM tasks");
}

fn send(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // the server may close before it has read a rejected request
    let _ = stream.write_all(bytes);
    stream
}

fn read_to_end(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => received.extend_from_slice(&chunk[..length]),
            // reset: the server closed with unread bytes
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the server does not close: {error}"),
        }
    }
    String::from_utf8(received).expect("responses are text")
}

fn statuses(received: &str) -> Vec<u16> {
    received.match_indices("HTTP/1.").map(|(index, _)| received[index + 9..index + 12].parse().unwrap()).collect()
}

fn ambiguous_framing_is_rejected(database: Database) {
    let app = start(database);
    let body = r#"{"title":"meant"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let smuggled = smuggled_request();
    let chunked_and_smuggled = format!("0\r\n\r\n{smuggled}");
    let with_framing = |headers: &str, rest: &str| format!("{}{headers}\r\n{rest}", request_head());
    let mut cases = vec![
        (
            "length and chunks",
            with_framing(&format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", chunked_and_smuggled.len()), &chunked_and_smuggled),
            REJECTED,
        ),
        (
            "chunks and length",
            with_framing(&format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked_and_smuggled.len()), &chunked_and_smuggled),
            REJECTED,
        ),
        ("two lengths", with_framing(&format!("Content-Length: {}\r\nContent-Length: 0\r\n", smuggled.len()), &smuggled), REJECTED),
        (
            "two lengths in reverse order",
            with_framing(&format!("Content-Length: 0\r\nContent-Length: {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        ("the same length twice", with_framing(&"Content-Length: 17\r\n".repeat(2), body), &[&[400], &[], &[201]]),
        ("chunks twice", with_framing(&"Transfer-Encoding: chunked\r\n".repeat(2), &chunked), REJECTED),
        ("chunks before identity", with_framing("Transfer-Encoding: chunked, identity\r\n", &chunked_and_smuggled), REJECTED),
        ("gzip before chunks", with_framing("Transfer-Encoding: gzip, chunked\r\n", &chunked_and_smuggled), REJECTED),
        ("an empty encoding", with_framing("Transfer-Encoding:\r\n", &chunked_and_smuggled), REJECTED),
        ("chunks in HTTP/1.0", with_framing("Transfer-Encoding: chunked\r\n", &chunked_and_smuggled).replace("1.1", "1.0"), REJECTED),
        (
            "a length with a space before its colon",
            with_framing(&format!("Content-Length : {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        ("chunks with a tab before their colon", with_framing("Transfer-Encoding\t: chunked\r\n", &chunked_and_smuggled), REJECTED),
        (
            "a length on a folded line",
            with_framing(&format!("X-A: b\r\n Content-Length: {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        ("a length after a lone CR", with_framing(&format!("X-A: b\rContent-Length: {}\r\n", smuggled.len()), &smuggled), REJECTED),
        ("chunks alone", with_framing("Connection: close\r\nTransfer-Encoding: chunked\r\n", &chunked), &[&[201]]),
        ("chunks in capitals", with_framing("Connection: close\r\nTRANSFER-ENCODING: CHUNKED\r\n", &chunked), &[&[201]]),
    ];
    for invalid in ["xchunked", "chunked\u{b}", "\"chunked\"", "identity", "chunke", "cow"] {
        cases.push(("an unknown encoding", with_framing(&format!("Transfer-Encoding: {invalid}\r\n"), &chunked_and_smuggled), REJECTED));
    }
    for invalid in [
        "17, 17",
        "17, 0",
        "+17",
        "-1",
        "0x11",
        "17 17",
        "1 7",
        "17.0",
        "1e1",
        "",
        "99999999999999999999",
        "\u{661}7",
        "17;",
    ] {
        cases.push(("an invalid length", with_framing(&format!("Content-Length: {invalid}\r\n"), body), REJECTED));
    }
    assert_statuses(&app, cases);
}

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
        ("an empty line before the request line", format!("\r\n{}", line("GET /livez HTTP/1.1")), &[&[200], &[400], &[]]),
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

const REJECTED_OR_NOT_FOUND: AllowedStatuses = &[&[400], &[404], &[405], &[]];

fn unusual_chunks_are_accepted_or_rejected(database: Database) {
    let app = start(database);
    let body = r#"{"title":"meant"}"#;
    let chunked_request = |chunks: &str| format!("{}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}", request_head());
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
        ("a request after the last chunk", chunked_request(&format!("11\r\n{body}\r\n0\r\n\r\n")) + &post("", body), LAST_REQUEST),
        ("a size beyond 64 bits", chunked_request(&format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a size that overflows", chunked_request(&format!("10000000000000011\r\n{body}\r\n0\r\n\r\n{smuggled}")), REJECTED_BODY),
        ("the largest size", chunked_request(&format!("ffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a negative size", chunked_request(&format!("-11\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a size with 0x", chunked_request(&format!("0x11\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("an invalid size", chunked_request(&format!("zz\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("an empty size", chunked_request(&format!("\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("a chunk longer than its size", chunked_request(&format!("10\r\n{body}\r\n0\r\n\r\n")), REJECTED_BODY),
        ("no last chunk", chunked_request(&format!("11\r\n{body}\r\n")), &[&[400], &[408], &[]]),
        ("a size that ends with LF only", chunked_request(&format!("11\n{body}\r\n0\r\n\r\n")), &[&[201], &[400], &[408], &[]]),
    ];
    assert_statuses(&app, cases);
}

/// A body that is malformed or incomplete.
const REJECTED_BODY: AllowedStatuses = &[&[400], &[408], &[413], &[]];

fn a_rejected_body_is_not_parsed_as_a_request(database: Database) {
    let app = start(database);
    let smuggled = smuggled_request();
    let unauthenticated_post = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let next = get("Connection: close\r\n");
    let malformed = post("", "{\"title\":");
    let invalid = post("", r#"{"title":""}"#);
    let valid = post("", r#"{"title":"meant"}"#);
    let unauthenticated_chunked_post = |body: &str| {
        format!(
            "{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            request_head().replace("Authorization", "X-No"),
            body.len()
        )
    };
    let cases: Vec<(&str, String, AllowedStatuses)> = vec![
        ("401 with a request as its body", unauthenticated_post("/api/tasks", &smuggled) + &next, &[&[401], &[401, 200]]),
        ("401 in chunks", unauthenticated_chunked_post(&smuggled) + &next, &[&[401], &[401, 200]]),
        ("404 with a request as its body", unauthenticated_post("/nothing", &smuggled) + &next, &[&[404], &[404, 200]]),
        ("405 with a request as its body", unauthenticated_post("/livez", &smuggled) + &next, &[&[405], &[405, 200]]),
        ("413 with a request as its body", format!("{}Content-Length: 100000\r\n\r\n{smuggled}", request_head()), &[&[413]]),
        (
            "GET with a request as its body",
            format!("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{smuggled}{next}", smuggled.len()),
            &[&[200], &[200, 200]],
        ),
        ("400, then the next request", malformed.clone() + &next, &[&[400, 200]]),
        ("422, then the next request", invalid + &next, &[&[422, 200]]),
        ("201 between two rejected requests", malformed + &valid + &unauthenticated_post("/nothing", ""), &[&[400, 201, 404]]),
        ("ten pipelined requests", get("").repeat(9) + &next, &[&[200; 10]]),
        ("a hundred pipelined requests", get("").repeat(99) + &next, &[&[200; 100]]),
        // see LAST_REQUEST
        ("a request after the last one", next.clone() + &valid, &[&[200], &[200, 201]]),
        ("a request after nonsense", "nonsense\r\n\r\n".to_owned() + &valid, REJECTED),
    ];
    assert_statuses(&app, cases);
}

/// Covers slow and fast senders.
fn endless_requests_are_disconnected(database: Database) {
    let app = start(database);
    let address = app.address;
    let send_until_disconnected = |first: String, repeated_bytes: Vec<u8>, pause: Duration| {
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(first.as_bytes()).unwrap();
            let started = Instant::now();
            while stream.write_all(&repeated_bytes).is_ok() {
                assert!(started.elapsed() < Duration::from_secs(120), "the server does not stop reading: {first}");
                std::thread::sleep(pause);
            }
        })
    };
    let chunk = [format!("{:x}\r\n", 16 * 1024).into_bytes(), vec![b' '; 16 * 1024], b"\r\n".into()].concat();
    let (fast, slow) = (Duration::ZERO, Duration::from_millis(50));
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    let senders = [
        send_until_disconnected("GET /livez HTTP/1.1\r\nX-A: ".into(), b"b".into(), slow),
        send_until_disconnected("GET /livez HTTP/1.1\r\n".into(), b"X-A: b\r\n".into(), slow),
        send_until_disconnected("GET /livez HTTP/1.1\r\nX-A: ".into(), vec![b'b'; 16 * 1024], fast),
        send_until_disconnected("GET /".into(), vec![b'b'; 16 * 1024], fast),
        send_until_disconnected(request_head() + chunked, chunk.clone(), fast),
        send_until_disconnected(request_head() + chunked, b"1\r\n \r\n".into(), slow),
        send_until_disconnected(request_head() + chunked + "1;", vec![b'b'; 16 * 1024], fast),
        send_until_disconnected(request_head().replace("Authorization", "X-No") + chunked, chunk.clone(), fast),
        send_until_disconnected(request_head().replace("/api/tasks", "/nothing") + chunked, chunk, fast),
        send_until_disconnected(request_head() + "Content-Length: 60000\r\n\r\n", b" ".into(), slow),
    ];
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200), json!([]));
}
