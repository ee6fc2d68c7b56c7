//! Measures live events: `cargo bench --bench events [-- --quick]`.
//!
//! Starts release builds of the service on SQLite and on PostgreSQL. First, writers create tasks while other clients list and create
//! without a pause. Streams of the writers are open on the same instance, and on a second one. The time of an event starts before its
//! create is sent, so it includes the create. Then 5,000 idle streams are opened. The bench compares their memory with that of as many idle
//! connections, and the times of other clients' requests with those before. Exits with 1 if a limit is exceeded.

#[expect(dead_code, reason = "this bench does not use all helpers")]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use support::{Database, Service, token};

/// The limit of the 99th percentile from the commit to the event.
const MAX_LATENCY: Duration = Duration::from_millis(250);
/// The limit of the additional memory of the idle streams, relative to idle keep-alive connections without a stream.
///
/// actix-http allocates two buffers of 8 KiB for each connection. They are most of it, and no setting makes them smaller.
const MAX_MEMORY: f64 = 1.25;
/// The limit of other requests' p99 with idle streams, relative to that without.
const MAX_SLOWDOWN: f64 = 1.5;
const IDLE_STREAMS: usize = 5_000;
/// The default of `STREAMS_PER_USER`.
const STREAMS_PER_USER: usize = 16;
const WRITERS: usize = 8;
const LOADERS: usize = 4;

fn main() -> ExitCode {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let time = if is_quick { Duration::from_secs(3) } else { Duration::from_secs(15) };
    let mut violations = Vec::new();
    for (name, make) in [("SQLite", Database::sqlite as fn() -> Database), ("PostgreSQL", Database::postgres)] {
        for instances in [1, 2] {
            let latency = measure_latency(&make(), instances, time);
            println!(
                "{name}, {instances} instance(s): {} events, p50 {:.0} ms, p99 {:.0} ms (limit {} ms)",
                latency.len(),
                millis(percentile(&latency, 50)),
                millis(percentile(&latency, 99)),
                MAX_LATENCY.as_millis()
            );
            if latency.is_empty() || percentile(&latency, 99) > MAX_LATENCY {
                violations
                    .push(format!("{name}, {instances} instance(s): p99 of events {:?}", percentile(&latency, 99)));
            }
        }
        violations.extend(measure_idle(name, make, time));
    }
    violations.iter().for_each(|violation| eprintln!("limit exceeded: {violation}"));
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}

/// Returns the times from the start of a create to its event on the last instance.
fn measure_latency(database: &Database, instances: usize, time: Duration) -> Vec<Duration> {
    let services: Vec<Service> =
        (0..instances).map(|_| Service::start(database, &[("TASK_QUOTA", "100000000")])).collect();
    let (writing, listening) = (&services[0], &services[instances - 1]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..LOADERS {
            let is_over = &is_over;
            let mut client = services[number % instances].client(&format!("loader{number}"));
            // A process waits for the write lock of another one in SQLite's own steps of up to 100 ms. So one instance writes.
            let writes = !database.url.starts_with("sqlite:") || number % instances == 0;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    client.expect_success("GET /api/tasks?limit=20", "");
                    if writes {
                        client.send("POST /api/tasks", r#"{"title":"load"}"#).expect("the service responds");
                    }
                }
            });
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let user = format!("writer{number}");
                let events = open_stream(listening.address(), &user);
                let mut client = writing.client(&user);
                let is_over = &is_over;
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while !is_over.load(Ordering::Relaxed) {
                        let start = Instant::now();
                        client.expect_success("POST /api/tasks", r#"{"title":"written"}"#);
                        let received_at = events.recv_timeout(Duration::from_secs(20)).expect("an event follows");
                        times.push(received_at - start);
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    times
                })
            })
            .collect();
        std::thread::sleep(time);
        is_over.store(true, Ordering::Relaxed);
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
    })
}

