//! Limits of one connection: clients that send without reading, and incomplete request heads.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::on_both;
use crate::support::{App, Database, Response, Service, jwt, production, task_api};

on_both!(
    pipelined_requests_wait_until_responses_are_read,
    a_body_after_a_pipelined_request_is_read,
    the_header_timeout_applies_to_later_requests,
    unread_lists_are_limited_for_each_user,
    unread_responses_use_less_than_192_mib,
);

/// Opens a connection with small socket buffers.
fn connect(address: std::net::SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
    socket.set_send_buffer_size(64 * 1024).expect("a small buffer");
    socket.connect(&address.into()).expect("the server listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream
}

/// Sends the request repeatedly until writing blocks for one second; returns the number of bytes sent.
fn send_until_blocked(mut stream: &TcpStream, request: &[u8], max_bytes: usize) -> usize {
    stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a timeout can be set");
    let mut sent = 0;
    while sent < max_bytes {
        match stream.write(&request[sent % request.len()..]) {
            Ok(length) => sent += length,
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => break,
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

const METRICS_TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn count_answered_probes(app: &App) -> u64 {
    let metrics = app.request("GET", "/metrics").bearer(METRICS_TOKEN).send();
    let text = String::from_utf8(metrics.body).expect("metrics are text");
    let sample = "task_api_http_requests_total{route=\"/livez\",method=\"GET\",status=\"200\"} ";
    text.lines().find_map(|line| line.strip_prefix(sample)?.parse().ok()).expect("probes were counted")
}

fn pipelined_requests_wait_until_responses_are_read(database: Database) {
    let app = App::start_with(database, &[("METRICS_TOKEN", METRICS_TOKEN)]);
    let request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let stream = connect(app.address);
    let sent = send_until_blocked(&stream, request, 64 << 20);
    // sent requests fill the socket buffers and the read buffer of the service
    let answered_probes = count_answered_probes(&app);
    assert!(answered_probes < 1500, "{answered_probes} requests were answered without reading a response");
    // every sent request is answered as soon as the client reads
    let complete_requests = sent / request.len();
    let rest = &request[sent % request.len()..];
    let last = if sent.is_multiple_of(request.len()) { &[][..] } else { rest };
    let mut writer = stream.try_clone().expect("the socket can be cloned");
    let expected = complete_requests + usize::from(!last.is_empty());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writer.set_write_timeout(None).expect("a timeout can be removed");
            writer.write_all(last).expect("the service continues to read");
            writer
                .write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                .expect("the service continues to read");
        });
        let mut responses = String::new();
        (&stream).read_to_string(&mut responses).expect("the service responds and closes");
        assert_eq!(responses.matches("HTTP/1.1 200 OK\r\n").count(), expected);
        assert_eq!(responses.matches("HTTP/1.1 404 Not Found\r\n").count(), 1);
    });
}

fn a_body_after_a_pipelined_request_is_read(database: Database) {
    let app = App::start(database);
    let description = "x".repeat(900);
    let tasks = json!(vec![json!({ "title": "t", "description": description }); 200]).to_string();
    let list = app.request_as("alice", "GET", "/api/tasks").bytes("keep-alive");
    let import = app.request_as("alice", "POST", "/api/tasks/import").text(&tasks).bytes("keep-alive");
    let last = app.request_as("alice", "GET", "/api/tasks").bytes("close");
    let mut stream = connect(app.address);
    let mut writer = stream.try_clone().expect("the socket can be cloned");
    std::thread::scope(|scope| {
        scope.spawn(move || writer.write_all(&[list, import, last].concat()).expect("the service reads"));
        let mut responses = String::new();
        stream.read_to_string(&mut responses).expect("the service responds and closes");
        assert_eq!(responses.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{}", &responses[..responses.len().min(2000)]);
        assert!(responses.contains(r#"{"created":200,"updated":0,"skipped":0,"rejected":[]}"#));
        assert_eq!(responses.matches(&description).count(), 200);
    });
}

fn the_header_timeout_applies_to_later_requests(database: Database) {
    let app = App::start_with(database, &[("HEADER_TIMEOUT", "1s")]);
    let mut stream = connect(app.address);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").expect("the service reads");
    assert_eq!(Response::read(&mut stream).status, 200);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHo").expect("the service reads");
    // the header timeout closes the connection before the keep-alive timeout
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

/// Imports 1,000 tasks of the maximum size.
fn import_largest_tasks(import: impl Fn(&str) -> Response) {
    let tags: Vec<String> = ('\u{1f600}'..).take(20).map(|tag| tag.to_string().repeat(50)).collect();
    let task = json!({ "title": "\u{1f600}".repeat(200), "description": "\u{1f600}".repeat(1000), "tags": tags });
    for _ in 0..2 {
        import(&json!(vec![&task; 500]).to_string()).expect(200);
    }
}

fn unread_lists_are_limited_for_each_user(database: Database) {
    let app = App::start(database);
    import_largest_tasks(|tasks| app.request_as("alice", "POST", "/api/tasks/import").text(tasks).send());
    let start_list = || {
        let mut stream = connect(app.address);
        stream.write_all(&app.request_as("alice", "GET", "/api/tasks").bytes("close")).expect("the service reads");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("a response starts");
        (status == *b"HTTP/1.1 200").then_some(stream)
    };
    let unread_lists: Vec<TcpStream> = std::iter::from_fn(start_list).take(10).collect();
    assert!((2..=3).contains(&unread_lists.len()), "{} lists of 9 MB are unread", unread_lists.len());
    let rejected = app.request_as("alice", "GET", "/api/tasks?limit=1").send();
    assert_eq!(rejected.expect(429)["error"]["code"], "too_many_requests");
    assert!(rejected.header("retry-after").is_some());
    app.request_as("bob", "GET", "/api/tasks").send().expect(200);
    for mut stream in unread_lists {
        let mut list = Vec::new();
        stream.read_to_end(&mut list).expect("the list is complete");
        assert!(list.ends_with(b"}]"));
    }
    app.request_as("alice", "GET", "/api/tasks?limit=1").send().expect(200);
}

/// Returns the resident memory of the process in MiB, or `None` without `/proc`.
fn resident_mib(service: &Service) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn unread_responses_use_less_than_192_mib(database: Database) {
    let (folder, url) = database.empty();
    let service = Service::start(task_api(folder.path(), &production(&url)));
    import_largest_tasks(|tasks| service.request_as("alice", "POST", "/api/tasks/import").text(tasks).send());
    let list = service.request_as("alice", "GET", "/api/tasks").bytes("keep-alive");
    let probe = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    let probe_with_large_head =
        format!("GET /livez HTTP/1.1\r\nHost: a\r\n{}\r\n", format!("x: {}\r\n", "v".repeat(1300)).repeat(90));
    for request in [list, probe, probe_with_large_head.into_bytes()] {
        let streams: Vec<TcpStream> = (0..32).map(|_| connect(service.address)).collect();
        std::thread::scope(|scope| {
            for stream in &streams {
                scope.spawn(|| send_until_blocked(stream, &request, 4 << 20));
            }
        });
        let resident_mib = resident_mib(&service);
        assert!(resident_mib.is_none_or(|mib| mib < 192), "{resident_mib:?} MiB");
        assert_eq!(service.request("GET", "/livez").bearer(&jwt("bob")).send().status, 200);
    }
}
