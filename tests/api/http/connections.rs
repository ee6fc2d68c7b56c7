//! What one connection can take: clients that send without reading, and heads that never end.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::on_both;
use crate::support::{Answer, App, Database, Service, jwt, production, task_api};

on_both!(
    pipelined_requests_wait_in_the_system_until_answers_are_read,
    a_body_behind_a_pipelined_request_is_read,
    a_later_head_has_to_come_in_time,
    lists_that_are_not_read_are_bounded_for_each_user,
    unread_answers_take_bounded_memory,
);

/// A connection whose own buffers are small.
fn connect(address: std::net::SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
    socket.set_send_buffer_size(64 * 1024).expect("a small buffer");
    socket.connect(&address.into()).expect("the server listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream
}

/// Sends this again and again until nobody takes it any more; gives how many bytes were taken.
fn send_until_blocked(mut stream: &TcpStream, request: &[u8], most: usize) -> usize {
    stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a timeout can be set");
    let mut sent = 0;
    while sent < most {
        match stream.write(&request[sent % request.len()..]) {
            Ok(length) => sent += length,
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => break,
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

const METRICS_TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn answered_probes(app: &App) -> u64 {
    let metrics = app.request("GET", "/metrics").bearer(METRICS_TOKEN).send();
    let text = String::from_utf8(metrics.body).expect("metrics are text");
    let sample = "task_api_http_requests_total{route=\"/livez\",method=\"GET\",status=\"200\"} ";
    text.lines().find_map(|line| line.strip_prefix(sample)?.parse().ok()).expect("probes were counted")
}

fn pipelined_requests_wait_in_the_system_until_answers_are_read(database: Database) {
    let app = App::start_with(database, &[("METRICS_TOKEN", METRICS_TOKEN)]);
    let request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let stream = connect(app.address);
    let sent = send_until_blocked(&stream, request, 64 << 20);
    // what fits into the system's buffers, and the little that the service has read
    let answered = answered_probes(&app);
    assert!(answered < 1500, "{answered} requests were answered, and no answer read");
    // every request that was sent is answered once somebody reads
    let whole = sent / request.len();
    let rest = &request[sent % request.len()..];
    let last = if sent.is_multiple_of(request.len()) { &[][..] } else { rest };
    let mut writer = stream.try_clone().expect("another handle");
    let expected = whole + usize::from(!last.is_empty());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writer.set_write_timeout(None).expect("a timeout can be removed");
            writer.write_all(last).expect("the service reads on");
            writer.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("it reads on");
        });
        let mut answers = String::new();
        (&stream).read_to_string(&mut answers).expect("the service answers and closes");
        assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), expected);
        assert_eq!(answers.matches("HTTP/1.1 404 Not Found\r\n").count(), 1);
    });
}

fn a_body_behind_a_pipelined_request_is_read(database: Database) {
    let app = App::start(database);
    let description = "x".repeat(900);
    let tasks = json!(vec![json!({ "title": "t", "description": description }); 200]).to_string();
    let list = app.by("alice", "GET", "/api/tasks").bytes("keep-alive");
    let import = app.by("alice", "POST", "/api/tasks/import").text(&tasks).bytes("keep-alive");
    let last = app.by("alice", "GET", "/api/tasks").bytes("close");
    let mut stream = connect(app.address);
    let mut writer = stream.try_clone().expect("another handle");
    std::thread::scope(|scope| {
        scope.spawn(move || writer.write_all(&[list, import, last].concat()).expect("the service reads"));
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("the service answers and closes");
        assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{}", &answers[..answers.len().min(2000)]);
        assert!(answers.contains("{\"created\":200,\"skipped\":0}"));
        assert_eq!(answers.matches(&description).count(), 200);
    });
}

fn a_later_head_has_to_come_in_time(database: Database) {
    let app = App::start_with(database, &[("HEADER_TIMEOUT", "1s")]);
    let mut stream = connect(app.address);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").expect("the service reads");
    assert_eq!(Answer::read(&mut stream).status, 200);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHo").expect("the service reads");
    // it is closed, though it would be kept for much longer
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

/// Gives this user tasks that make the longest list.
fn fill(import: impl Fn(&str) -> Answer) {
    let tags: Vec<String> = ('\u{1f600}'..).take(20).map(|tag| tag.to_string().repeat(50)).collect();
    let task = json!({ "title": "\u{1f600}".repeat(200), "description": "\u{1f600}".repeat(1000), "tags": tags });
    for _ in 0..2 {
        import(&json!(vec![&task; 500]).to_string()).expect(200);
    }
}

fn lists_that_are_not_read_are_bounded_for_each_user(database: Database) {
    let app = App::start(database);
    fill(|tasks| app.by("alice", "POST", "/api/tasks/import").text(tasks).send());
    let begin = || {
        let mut stream = connect(app.address);
        stream.write_all(&app.by("alice", "GET", "/api/tasks").bytes("close")).expect("the service reads");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("an answer begins");
        (status == *b"HTTP/1.1 200").then_some(stream)
    };
    let unread: Vec<TcpStream> = std::iter::from_fn(begin).take(10).collect();
    assert!((2..=3).contains(&unread.len()), "{} lists of 9 MB are unread", unread.len());
    let refused = app.by("alice", "GET", "/api/tasks?limit=1").send();
    assert_eq!(refused.expect(429)["error"]["code"], "too_many_requests");
    assert!(refused.header("retry-after").is_some());
    app.by("bob", "GET", "/api/tasks").send().expect(200);
    for mut stream in unread {
        let mut list = Vec::new();
        stream.read_to_end(&mut list).expect("it comes whole");
        assert!(list.ends_with(b"}]"));
    }
    app.by("alice", "GET", "/api/tasks?limit=1").send().expect(200);
}

/// The process's memory in MiB, where the system tells it.
fn memory(service: &Service) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn unread_answers_take_bounded_memory(database: Database) {
    let (folder, url) = database.fresh();
    let service = Service::start(task_api(folder.path(), &production(&url)));
    fill(|tasks| service.by("alice", "POST", "/api/tasks/import").text(tasks).send());
    let list = service.by("alice", "GET", "/api/tasks").bytes("keep-alive");
    let probe = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    let head = format!("GET /livez HTTP/1.1\r\nHost: a\r\n{}\r\n", format!("x: {}\r\n", "v".repeat(1300)).repeat(90));
    for request in [list, probe, head.into_bytes()] {
        let streams: Vec<TcpStream> = (0..32).map(|_| connect(service.address)).collect();
        std::thread::scope(|scope| {
            for stream in &streams {
                scope.spawn(|| send_until_blocked(stream, &request, 4 << 20));
            }
        });
        let memory = memory(&service);
        assert!(memory.is_none_or(|memory| memory < 192), "{memory:?} MiB");
        assert_eq!(service.request("GET", "/livez").bearer(&jwt("bob")).send().status, 200);
    }
}