/// Opens a stream, and reads it on a thread of its own. Returns the times of its changes.
fn open_stream(address: SocketAddr, user: &str) -> Receiver<Instant> {
    let mut stream = BufReader::new(send_request(address, "GET /api/tasks/events", user));
    let (sender, receiver) = channel();
    let mut wait_for = move |text: &str| {
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return false;
            }
            if line.starts_with(text) {
                return true;
            }
        }
    };
    assert!(wait_for("event: ready"), "the stream begins");
    wait_for("data: ");
    std::thread::spawn(move || while wait_for("data: ") && sender.send(Instant::now()).is_ok() {});
    receiver
}

fn send_request(address: SocketAddr, call: &str, user: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    let request = format!("{call} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", token(user));
    stream.write_all(request.as_bytes()).expect("the service reads");
    stream
}

/// Compares memory and times with and without idle streams. Returns the exceeded limits.
fn measure_idle(name: &str, make: fn() -> Database, time: Duration) -> Vec<String> {
    let without_streams = IdleService::start(make(), time).open("GET /livez", "HTTP/1.1 200");
    let mut idle = IdleService::start(make(), time);
    let others_before = measure_others(&idle.service, time);
    let memory = idle.open("GET /api/tasks/events", "event: ready");
    let others = measure_others(&idle.service, time);
    let slowdown = percentile(&others, 99).as_secs_f64() / percentile(&others_before, 99).as_secs_f64();
    let ratio = memory as f64 / without_streams as f64;
    println!(
        "{name}, {IDLE_STREAMS} idle streams: memory {ratio:.2} of idle connections (limit {MAX_MEMORY}), {:.1} KiB each; \
         p99 of others {slowdown:.2} of that without (limit {MAX_SLOWDOWN})",
        memory as f64 / 1024.0 / IDLE_STREAMS as f64
    );
    let limits = [
        (ratio <= MAX_MEMORY, format!("{name}: the idle streams need {ratio:.2} of the memory of idle connections")),
        (slowdown <= MAX_SLOWDOWN, format!("{name}: p99 of others with idle streams is {slowdown:.2} of that without")),
    ];
    limits.into_iter().filter(|(is_kept, _)| !is_kept).map(|(_, limit)| limit).collect()
}

/// A service, and its idle connections.
struct IdleService {
    service: Service,
    connections: Vec<TcpStream>,
    _database: Database,
}

impl IdleService {
    fn start(database: Database, time: Duration) -> Self {
        let service = Service::start(&database, &[("TASK_QUOTA", "100000000")]);
        measure_others(&service, time / 3); // a warm-up
        Self { service, connections: Vec::new(), _database: database }
    }

    /// Sends a request on each of [`IDLE_STREAMS`] connections, reads its response up to this text, and returns the additional memory.
    fn open(&mut self, call: &str, text: &str) -> u64 {
        let before = resident_memory(self.service.id());
        for number in 0..IDLE_STREAMS {
            let stream = send_request(self.service.address(), call, &format!("idle{}", number / STREAMS_PER_USER));
            let mut reader = BufReader::new(&stream);
            let mut line = String::new();
            while !line.contains(text) {
                line.clear();
                assert!(
                    reader.read_line(&mut line).expect("the service responds") > 0,
                    "the service ended the connection"
                );
            }
            self.connections.push(stream);
        }
        resident_memory(self.service.id()).saturating_sub(before)
    }
}

/// Returns the times of lists and creates of four clients.
fn measure_others(service: &Service, time: Duration) -> Vec<Duration> {
    let deadline = Instant::now() + time;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..LOADERS)
            .map(|number| {
                let mut client = service.client(&format!("other{number}"));
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while Instant::now() < deadline {
                        for (call, body) in [("GET /api/tasks?limit=20", ""), ("POST /api/tasks", r#"{"title":"t"}"#)] {
                            let start = Instant::now();
                            client.send(call, body).expect("the service responds");
                            times.push(start.elapsed());
                        }
                    }
                    times
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    })
}

/// Returns the resident memory of a process, in bytes (`VmRSS` of proc(5)).
fn resident_memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the service runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of the memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}
