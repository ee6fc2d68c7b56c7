//! Request smuggling: one request is never parsed as two. Endless requests are disconnected.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, jwt};

on_both!(ambiguous_framing_is_rejected, a_rejected_body_is_not_parsed_as_a_request, endless_requests_are_disconnected,);

/// The allowed lists of response statuses. An empty list: the server closes the connection without a response.
pub type AllowedStatuses = &'static [&'static [u16]];

/// Rejected with 400, or by closing the connection.
pub const REJECTED: AllowedStatuses = &[&[400], &[]];

pub fn start(database: Database) -> App {
    App::start_with(database, &[("KEEP_ALIVE", "1s"), ("HEADER_TIMEOUT", "1s"), ("BODY_TIMEOUT", "1s")])
}

/// Returns a create of alice. Inside the body of another request it must not be executed.
pub fn smuggled_request() -> String {
    post("", r#"{"title":"smuggled"}"#)
}

/// Returns a create with its `Content-Length` and these additional headers.
pub fn post(headers: &str, body: &str) -> String {
    format!("{}Content-Length: {}\r\n{headers}\r\n{body}", request_head(), body.len())
}

pub fn request_head() -> String {
    format!(
        "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        jwt("alice")
    )
}

pub fn get(rest: &str) -> String {
    format!("GET /livez HTTP/1.1\r\nHost: x\r\n{rest}\r\n")
}

/// Sends each case on a separate connection, in parallel, and asserts the statuses received until the server closes.
/// Asserts that the service still responds, and that alice has only the tasks whose creation was acknowledged.
#[track_caller]
pub fn assert_statuses<B: AsRef<[u8]>>(app: &App, cases: Vec<(&str, B, AllowedStatuses)>) {
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
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    let titles: Vec<&Value> = list.as_array().unwrap().iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, vec!["meant"; created], "only acknowledged tasks exist");
    app.execute("DELETE FROM tasks");
}

pub fn send(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // the server may close before it has read a rejected request
    let _ = stream.write_all(bytes);
    stream
}

pub fn read_to_end(mut stream: TcpStream) -> String {
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

pub fn statuses(received: &str) -> Vec<u16> {
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
            with_framing(
                &format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", chunked_and_smuggled.len()),
                &chunked_and_smuggled,
            ),
            REJECTED,
        ),
        (
            "chunks and length",
            with_framing(
                &format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked_and_smuggled.len()),
                &chunked_and_smuggled,
            ),
            REJECTED,
        ),
        (
            "two lengths",
            with_framing(&format!("Content-Length: {}\r\nContent-Length: 0\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        (
            "two lengths in reverse order",
            with_framing(&format!("Content-Length: 0\r\nContent-Length: {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        ("the same length twice", with_framing(&"Content-Length: 17\r\n".repeat(2), body), &[&[400], &[], &[201]]),
        ("chunks twice", with_framing(&"Transfer-Encoding: chunked\r\n".repeat(2), &chunked), REJECTED),
        (
            "chunks before identity",
            with_framing("Transfer-Encoding: chunked, identity\r\n", &chunked_and_smuggled),
            REJECTED,
        ),
        ("gzip before chunks", with_framing("Transfer-Encoding: gzip, chunked\r\n", &chunked_and_smuggled), REJECTED),
        ("an empty encoding", with_framing("Transfer-Encoding:\r\n", &chunked_and_smuggled), REJECTED),
        (
            "chunks in HTTP/1.0",
            with_framing("Transfer-Encoding: chunked\r\n", &chunked_and_smuggled).replace("1.1", "1.0"),
            REJECTED,
        ),
        (
            "a length with a space before its colon",
            with_framing(&format!("Content-Length : {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        (
            "chunks with a tab before their colon",
            with_framing("Transfer-Encoding\t: chunked\r\n", &chunked_and_smuggled),
            REJECTED,
        ),
        (
            "a length on a folded line",
            with_framing(&format!("X-A: b\r\n Content-Length: {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        (
            "a length after a lone CR",
            with_framing(&format!("X-A: b\rContent-Length: {}\r\n", smuggled.len()), &smuggled),
            REJECTED,
        ),
        ("chunks alone", with_framing("Connection: close\r\nTransfer-Encoding: chunked\r\n", &chunked), &[&[201]]),
        (
            "chunks in capitals",
            with_framing("Connection: close\r\nTRANSFER-ENCODING: CHUNKED\r\n", &chunked),
            &[&[201]],
        ),
    ];
    for invalid in ["xchunked", "chunked\u{b}", "\"chunked\"", "identity", "chunke", "cow"] {
        cases.push((
            "an unknown encoding",
            with_framing(&format!("Transfer-Encoding: {invalid}\r\n"), &chunked_and_smuggled),
            REJECTED,
        ));
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
        (
            "401 with a request as its body",
            unauthenticated_post("/api/tasks", &smuggled) + &next,
            &[&[401], &[401, 200]],
        ),
        ("401 in chunks", unauthenticated_chunked_post(&smuggled) + &next, &[&[401], &[401, 200]]),
        ("404 with a request as its body", unauthenticated_post("/nothing", &smuggled) + &next, &[&[404], &[404, 200]]),
        ("405 with a request as its body", unauthenticated_post("/livez", &smuggled) + &next, &[&[405], &[405, 200]]),
        (
            "413 with a request as its body",
            format!("{}Content-Length: 100000\r\n\r\n{smuggled}", request_head()),
            &[&[413]],
        ),
        (
            "GET with a request as its body",
            format!("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{smuggled}{next}", smuggled.len()),
            &[&[200], &[200, 200]],
        ),
        ("400, then the next request", malformed.clone() + &next, &[&[400, 200]]),
        ("422, then the next request", invalid + &next, &[&[422, 200]]),
        (
            "201 between two rejected requests",
            malformed + &valid + &unauthenticated_post("/nothing", ""),
            &[&[400, 201, 404]],
        ),
        ("ten pipelined requests", get("").repeat(9) + &next, &[&[200; 10]]),
        ("a hundred pipelined requests", get("").repeat(99) + &next, &[&[200; 100]]),
        // actix-http parses a request that was received together with the last one
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
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([]));
}
