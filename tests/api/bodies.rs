//! Bodies that are no JSON, too large, of another type, or too slow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, jwt};

on_both!(
    what_is_no_json_is_malformed,
    a_repeated_member_is_malformed,
    json_that_is_no_object_is_invalid,
    an_empty_body_is_malformed_where_one_is_needed,
    a_body_of_another_type_is_refused,
    a_body_may_have_64_kib,
    a_larger_body_is_refused_before_it_is_sent,
    a_larger_body_is_refused_while_it_is_sent,
    a_slow_body_is_given_up,
    a_body_that_is_not_read_ends_the_connection,
    slow_headers_are_given_up,
);

const LIMIT: usize = 64 * 1024;

/// Every call that reads a body; the task of this id is alice's.
const READING: [(&str, &str); 7] = [
    ("POST", "/api/tasks"),
    ("PUT", "/api/alice/tasks/1"),
    ("PATCH", "/api/tasks/1"),
    ("PATCH", "/api/tasks/1/complete"),
    ("POST", "/api/alice/tasks/1/complete"),
    ("PATCH", "/api/tasks/1/toggle"),
    ("PATCH", "/api/tasks/1/status"),
];

/// A service with one task of alice.
fn with_a_task(database: Database, settings: &[(&str, &str)]) -> App {
    let app = App::start_with(database, settings);
    assert_eq!(app.create("alice", &json!({ "title": "as it was" }))["id"], 1);
    app
}

