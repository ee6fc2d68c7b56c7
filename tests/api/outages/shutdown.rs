//! SIGTERM while there is work: what was accepted is answered, what was answered is there, and the process ends.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::outages::busy_database::Lock;
use crate::support::{Answer, App, Database, Fault, Proxy, Request, Service, begin, jwt, production, task_api};
use crate::{on_both, on_postgres};

on_both!(many_clients_on_open_connections_lose_nothing, requests_in_flight_are_finished,);

on_postgres!(a_silent_database_does_not_keep_the_process);

const CLIENTS: usize = 12;

/// A client that keeps its connection as long as the server does.
fn client(service: SocketAddr, number: usize, answered: &AtomicUsize) -> (Vec<String>, Option<String>) {
    let mut acknowledged = Vec::new();
    let Ok(mut stream) = TcpStream::connect(service) else { return (acknowledged, None) };
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let bearer = jwt("alice");
    for step in 0.. {
        let title = format!("{number}-{step}");
        let request = Request::new(service, "POST", "/api/tasks").bearer(&bearer).json(&json!({ "title": title }));
        // what cannot be sent any more was not accepted
        if stream.write_all(&request.bytes("keep-alive")).is_err() {
            break;
        }
        let Some(answer) = Answer::attempt(&mut stream) else { return (acknowledged, Some(title)) };
        answer.expect(201);
        acknowledged.push(title);
        answered.fetch_add(1, Ordering::SeqCst);
        if answer.header("connection") == Some("close") {
            break;
        }
    }
    (acknowledged, None)
}

fn many_clients_on_open_connections_lose_nothing(database: Database) {
    let (folder, url) = database.fresh();
    for round in 0..3 {
        let service = Service::start(task_api(folder.path(), &production(&url)));
        let (address, answered) = (service.address, AtomicUsize::new(0));
        // these are open and idle: they must not keep the process
        let idle: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(address).unwrap()).collect();
        let (clients, (log, code)) = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| (round * CLIENTS + number, &answered))
                .map(|(number, answered)| scope.spawn(move || client(address, number, answered)))
                .collect();
            while answered.load(Ordering::SeqCst) < 100 {
                std::thread::yield_now();
            }
            let stopped = service.stop("-TERM");
            (clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>(), stopped)
        });
        drop(idle);
        assert_eq!(code, Some(0), "{log:?}");
        let again = Service::start(task_api(folder.path(), &production(&url)));
        let there = titles(&again);
        for (acknowledged, unanswered) in clients {
            for title in &acknowledged {
                assert!(there.contains(title), "{title} was acknowledged and is not there");
            }
            assert_eq!(unanswered, None, "a request on an open connection was not answered");
        }
    }
}

fn titles(service: &Service) -> BTreeSet<String> {
    let list = service.by("alice", "GET", "/api/tasks").send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// Requests that wait for the database, and one whose body is still on its way, when the signal comes.
fn requests_in_flight_are_finished(database: Database) {
    const WAITING: usize = 3;
    let (folder, url) = database.fresh();
    let mut command = task_api(folder.path(), &production(&url));
    command.env("POOL_WAIT", "20s").env("STATEMENT_TIMEOUT", "20s");
    let service = Service::start(command);
    let address = service.address;
    let post = |title: &str| {
        Request::new(address, "POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": title }))
    };
    let lock = Lock::take(&url);
    let slow = post("a slow body").bytes("keep-alive");
    let (first, rest) = slow.split_at(slow.len() - 5);
    let mut half = begin(address, first);
    let mut waiting: Vec<TcpStream> =
        (0..WAITING).map(|number| begin(address, &post(&number.to_string()).bytes("keep-alive"))).collect();
    // they have been read when another request on the same thread is answered; there are as many threads as cores
    for _ in 0..50 {
        service.request("GET", "/livez").send().expect(200);
    }
    service.signal("-TERM");
    service.line("stopping");
    half.write_all(rest).unwrap();
    drop(lock);
    for stream in waiting.iter_mut().chain([&mut half]) {
        let answer = Answer::attempt(stream).expect("a request that was accepted is answered");
        answer.expect(201);
    }
    assert_eq!(service.wait().1, Some(0));
    let again = Service::start(task_api(folder.path(), &production(&url)));
    assert_eq!(titles(&again).len(), WAITING + 1);
}

/// The database silent, and a request waiting for it: the process ends all the same, long before `SHUTDOWN_TIMEOUT`, and well.
fn a_silent_database_does_not_keep_the_process() {
    let direct = App::start(Database::Postgres);
    let proxy = Proxy::before(&direct.url);
    let folder = tempfile::tempdir().unwrap();
    let mut command = task_api(folder.path(), &production(&proxy.url));
    command.env("STATEMENT_TIMEOUT", "500ms").env("SHUTDOWN_TIMEOUT", "10m");
    let service = Service::start(command);
    service.by("alice", "GET", "/api/tasks").send().expect(200);
    proxy.set(Fault::BlackHole);
    let mut waiting = begin(service.address, &service.by("alice", "GET", "/api/tasks").bytes("keep-alive"));
    service.request("GET", "/livez").send().expect(200);
    let began = Instant::now();
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
    assert!(began.elapsed() < Duration::from_secs(300), "it ended with SHUTDOWN_TIMEOUT: {log:?}");
    Answer::attempt(&mut waiting).expect("it is answered").expect(503);
}
