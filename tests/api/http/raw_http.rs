//! Bytes that no well-meant client sends: each is refused or answered rightly, and none is read as two requests where one was meant.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, jwt};

on_both!(
    framing_that_two_readers_may_read_differently,
    headers_that_are_none,
    request_lines_of_all_kinds,
    chunks_of_all_kinds,
    what_follows_a_refused_request_is_not_read_out_of_its_body,
    senders_without_an_end,
);

/// What a case may be answered with, in order. Nothing at all: the connection is closed without a word.
type Allowed = &'static [&'static [u16]];

/// Refused: by an answer, or by closing alone.
const REFUSED: Allowed = &[&[400], &[]];

fn start(database: Database) -> App {
    App::start_with(database, &[("KEEP_ALIVE", "1s"), ("HEADER_TIMEOUT", "1s"), ("BODY_TIMEOUT", "1s")])
}

/// A create of alice's, which must not come to pass where it stands in the body of another.
fn smuggled() -> String {
    post("", r#"{"title":"smuggled"}"#)
}

/// A create with its length and these headers more.
fn post(headers: &str, body: &str) -> String {
    format!("{}Content-Length: {}\r\n{headers}\r\n{body}", head(), body.len())
}

fn head() -> String {
    format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        jwt("alice")
    )
}

fn get(rest: &str) -> String {
    format!("GET /livez HTTP/1.1\r\nHost: x\r\n{rest}\r\n")
}

/// Sends each on a connection of its own, all at once, and compares what is said until the server closes. Then the service is as it was:
/// it answers the next client, and alice has nothing but what was acknowledged.
#[track_caller]
fn assert_said<B: AsRef<[u8]>>(app: &App, cases: Vec<(&str, B, Allowed)>) {
    let begun: Vec<_> =
        cases.into_iter().map(|(name, bytes, allowed)| (name, begin(app, bytes.as_ref()), allowed)).collect();
    let mut created = 0;
    for (name, stream, allowed) in begun {
        let said = to_the_end(stream);
        let statuses = statuses(&said);
        assert!(allowed.contains(&statuses.as_slice()), "{name}: {statuses:?}\n{said}");
        created += statuses.iter().filter(|status| **status == 201).count();
    }
    app.request("GET", "/livez").send().expect(200);
    let list = app.by("alice", "GET", "/api/tasks").send().expect(200);
    let titles: Vec<&Value> = list.as_array().unwrap().iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, vec!["meant"; created], "nothing but what was acknowledged");
    app.execute("DELETE FROM tasks");
}

fn begin(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // a server may close before it has read what it refuses
    let _ = stream.write_all(bytes);
    stream
}

fn to_the_end(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => said.extend_from_slice(&chunk[..length]),
            // reset: bytes were left over that the server did not want
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the server does not close: {error}"),
        }
    }
    String::from_utf8(said).expect("answers are text")
}

fn statuses(said: &str) -> Vec<u16> {
    said.match_indices("HTTP/1.").map(|(at, _)| said[at + 9..at + 12].parse().unwrap()).collect()
}

