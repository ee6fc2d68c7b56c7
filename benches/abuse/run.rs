//! Runs one attack, with the witnesses in parallel.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::attack::{Attack, Load, Requests};
use crate::process::peak_memory;
use crate::support::{Database, Service};
use crate::wire::{self, Connection, Response};
use crate::witness::{Times, Witness};

/// The number of the attacker's connections.
const CONNECTIONS: usize = 32;
/// The default of `RATE_LIMIT`: burst, and requests per second.
const BURST: u32 = 200;
const PER_SECOND: u32 = 100;

/// The extent of a run.
#[derive(Clone, Copy)]
pub struct Plan {
    /// The duration of the attack. Then the attacker closes its connections.
    pub attack: Duration,
    /// The limit of the attacker's requests.
    pub requests: u32,
    /// How long the witnesses continue after the attack, because work may continue after its client disconnects.
    pub after: Duration,
    /// The timeout of a witness's request.
    pub timeout: Duration,
}

/// The results of a run.
pub struct Report {
    pub lists: Times,
    pub creates: Times,
    pub readyz: Times,
    pub livez: Times,
    /// In bytes. `None` if the process has ended.
    pub peak_memory: Option<u64>,
    /// The attacker's requests, counted by response status, or by the error without a response.
    pub responses: BTreeMap<String, u32>,
    /// Unexpected responses to the attacker.
    unexpected: Vec<String>,
}

impl Report {
    /// Returns the number of 503 responses to the victim.
    pub fn unavailable(&self) -> usize {
        self.lists.unavailable + self.creates.unavailable
    }

    /// Lists all unexpected outcomes except times and memory.
    pub fn unexpected_outcomes(&self) -> Vec<String> {
        let mut outcomes = Vec::new();
        for (name, times) in
            [("list", &self.lists), ("create", &self.creates), ("/readyz", &self.readyz), ("/livez", &self.livez)]
        {
            if times.unavailable > 0 {
                outcomes.push(format!("{name}: 503, {} times", times.unavailable));
            }
            if let Some(first) = times.unexpected.first() {
                outcomes.push(format!("{name}: {} unexpected outcomes, the first: {first}", times.unexpected.len()));
            }
        }
        if self.peak_memory.is_none() {
            outcomes.push("the process has ended".into());
        }
        if !self.responses.keys().any(|outcome| outcome == "unread" || outcome.parse::<u16>().is_ok()) {
            outcomes.push("the attacker: no request got a response".into());
        }
        outcomes.extend(
            self.unexpected.first().map(|first| {
                format!("the attacker: {} unexpected outcomes, the first: {first}", self.unexpected.len())
            }),
        );
        outcomes
    }
}

/// Fills this empty database, starts a service on it, and runs the attack.
pub fn run(attack: &Attack, database: &Database, plan: Plan) -> Report {
    (attack.fill)(database);
    let service = Service::with_defaults(database);
    let (address, load) = (service.address(), (attack.load)());
    let attacker = Attacker::new(address, attack, &plan);
    let witness = Witness { address, timeout: plan.timeout, is_over: AtomicBool::new(false) };
    let (lists, creates, readyz, livez) = std::thread::scope(|scope| {
        let victim = scope.spawn(|| witness.victim());
        let readyz = scope.spawn(|| witness.prober("/readyz"));
        let livez = scope.spawn(|| witness.prober("/livez"));
        let open = attacker.send(&load);
        std::thread::sleep(plan.after);
        drop(open);
        witness.is_over.store(true, Ordering::Relaxed);
        let (lists, creates) = victim.join().expect("the victim does not panic");
        (
            lists,
            creates,
            readyz.join().expect("the prober does not panic"),
            livez.join().expect("the prober does not panic"),
        )
    });
    let (responses, unexpected) = attacker.outcomes.into_inner().expect("no client panicked");
    Report { lists, creates, readyz, livez, peak_memory: peak_memory(service.id()), responses, unexpected }
}

/// A client with several connections, as one user or without a credential.
pub struct Attacker<'a> {
    address: SocketAddr,
    attack: &'a Attack,
    start: Instant,
    deadline: Instant,
    /// The limit of requests.
    requests: u32,
    /// The number of started requests.
    count: AtomicU32,
    /// The counted responses, and the unexpected ones.
    outcomes: Mutex<(BTreeMap<String, u32>, Vec<String>)>,
}

impl<'a> Attacker<'a> {
    fn new(address: SocketAddr, attack: &'a Attack, plan: &Plan) -> Self {
        let start = Instant::now();
        let (deadline, requests) = (start + plan.attack, plan.requests);
        Self { address, attack, start, deadline, requests, count: AtomicU32::new(0), outcomes: Mutex::default() }
    }