/// Asserts that nothing was written in the meantime.
#[track_caller]
fn assert_untouched(app: &App) {
    let list = app.by("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!((&list[0]["version"], list.as_array().unwrap().len()), (&json!(1), 1), "{list}");
}

/// Asserts that every call refuses each of these bodies, and that nothing of them is repeated.
#[track_caller]
fn assert_malformed<T: AsRef<[u8]>>(app: &App, bodies: &[T]) {
    for body in bodies {
        for (method, path) in READING {
            let answer =
                app.by("alice", method, path).header("Content-Type", "application/json").body(body.as_ref()).send();
            let shown = String::from_utf8_lossy(&body.as_ref()[..body.as_ref().len().min(60)]).into_owned();
            assert_eq!(answer.status, 400, "{method} {path} {shown}");
            assert_eq!(answer.expect(400)["error"]["code"], "malformed_request");
            assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{shown}");
        }
    }
    assert_untouched(app);
}

fn what_is_no_json_is_malformed(database: Database) {
    let app = with_a_task(database, &[]);
    let texts = [
        "{",
        "}",
        " ",
        "nonsense",
        "NaN",
        "title=secret",
        "{'title':'secret'}",
        "{title:\"secret\"}",
        "{\"title\":\"secret\"",
        "{\"title\":\"secret\",}",
        "{\"title\":\"secret\"} x",
        "{\"title\":\"secret\"}{\"title\":\"y\"}",
        "{\"title\":\"secret\"},",
        "\u{feff}{\"title\":\"secret\"}",
        "{\"title\":\"se\ncret\"}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":\"\\x41\"}",
        "{\"title\":\"secret\",\"n\":01}",
        "{\"title\":\"secret\" /* why */}",
    ];
    assert_malformed(&app, &texts);
    let bytes: [&[u8]; 4] = [b"{\"title\":\"\xff\"}", b"{\"title\":\"\xc0\xaf\"}", b"{\"\xe4\":1}", b"\xff\xfe{\0}\0"];
    assert_malformed(&app, &bytes);
    let deep = ["[", "{\"a\":", "{\"title\":\"x\",\"a\":["].map(|start| start.repeat(2000));
    assert_malformed(&app, &deep);
    let closed = [format!("{}{}", "[".repeat(1000), "]".repeat(1000))];
    assert_malformed(&app, &closed);
    let moderate = format!("{{\"title\":\"x\",\"a\":{}{}}}", "[".repeat(50), "]".repeat(50));
    app.by("alice", "POST", "/api/tasks").text(&moderate).send().expect(201);
}

/// Two readers of one text must not see two values in it.
fn a_repeated_member_is_malformed(database: Database) {
    let app = with_a_task(database, &[]);
    let texts = [
        r#"{"title":"a","title":"b"}"#,
        r#"{"title":"a","title":"a"}"#,
        r#"{"title":"a","\u0074itle":"b"}"#,
        r#"{"completed":true,"completed":false}"#,
        r#"{"status":"completed","status":"completed"}"#,
        r#"{"title":"a","unknown":1,"unknown":1}"#,
        r#"{"title":"a","x":{"b":1,"b":2}}"#,
        r#"{"title":"a","x":[[{"b":1,"\u0062":2}]]}"#,
        r#"{"title":"a","tags":[{"name":"x","name":"y"}]}"#,
        r#"{"":1,"":2}"#,
    ];
    assert_malformed(&app, &texts);
    // one name on two levels, and a name that differs in case, are no repetition
    let fine = r#"{"title":"a","Title":"b","x":{"title":1},"y":{"title":2}}"#;
    app.by("alice", "POST", "/api/tasks").text(fine).send().expect(201);
}

fn json_that_is_no_object_is_invalid(database: Database) {
    let app = with_a_task(database, &[]);
    for text in ["[]", r#"[{"title":"x"}]"#, r#""title""#, "null", "7", "true", "1.5e3"] {
        for (method, path) in [READING[0], READING[1], READING[2], READING[6]] {
            assert_eq!(app.by("alice", method, path).text(text).send().wrong(), ["#"], "{method} {path} {text}");
        }
    }
    assert_untouched(&app);
}

fn an_empty_body_is_malformed_where_one_is_needed(database: Database) {
    let app = with_a_task(database, &[]);
    for (method, path) in [READING[0], READING[1], READING[2], READING[6]] {
        let call = || app.by("alice", method, path);
        for request in
            [call(), call().body(b""), call().text(""), call().header("Content-Type", "text/plain").body(b"")]
        {
            assert_eq!(request.send().expect(400)["error"]["code"], "malformed_request", "{method} {path}");
        }
    }
    assert_untouched(&app);
}

fn a_body_of_another_type_is_refused(database: Database) {
    let app = with_a_task(database, &[]);
    let body = br#"{"title":"x","status":"completed"}"#;
    let others = [
        "",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/octet-stream",
        "json",
        "*/*",
    ];
    for (method, path) in READING {
        // without any type, and with each of these; what else is wrong with it is not looked at
        assert_eq!(
            app.by("alice", method, path).body(body).send().expect(415)["error"]["code"],
            "unsupported_media_type"
        );
        for kind in others {
            let answer = app.by("alice", method, path).header("Content-Type", kind).body(body).send();
            assert_eq!(answer.status, 415, "{method} {path} {kind}");
            answer.expect(415);
            app.by("alice", method, path).header("Content-Type", kind).body(b"{").send().expect(415);
        }
    }
    assert_untouched(&app);
    let kinds = [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/merge-patch+json",
        "application/vnd.api+json",
    ];
    for kind in kinds {
        for (method, path) in READING {
            let answer = app.by("alice", method, path).header("Content-Type", kind).body(body).send();
            assert!([200, 201].contains(&answer.status), "{method} {path} {kind}: {}", answer.json());
        }
    }
}

/// A request of alice's up to where its body begins, with these headers more.
fn head(method: &str, path: &str, headers: &str) -> Vec<u8> {
    let token = jwt("alice");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n"
    )
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
    for (method, path) in READING {
        for (headers, begun) in [
            ("Content-Length: 20", ""),
            ("Content-Length: 20", "{\"ti"),
            ("Transfer-Encoding: chunked", "4\r\n{\"ti\r\n"),
        ] {
            let bytes = [head(method, path, headers), begun.into()].concat();
            let answer = app.exchange(&bytes);
            assert_eq!(answer.expect(408)["error"]["code"], "request_timeout", "{method} {path} {headers} {begun}");
            assert_eq!(answer.header("connection"), Some("close"), "what comes late must not be taken for a request");
        }
    }
    assert_untouched(&app);
}

/// Sends these bytes on a connection that is left open, to be read later.
fn begin(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes).unwrap();
    stream
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
    let calls: Vec<_> = calls.into_iter().map(|(status, bytes)| (status, begin(&app, &bytes))).collect();
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
    let streams = begun.map(|begun| begin(&app, begun.as_bytes()));
    app.request("GET", "/livez").send().expect(200);
    for (begun, stream) in begun.iter().zip(streams) {
        let said = to_the_end(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{begun}: {said}");
    }
}