fn framing_that_two_readers_may_read_differently(database: Database) {
    let app = start(database);
    let body = r#"{"title":"meant"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let inner = smuggled();
    let both = format!("0\r\n\r\n{inner}");
    let framed = |headers: &str, rest: &str| format!("{}{headers}\r\n{rest}", head());
    let mut cases = vec![
        (
            "length and chunks",
            framed(&format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", both.len()), &both),
            REFUSED,
        ),
        (
            "chunks and length",
            framed(&format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", both.len()), &both),
            REFUSED,
        ),
        ("two lengths", framed(&format!("Content-Length: {}\r\nContent-Length: 0\r\n", inner.len()), &inner), REFUSED),
        (
            "two lengths, the other way",
            framed(&format!("Content-Length: 0\r\nContent-Length: {}\r\n", inner.len()), &inner),
            REFUSED,
        ),
        ("one length twice", framed(&"Content-Length: 17\r\n".repeat(2), body), &[&[400], &[], &[201]]),
        ("chunks twice", framed(&"Transfer-Encoding: chunked\r\n".repeat(2), &chunked), REFUSED),
        ("chunks before identity", framed("Transfer-Encoding: chunked, identity\r\n", &both), REFUSED),
        ("gzip before chunks", framed("Transfer-Encoding: gzip, chunked\r\n", &both), REFUSED),
        ("an empty encoding", framed("Transfer-Encoding:\r\n", &both), REFUSED),
        ("chunks in HTTP/1.0", framed("Transfer-Encoding: chunked\r\n", &both).replace("1.1", "1.0"), REFUSED),
        (
            "a length with a space before its colon",
            framed(&format!("Content-Length : {}\r\n", inner.len()), &inner),
            REFUSED,
        ),
        ("chunks with a tab before their colon", framed("Transfer-Encoding\t: chunked\r\n", &both), REFUSED),
        (
            "a length on a folded line",
            framed(&format!("X-A: b\r\n Content-Length: {}\r\n", inner.len()), &inner),
            REFUSED,
        ),
        ("a length behind a lone CR", framed(&format!("X-A: b\rContent-Length: {}\r\n", inner.len()), &inner), REFUSED),
        ("chunks alone", framed("Connection: close\r\nTransfer-Encoding: chunked\r\n", &chunked), &[&[201]]),
        ("chunks in capitals", framed("Connection: close\r\nTRANSFER-ENCODING: CHUNKED\r\n", &chunked), &[&[201]]),
    ];
    for wrong in ["xchunked", "chunked\u{b}", "\"chunked\"", "identity", "chunke", "cow"] {
        cases.push(("an unknown encoding", framed(&format!("Transfer-Encoding: {wrong}\r\n"), &both), REFUSED));
    }
    for wrong in [
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
        cases.push(("a length that is none", framed(&format!("Content-Length: {wrong}\r\n"), body), REFUSED));
    }
    assert_said(&app, cases);
}

fn headers_that_are_none(database: Database) {
    let app = start(database);
    let mut cases: Vec<(&str, Vec<u8>, Allowed)> = Vec::new();
    for wrong in [
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
        cases.push(("a header that is none", get(&format!("{wrong}\r\n")).into(), REFUSED));
    }
    let many = (0..500).map(|number| format!("X-{number}: b\r\n")).collect::<String>();
    cases.push(("too many headers", get(&many).into(), &[&[400], &[431], &[]]));
    cases.push(("a huge header", get(&format!("X-A: {}\r\n", "b".repeat(300_000))).into(), &[&[400], &[431], &[]]));
    cases.push(("a huge name", get(&format!("{}: b\r\n", "X".repeat(300_000))).into(), &[&[400], &[431], &[]]));
    cases.push(("without an end", "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b".into(), &[&[408], &[]]));
    cases.push((
        "a huge path",
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(300_000)).into(),
        &[&[400], &[414], &[431], &[]],
    ));
    cases.push((
        "a header of bytes that are no text",
        [b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: \xff\xfe\r\nConnection: close\r\n\r\n".as_slice()].concat(),
        &[&[200], &[400]],
    ));
    cases.push((
        "lines that end with LF alone",
        get("Connection: close\r\n").replace("\r\n", "\n").into(),
        &[&[200], &[400], &[]],
    ));
    cases.push(("an empty value", get("X-A:\r\nConnection: close\r\n").into(), &[&[200]]));
    cases.push(("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".into(), REFUSED));
    cases.push(("noise", (0..=255).cycle().take(5000).collect(), REFUSED));
    assert_said(&app, cases);
}

fn request_lines_of_all_kinds(database: Database) {
    let app = start(database);
    let line = |line: &str| format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n");
    let cases: Vec<(&str, String, Allowed)> = vec![
        ("HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n".into(), &[&[200]]),
        ("absolute", line("GET http://x/livez HTTP/1.1"), &[&[200]]),
        (
            "absolute, of another host",
            line("GET http://elsewhere.example/livez HTTP/1.1"),
            &[&[200], &[400], &[404], &[421]],
        ),
        ("a lower-case method", line("get /livez HTTP/1.1"), &[&[405], &[400]]),
        ("OPTIONS *", line("OPTIONS * HTTP/1.1"), &[&[200], &[204], &[400], &[404], &[405]]),
        ("GET *", line("GET * HTTP/1.1"), REFUSED_OR_NOT_FOUND),
        ("CONNECT", line("CONNECT x:443 HTTP/1.1"), REFUSED_OR_NOT_FOUND),
        ("CONNECT to a path", line("CONNECT /livez HTTP/1.1"), REFUSED_OR_NOT_FOUND),
        ("without a path", line("GET  HTTP/1.1"), REFUSED),
        ("a path with a space", line("GET /live z HTTP/1.1"), REFUSED),
        ("a path with a control character", line("GET /livez\u{1} HTTP/1.1"), REFUSED),
        ("a path with a NUL", line("GET /livez\0 HTTP/1.1"), REFUSED),
        ("a path that is relative", line("GET livez HTTP/1.1"), REFUSED_OR_NOT_FOUND),
        ("a fragment", line("GET /livez#x HTTP/1.1"), &[&[200], &[400], &[404], &[]]),
        ("HTTP/0.9", "GET /livez\r\n\r\n".into(), REFUSED),
        ("HTTP/1.2", line("GET /livez HTTP/1.2"), &[&[400], &[505], &[200], &[]]),
        ("HTTP/2.0", line("GET /livez HTTP/2.0"), &[&[400], &[505], &[]]),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &[&[400], &[505], &[]]),
        ("http/1.1", line("GET /livez http/1.1"), REFUSED),
        ("a method that is none", line("G(T /livez HTTP/1.1"), REFUSED),
        ("an empty line before it", format!("\r\n{}", line("GET /livez HTTP/1.1")), &[&[200], &[400], &[]]),
        ("without a host", "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n".into(), &[&[400]]),
        ("two hosts", get("Host: y\r\nConnection: close\r\n"), &[&[400]]),
        (
            "a host that is none",
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
    assert_said(&app, cases);
    let trace = begin(&app, format!("TRACE /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nX-Mine: reflected\r\n\r\n", jwt("alice")).as_bytes());
    let said = to_the_end(trace);
    assert_eq!(statuses(&said), [405], "{said}");
    assert!(!said.contains("reflected"), "{said}");
}

const REFUSED_OR_NOT_FOUND: Allowed = &[&[400], &[404], &[405], &[]];

fn chunks_of_all_kinds(database: Database) {
    let app = start(database);
    let body = r#"{"title":"meant"}"#;
    let sent = |chunks: &str| format!("{}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}", head());
    const GOOD: Allowed = &[&[201]];
    // actix-http reads what came together with a request that was to be the last (RFC 9112 section 9.6 would have it left alone)
    const LAST: Allowed = &[&[201], &[201, 201]];
    let inner = smuggled();
    let cases: Vec<(&str, String, Allowed)> = vec![
        ("an extension", sent(&format!("11;a=b\r\n{body}\r\n0\r\n\r\n")), &[&[201], &[400], &[]]),
        ("leading zeros", sent(&format!("0011\r\n{body}\r\n000\r\n\r\n")), &[&[201], &[400], &[]]),
        (
            "one byte in each",
            sent(&(body.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect::<String>() + "0\r\n\r\n")),
            GOOD,
        ),
        ("a trailer", sent(&format!("11\r\n{body}\r\n0\r\nX-A: b\r\n\r\n")), &[&[201], &[400], &[]]),
        (
            "an endless extension",
            sent(&format!("11;{}\r\n{body}\r\n0\r\n\r\n", "a".repeat(200_000))),
            &[&[201], &[400], &[408], &[413], &[]],
        ),
        ("a request behind the end", sent(&format!("11\r\n{body}\r\n0\r\n\r\n")) + &post("", body), LAST),
        ("a size beyond 64 bits", sent(&format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("a size that wraps round", sent(&format!("10000000000000011\r\n{body}\r\n0\r\n\r\n{inner}")), REFUSED_BODY),
        ("the largest size", sent(&format!("ffffffffffffffff\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("a negative size", sent(&format!("-11\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("a size with 0x", sent(&format!("0x11\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("a size that is none", sent(&format!("zz\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("an empty size", sent(&format!("\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("more than its size", sent(&format!("10\r\n{body}\r\n0\r\n\r\n")), REFUSED_BODY),
        ("no end", sent(&format!("11\r\n{body}\r\n")), &[&[400], &[408], &[]]),
        ("a size that ends with LF alone", sent(&format!("11\n{body}\r\n0\r\n\r\n")), &[&[201], &[400], &[408], &[]]),
    ];
    assert_said(&app, cases);
}

/// A body that is malformed, or that never ends.
const REFUSED_BODY: Allowed = &[&[400], &[408], &[413], &[]];

fn what_follows_a_refused_request_is_not_read_out_of_its_body(database: Database) {
    let app = start(database);
    let inner = smuggled();
    let stranger = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let next = get("Connection: close\r\n");
    let wrong = post("", "{\"title\":");
    let invalid = post("", r#"{"title":""}"#);
    let fine = post("", r#"{"title":"meant"}"#);
    let upload = |body: &str| {
        format!(
            "{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            head().replace("Authorization", "X-No"),
            body.len()
        )
    };
    let cases: Vec<(&str, String, Allowed)> = vec![
        ("401 with a request for its body", stranger("/api/tasks", &inner) + &next, &[&[401], &[401, 200]]),
        ("401 in chunks", upload(&inner) + &next, &[&[401], &[401, 200]]),
        ("404 with a request for its body", stranger("/nothing", &inner) + &next, &[&[404], &[404, 200]]),
        ("405 with a request for its body", stranger("/livez", &inner) + &next, &[&[405], &[405, 200]]),
        ("413 with a request for its body", format!("{}Content-Length: 100000\r\n\r\n{inner}", head()), &[&[413]]),
        (
            "GET with a request for its body",
            format!("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{inner}{next}", inner.len()),
            &[&[200], &[200, 200]],
        ),
        ("400 and the next", wrong.clone() + &next, &[&[400, 200]]),
        ("422 and the next", invalid + &next, &[&[422, 200]]),
        ("201 between two refused", wrong + &fine + &stranger("/nothing", ""), &[&[400, 201, 404]]),
        ("ten in a row", get("").repeat(9) + &next, &[&[200; 10]]),
        ("a hundred in a row", get("").repeat(99) + &next, &[&[200; 100]]),
        // as above
        ("one behind a last one", next.clone() + &fine, &[&[200], &[200, 201]]),
        ("one behind nonsense", "nonsense\r\n\r\n".to_owned() + &fine, REFUSED),
    ];
    assert_said(&app, cases);
}

/// Whoever sends on and on is cut off: bytes that come slowly, and bytes that come fast.
fn senders_without_an_end(database: Database) {
    let app = start(database);
    let address = app.address;
    let endless = |first: String, more: Vec<u8>, pause: Duration| {
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(first.as_bytes()).unwrap();
            let began = Instant::now();
            while stream.write_all(&more).is_ok() {
                assert!(began.elapsed() < Duration::from_secs(120), "the server reads on and on: {first}");
                std::thread::sleep(pause);
            }
        })
    };
    let chunk = [format!("{:x}\r\n", 16 * 1024).into_bytes(), vec![b' '; 16 * 1024], b"\r\n".into()].concat();
    let (fast, slow) = (Duration::ZERO, Duration::from_millis(50));
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    let senders = [
        endless("GET /livez HTTP/1.1\r\nX-A: ".into(), b"b".into(), slow),
        endless("GET /livez HTTP/1.1\r\n".into(), b"X-A: b\r\n".into(), slow),
        endless("GET /livez HTTP/1.1\r\nX-A: ".into(), vec![b'b'; 16 * 1024], fast),
        endless("GET /".into(), vec![b'b'; 16 * 1024], fast),
        endless(head() + chunked, chunk.clone(), fast),
        endless(head() + chunked, b"1\r\n \r\n".into(), slow),
        endless(head() + chunked + "1;", vec![b'b'; 16 * 1024], fast),
        endless(head().replace("Authorization", "X-No") + chunked, chunk.clone(), fast),
        endless(head().replace("/api/tasks", "/nothing") + chunked, chunk, fast),
        endless(head() + "Content-Length: 60000\r\n\r\n", b" ".into(), slow),
    ];
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200), json!([]));
}
