//! One attack, beside its witnesses.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::attack::{Attack, Load, Requests};
use crate::process::peak_memory;
use crate::support::{Database, Service};
use crate::wire::{self, Answer, Wire};
use crate::witness::{Times, Witness};

/// How many connections the attacker has.
const CONNECTIONS: usize = 32;
/// `RATE_LIMIT` by default: so many requests at once, and so many a second.
const BURST: u32 = 200;
const PER_SECOND: u32 = 100;

/// How much of an attack is run.
#[derive(Clone, Copy)]
pub struct Plan {
    /// The attacker sends for so long, then closes its connections.
    pub attack: Duration,
    /// The attacker begins no more requests than these.
    pub requests: u32,
    /// The witnesses go on for so long: work may outlast its client.
    pub after: Duration,
    /// A witness waits for an answer so long.
    pub patience: Duration,
}

/// What was seen.
pub struct Seen {
    pub lists: Times,
    pub creates: Times,
    pub readyz: Times,
    pub livez: Times,
    /// `None`: the process has ended.
    pub peak_memory: Option<u64>,
    /// The attacker's answers by status, and requests without one by what went wrong.
    pub answers: BTreeMap<String, u32>,
    /// Answers to the attacker that should be others.
    unexpected: Vec<String>,
}

impl Seen {
    /// How many requests of others were answered 503.
    pub fn unavailable(&self) -> usize {
        self.lists.unavailable + self.creates.unavailable
    }

    /// Everything that is wrong apart from times and memory.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, times) in
            [("list", &self.lists), ("create", &self.creates), ("/readyz", &self.readyz), ("/livez", &self.livez)]
        {
            if times.unavailable > 0 {
                wrong.push(format!("{name}: 503, {} times", times.unavailable));
            }
            if let Some(first) = times.wrong.first() {
                wrong.push(format!("{name}: {first}, {} such or other", times.wrong.len()));
            }
        }
        if self.peak_memory.is_none() {
            wrong.push("the process has ended".into());
        }
        if !self.answers.keys().any(|answer| answer == "unread" || answer.parse::<u16>().is_ok()) {
            wrong.push("the attacker: no request was answered".into());
        }
        wrong.extend(
            self.unexpected
                .first()
                .map(|first| format!("the attacker: {first}, {} such or other", self.unexpected.len())),
        );
        wrong
    }
}

/// Runs an attack on a service of its own, on this empty database.
pub fn run(attack: &Attack, database: &Database, plan: Plan) -> Seen {
    (attack.fill)(database);
    let service = Service::with_defaults(database);
    let (address, load) = (service.address(), (attack.load)());
    let attacker = Attacker::new(address, attack, &plan);
    let witness = Witness { address, patience: plan.patience, over: AtomicBool::new(false) };
    let (lists, creates, readyz, livez) = std::thread::scope(|scope| {
        let victim = scope.spawn(|| witness.victim());
        let readyz = scope.spawn(|| witness.prober("/readyz"));
        let livez = scope.spawn(|| witness.prober("/livez"));
        let open = attacker.send(&load);
        std::thread::sleep(plan.after);
        drop(open);
        witness.over.store(true, Ordering::Relaxed);
        let (lists, creates) = victim.join().expect("the victim does not panic");
        (lists, creates, readyz.join().expect("nor the prober"), livez.join().expect("nor the prober"))
    });
    let (answers, unexpected) = attacker.seen.into_inner().expect("no client panicked");
    Seen { lists, creates, readyz, livez, peak_memory: peak_memory(service.id()), answers, unexpected }
}

/// One user with its connections, or one without a credential.
pub struct Attacker<'a> {
    address: SocketAddr,
    attack: &'a Attack,
    began: Instant,
    until: Instant,
    /// How many requests may be begun.
    requests: u32,
    /// How many requests were begun.
    count: AtomicU32,
    /// Answers counted, and those that should be others.
    seen: Mutex<(BTreeMap<String, u32>, Vec<String>)>,
}

impl<'a> Attacker<'a> {
    fn new(address: SocketAddr, attack: &'a Attack, plan: &Plan) -> Self {
        let began = Instant::now();
        let (until, requests) = (began + plan.attack, plan.requests);
        Self { address, attack, began, until, requests, count: AtomicU32::new(0), seen: Mutex::default() }
    }

    /// Gives the connections that are to be left open.
    fn send(&self, load: &Load) -> Vec<TcpStream> {
        match load {
            Load::Answered(requests) => self.send_over_all(&|| self.next_in_turn(), requests),
            Load::Flood(requests) => self.send_over_all(&|| self.next(), requests),
            Load::Unread { connections, request } => return self.leave_unread(*connections, request),
        }
        Vec::new()
    }

    /// The number of the next request; `None` when the attack is over.
    fn next(&self) -> Option<u32> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        (number < self.requests && Instant::now() < self.until).then_some(number)
    }

    /// The same when the rate limit allows it.
    fn next_in_turn(&self) -> Option<u32> {
        let number = self.next()?;
        let due = self.began + number.saturating_sub(BURST) * Duration::from_secs(1) / PER_SECOND;
        std::thread::sleep(due.min(self.until).saturating_duration_since(Instant::now()));
        (Instant::now() < self.until).then_some(number)
    }

    fn send_over_all(&self, next: &(dyn Fn() -> Option<u32> + Sync), requests: &Requests) {
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut wire = Wire::new(self.address);
                    while let Some(number) = next() {
                        requests(number, &mut |request| self.ask(&mut wire, request));
                    }
                });
            }
        });
    }

    /// Sends a request and notes what became of it; `None`: there was no answer.
    fn ask(&self, wire: &mut Wire, request: &[u8]) -> Option<Answer> {
        let asked = wire.ask(request, self.until);
        let (answers, unexpected) = &mut *self.seen.lock().expect("no client panicked");
        match asked {
            Ok(answer) => {
                *answers.entry(answer.status.to_string()).or_default() += 1;
                if !self.attack.accepted.contains(&answer.status) {
                    unexpected.push(format!("status {}", answer.status));
                }
                if answer.body.len() > self.attack.longest_answer {
                    unexpected.push(format!("an answer of {} bytes", answer.body.len()));
                }
                Some(answer)
            }
            // the attack ended first
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                *answers.entry("pending".into()).or_default() += 1;
                None
            }
            Err(error) => {
                *answers.entry(error.kind().to_string()).or_default() += 1;
                if !is_refusal(&error) {
                    unexpected.push(format!("no answer: {error}"));
                }
                std::thread::sleep(Duration::from_millis(10));
                None
            }
        }
    }

    /// Sends the same request over all these connections in turn, and reads nothing; gives the connections, still open.
    fn leave_unread(&self, connections: usize, request: &[u8]) -> Vec<TcpStream> {
        std::thread::scope(|scope| {
            let open = || {
                let mut stream = wire::connect(self.address)?;
                // little of an answer leaves the service
                socket2::SockRef::from(&stream).set_recv_buffer_size(4096)?;
                while self.next_in_turn().is_some() {
                    wire::write(&mut stream, request, self.until)?;
                    *self.seen.lock().expect("no client panicked").0.entry("unread".into()).or_default() += 1;
                }
                Ok::<_, std::io::Error>(stream)
            };
            let threads: Vec<_> = (0..connections).map(|_| scope.spawn(open)).collect();
            threads.into_iter().filter_map(|thread| thread.join().expect("no client panics").ok()).collect()
        })
    }
}

/// A server may end a connection instead of reading a body that it refused.
fn is_refusal(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}
