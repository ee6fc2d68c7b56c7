//! Limits of exports: at most two concurrent exports for each user, also with slow readers.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::on_both;
use crate::support::{App, Database, Response, jwt};

on_both!(
    a_third_concurrent_export_of_a_user_is_429,
    tasks_of_maximum_size_are_exported_completely,
    of_100_unread_exports_two_are_accepted,
);

const FORMATS: [&str; 3] = ["json", "csv", "ics"];

/// Creates at least `count` tasks of the maximum size, about 9 KB each as JSON.
fn create_large_tasks(app: &App, count: usize) {
    let crab = "\u{1f980}";
    let tags: Vec<String> = (0..20).map(|number| format!("{number:02}{}", crab.repeat(48))).collect();
    let task =
        json!({ "op": "create", "title": crab.repeat(200), "description": crab.repeat(1000), "tags": tags.as_slice() });
    for _ in 0..count.div_ceil(7) {
        let operations = json!({ "operations": vec![&task; 7] });
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&operations).send().expect(200);
    }
}

/// Starts an export without reading it, with a small receive buffer.
fn start_unread_export(app: &App, user: &str, format: &str) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&app.address.into()).unwrap();
    let mut stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let token = jwt(user);
    let request =
        format!("GET /api/tasks/export?format={format} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    stream
}

/// Reads the status of a response and nothing more.
fn read_status(stream: &mut TcpStream) -> u16 {
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

fn export(app: &App, user: &str) -> Response {
    app.request_as(user, "GET", "/api/tasks/export").send()
}

fn a_third_concurrent_export_of_a_user_is_429(database: Database) {
    let app = App::start(database);
    create_large_tasks(&app, 1400); // more than the socket buffers can hold
    let mut unread_exports: Vec<TcpStream> =
        FORMATS.iter().take(2).map(|format| start_unread_export(&app, "alice", format)).collect();
    for stream in &mut unread_exports {
        assert_eq!(read_status(stream), 200);
    }
    let rejected = export(&app, "alice");
    assert_eq!(rejected.expect(429)["error"]["code"], "too_many_requests");
    let retry_after: u64 = rejected.header("retry-after").expect("a Retry-After header").parse().expect("seconds");
    assert!(retry_after >= 1);
    assert_eq!(export(&app, "bob").chunked_json(), json!([]));
    app.request_as("alice", "GET", "/api/tasks?limit=1").send().expect(200);
    // a disconnected client releases its slot
    drop(unread_exports.pop());
    let deadline = Instant::now() + Duration::from_secs(20);
    while export(&app, "alice").status != 200 {
        assert!(Instant::now() < deadline, "the export does not end when its client disconnects");
    }
}

fn tasks_of_maximum_size_are_exported_completely(database: Database) {
    let app = App::start(database);
    create_large_tasks(&app, 140);
    let small: Vec<Value> = (0..300).map(|number| json!({ "title": format!("t{number}") })).collect();
    app.request_as("alice", "POST", "/api/tasks/import").json(&json!(small)).send().expect(200);
    let tasks = export(&app, "alice").chunked_json();
    let mut ids: Vec<i64> = tasks.as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), tasks.as_array().unwrap().len()), (440, 440), "each task once");
    for (format, row_marker) in [("csv", "\r\n"), ("ics", "BEGIN:VTODO\r\n")] {
        let response = app.request_as("alice", "GET", &format!("/api/tasks/export?format={format}")).send();
        let text = String::from_utf8(response.chunked_body()).unwrap();
        assert_eq!(text.matches(row_marker).count(), 440 + usize::from(format == "csv"), "{format}");
        assert!(format != "ics" || text.ends_with("END:VTODO\r\nEND:VCALENDAR\r\n"));
    }
}

fn of_100_unread_exports_two_are_accepted(database: Database) {
    let app = App::start(database);
    create_large_tasks(&app, 1400);
    let mut unread_exports: Vec<TcpStream> =
        (0..100).map(|number| start_unread_export(&app, "alice", FORMATS[number % 3])).collect();
    let statuses: Vec<u16> = unread_exports.iter_mut().map(read_status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    app.request_as("alice", "GET", "/api/tasks?limit=1").send().expect(200);
}
