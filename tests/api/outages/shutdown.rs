//! SIGTERM with requests in flight: accepted requests get responses, acknowledged writes are stored, and the process exits.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::outages::busy_database::TableLock;
use crate::support::{App, Database, Fault, Proxy, Request, Response, Service, jwt, production, send_bytes, task_api};
use crate::{on_both, on_postgres};

on_both!(shutdown_answers_every_request_of_keep_alive_clients, shutdown_completes_requests_in_flight,);

on_postgres!(an_unresponsive_database_does_not_delay_shutdown);

const CLIENTS: usize = 12;

/// Sends creates on one connection until the server closes it.
/// Returns the acknowledged titles, and the title of an unanswered request.
fn write_until_closed(
    service: SocketAddr,
    number: usize,
    response_count: &AtomicUsize,
) -> (Vec<String>, Option<String>) {
    let mut acknowledged = Vec::new();
    let Ok(mut stream) = TcpStream::connect(service) else { return (acknowledged, None) };
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let bearer = jwt("alice");
    for step in 0.. {
        let title = format!("{number}-{step}");
        let request = Request::new(service, "POST", "/api/tasks").bearer(&bearer).json(&json!({ "title": title }));
        // a request that could not be sent was not accepted
        if stream.write_all(&request.bytes("keep-alive")).is_err() {
            break;
        }
        let Some(response) = Response::attempt(&mut stream) else { return (acknowledged, Some(title)) };
        response.expect(201);
        acknowledged.push(title);
        response_count.fetch_add(1, Ordering::SeqCst);
        if response.header("connection") == Some("close") {
            break;
        }
    }
    (acknowledged, None)
}

fn shutdown_answers_every_request_of_keep_alive_clients(database: Database) {
    let (folder, url) = database.empty();
    // on a slow machine, twelve clients wait for each other longer than the default
    let settings = [&production(&url)[..], &[("POOL_WAIT", "20s"), ("STATEMENT_TIMEOUT", "20s")]].concat();
    for round in 0..3 {
        let service = Service::start(task_api(folder.path(), &settings));
        let (address, response_count) = (service.address, AtomicUsize::new(0));
        // idle connections must not delay the exit
        let idle: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(address).unwrap()).collect();
        let (clients, (log, code)) = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| (round * CLIENTS + number, &response_count))
                .map(|(number, response_count)| {
                    scope.spawn(move || write_until_closed(address, number, response_count))
                })
                .collect();
            while response_count.load(Ordering::SeqCst) < 100 {
                std::thread::yield_now();
            }
            let stopped = service.stop("-TERM");
            (clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>(), stopped)
        });
        drop(idle);
        assert_eq!(code, Some(0), "{log:?}");
        let restarted = Service::start(task_api(folder.path(), &production(&url)));
        let stored = titles(&restarted);
        for (acknowledged, unanswered) in clients {
            for title in &acknowledged {
                assert!(stored.contains(title), "{title} was acknowledged but is not stored");
            }
            assert_eq!(unanswered, None, "a request on an open connection was not answered");
        }
    }
}

fn titles(service: &Service) -> BTreeSet<String> {
    let list = service.request_as("alice", "GET", "/api/tasks").send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// Sends SIGTERM while requests wait for the database, and one request has an incomplete body.
fn shutdown_completes_requests_in_flight(database: Database) {
    const WAITING: usize = 3;
    let (folder, url) = database.empty();
    let mut command = task_api(folder.path(), &production(&url));
    command.env("POOL_WAIT", "20s").env("STATEMENT_TIMEOUT", "20s");
    let service = Service::start(command);
    let address = service.address;
    let post = |title: &str| {
        Request::new(address, "POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": title }))
    };
    let lock = TableLock::take(&url);
    let slow = post("a slow body").bytes("keep-alive");
    let (first, last_bytes) = slow.split_at(slow.len() - 5);
    let mut incomplete = send_bytes(address, first);
    let mut waiting: Vec<TcpStream> =
        (0..WAITING).map(|number| send_bytes(address, &post(&number.to_string()).bytes("keep-alive"))).collect();
    // responses on all worker threads (one per core) show that the pending requests were read
    for _ in 0..50 {
        service.request("GET", "/livez").send().expect(200);
    }
    service.signal("-TERM");
    service.wait_for_line("stopping");
    incomplete.write_all(last_bytes).unwrap();
    drop(lock);
    for stream in waiting.iter_mut().chain([&mut incomplete]) {
        let response = Response::attempt(stream).expect("an accepted request gets a response");
        response.expect(201);
    }
    assert_eq!(service.wait().1, Some(0));
    let restarted = Service::start(task_api(folder.path(), &production(&url)));
    assert_eq!(titles(&restarted).len(), WAITING + 1);
}

/// With a request that waits for an unresponsive database, the process exits with 0 long before `SHUTDOWN_TIMEOUT`.
fn an_unresponsive_database_does_not_delay_shutdown() {
    let direct = App::start(Database::Postgres);
    let proxy = Proxy::before(&direct.url);
    let folder = tempfile::tempdir().unwrap();
    let mut command = task_api(folder.path(), &production(&proxy.url));
    command.env("STATEMENT_TIMEOUT", "500ms").env("SHUTDOWN_TIMEOUT", "10m");
    let service = Service::start(command);
    service.request_as("alice", "GET", "/api/tasks").send().expect(200);
    proxy.set(Fault::BlackHole);
    let mut waiting =
        send_bytes(service.address, &service.request_as("alice", "GET", "/api/tasks").bytes("keep-alive"));
    service.request("GET", "/livez").send().expect(200);
    let started_at = Instant::now();
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
    assert!(started_at.elapsed() < Duration::from_secs(300), "the process exited only after SHUTDOWN_TIMEOUT: {log:?}");
    Response::attempt(&mut waiting).expect("a response").expect(503);
}