    /// Runs the attack. Returns the connections that stay open.
    fn send(&self, load: &Load) -> Vec<TcpStream> {
        match load {
            Load::Paced(requests) => self.send_over_all(&|| self.next_paced(), requests),
            Load::Flood(requests) => self.send_over_all(&|| self.next(), requests),
            Load::Unread { connections, request } => return self.leave_unread(*connections, request),
            Load::BesideStreams { streams, stream, requests } => {
                let open = (0..*streams).filter_map(|_| self.open_unread(stream).ok()).collect();
                self.send_over_all(&|| self.next_paced(), requests);
                return open;
            }
            Load::Reconnects { stream, until } => self.reconnect(stream, until),
        }
        Vec::new()
    }

    /// Returns the number of the next request. Returns `None` after the attack.
    fn next(&self) -> Option<u32> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        (number < self.requests && Instant::now() < self.deadline).then_some(number)
    }

    /// Waits until the rate limit allows the next request, then returns its number.
    fn next_paced(&self) -> Option<u32> {
        let number = self.next()?;
        let due = self.start + number.saturating_sub(BURST) * Duration::from_secs(1) / PER_SECOND;
        std::thread::sleep(due.min(self.deadline).saturating_duration_since(Instant::now()));
        (Instant::now() < self.deadline).then_some(number)
    }

    fn send_over_all(&self, next: &(dyn Fn() -> Option<u32> + Sync), requests: &Requests) {
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut connection = Connection::new(self.address);
                    while let Some(number) = next() {
                        requests(number, &mut |request| self.exchange(&mut connection, request));
                    }
                });
            }
        });
    }

    /// Sends a request and records the outcome. Returns `None` without a response.
    fn exchange(&self, connection: &mut Connection, request: &[u8]) -> Option<Response> {
        let result = connection.send(request, self.deadline);
        let (responses, unexpected) = &mut *self.outcomes.lock().expect("no client panicked");
        match result {
            Ok(response) => {
                *responses.entry(response.status.to_string()).or_default() += 1;
                if !self.attack.accepted.contains(&response.status) {
                    unexpected.push(format!("status {}", response.status));
                }
                if response.body.len() > self.attack.max_response {
                    unexpected.push(format!("a response of {} bytes", response.body.len()));
                }
                Some(response)
            }
            // the attack ended before the response
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                *responses.entry("pending".into()).or_default() += 1;
                None
            }
            Err(error) => {
                *responses.entry(error.kind().to_string()).or_default() += 1;
                if !is_closed_connection(&error) {
                    unexpected.push(format!("no response: {error}"));
                }
                std::thread::sleep(Duration::from_millis(10));
                None
            }
        }
    }

    /// Sends the same request repeatedly over several connections and reads no response. Returns the open connections.
    fn leave_unread(&self, connections: usize, request: &[u8]) -> Vec<TcpStream> {
        std::thread::scope(|scope| {
            let open = || {
                let mut stream = wire::connect(self.address)?;
                // a small buffer keeps most of the response in the service
                socket2::SockRef::from(&stream).set_recv_buffer_size(4096)?;
                while self.next_paced().is_some() {
                    wire::write(&mut stream, request, self.deadline)?;
                    *self.outcomes.lock().expect("no client panicked").0.entry("unread".into()).or_default() += 1;
                }
                Ok::<_, std::io::Error>(stream)
            };
            let threads: Vec<_> = (0..connections).map(|_| scope.spawn(open)).collect();
            threads.into_iter().filter_map(|thread| thread.join().expect("no client panics").ok()).collect()
        })
    }
}

impl Attacker<'_> {
    /// Opens a connection with a small buffer, sends a request and reads no response.
    fn open_unread(&self, request: &[u8]) -> std::io::Result<TcpStream> {
        let mut stream = wire::connect(self.address)?;
        socket2::SockRef::from(&stream).set_recv_buffer_size(4096)?;
        wire::write(&mut stream, request, self.deadline)?;
        Ok(stream)
    }

    /// Opens event streams over all connections. Records the status of each.
    fn reconnect(&self, request: &[u8], until: &[u8]) {
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    while self.next().is_some() {
                        let status = wire::read_until(self.address, request, until, self.deadline);
                        let (responses, unexpected) = &mut *self.outcomes.lock().expect("no client panicked");
                        match status {
                            Ok(status) => {
                                *responses.entry(status.to_string()).or_default() += 1;
                                if !self.attack.accepted.contains(&status) {
                                    unexpected.push(format!("status {status}"));
                                }
                            }
                            Err(error) => *responses.entry(error.kind().to_string()).or_default() += 1,
                        }
                    }
                });
            }
        });
    }
}

/// Whether the server closed the connection. It may do so instead of reading the body of a rejected request.
fn is_closed_connection(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}
