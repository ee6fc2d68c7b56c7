//! A TCP proxy before PostgreSQL that injects network faults.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use url::Url;

/// A fault of open and of new connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// Delays every read by this time.
    Latency(Duration),
    /// Resets connections.
    Reset,
    /// Holds all bytes back. They arrive after the fault, as with TCP.
    BlackHole,
}

/// A direction of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the service to PostgreSQL.
    ToServer,
    /// From PostgreSQL to the service.
    ToClient,
}

/// The name of the service's connection for change notifications, in its first message to PostgreSQL.
const EVENTS_CONNECTION: &[u8] = b"task-api-events\0";

/// A proxy. Dropping it closes its connections.
pub struct Proxy {
    /// URL of the database through this proxy.
    pub url: String,
    state: Arc<State>,
    _end: oneshot::Sender<()>,
}

struct State {
    target: String,
    fault: watch::Sender<Fault>,
    /// The number of bytes in one direction until the proxy cuts the connection.
    cut: Mutex<Option<(Direction, usize)>>,
    passed: [AtomicUsize; 2],
    /// Whether the service has opened its connection for change notifications.
    has_events_connection: AtomicBool,
}

impl Proxy {
    pub fn before(url: &str) -> Self {
        let mut url = Url::parse(url).unwrap();
        let target = format!("{}:{}", url.host_str().expect("the URL has a host"), url.port().unwrap_or(5432));
        let near = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        near.set_nonblocking(true).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(near.local_addr().unwrap().port())).unwrap();
        let fault = watch::Sender::new(Fault::None);
        let state = Arc::new(State {
            target,
            fault,
            cut: Mutex::default(),
            passed: Default::default(),
            has_events_connection: AtomicBool::new(false),
        });
        let (end, ended) = oneshot::channel();
        std::thread::spawn({
            let state = state.clone();
            move || {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    tokio::select! { _ = ended => {} () = serve(near, state) => {} }
                });
            }
        });
        Self { url: url.into(), state, _end: end }
    }

    /// Sets the fault from now on.
    pub fn set(&self, fault: Fault) {
        self.state.fault.send_replace(fault);
    }

    /// Waits until the service has opened its connection for change notifications. Later cuts and counts leave this connection out.
    pub fn wait_for_events_connection(&self) {
        while !self.state.has_events_connection.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }

    /// Cuts one connection after this number of further bytes.
    pub fn cut_after(&self, way: Direction, bytes: usize) {
        *self.state.cut.lock().unwrap() = Some((way, bytes));
    }

    /// Cancels a pending cut. Returns whether there was one.
    pub fn cancel_cut(&self) -> bool {
        self.state.cut.lock().unwrap().take().is_some()
    }

    /// Returns the number of bytes that have passed.
    pub fn passed(&self, way: Direction) -> usize {
        self.state.passed[way as usize].load(Ordering::SeqCst)
    }
}

async fn serve(near: std::net::TcpListener, state: Arc<State>) {
    let near = TcpListener::from_std(near).unwrap();
    loop {
        let accepted = near.accept().await.unwrap().0;
        tokio::spawn(connection(accepted, state.clone()));
    }
}

/// Forwards one connection until a peer closes it or a fault resets it.
async fn connection(mut near: TcpStream, state: Arc<State>) {
    let Ok(mut far) = TcpStream::connect(&state.target).await else { return };
    let mut fault = state.fault.subscribe();
    let is_for_events = AtomicBool::new(false);
    let is_reset = {
        let (near, far) = (near.split(), far.split());
        tokio::select! {
            _ = forward(near.0, far.1, Direction::ToServer, &state, &is_for_events) => false,
            _ = forward(far.0, near.1, Direction::ToClient, &state, &is_for_events) => false,
            _ = fault.wait_for(|fault| *fault == Fault::Reset) => true,
        }
    };
    if is_reset {
        near.set_zero_linger().unwrap();
    }
}

/// Forwards one direction of a connection to its end.
async fn forward(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    way: Direction,
    state: &State,
    is_for_events: &AtomicBool,
) -> io::Result<()> {
    let mut fault = state.fault.subscribe();
    let mut buffer = [0; 8192];
    loop {
        let length = from.read(&mut buffer).await?;
        let current = *fault.wait_for(|fault| *fault != Fault::BlackHole).await.expect("the state holds the sender");
        if let Fault::Latency(time) = current {
            tokio::time::sleep(time).await;
        }
        if buffer[..length].windows(EVENTS_CONNECTION.len()).any(|window| window == EVENTS_CONNECTION) {
            is_for_events.store(true, Ordering::SeqCst);
            state.has_events_connection.store(true, Ordering::SeqCst);
        }
        let mut allowed = length;
        if !is_for_events.load(Ordering::SeqCst) {
            allowed = state.allowed(way, length);
            // counts first: a test may see the effect of these bytes before this task continues
            state.passed[way as usize].fetch_add(allowed, Ordering::SeqCst);
        }
        to.write_all(&buffer[..allowed]).await?;
        if length == 0 || allowed < length {
            return to.shutdown().await;
        }
    }
}

impl State {
    /// Returns how many of `length` bytes may pass in this direction.
    fn allowed(&self, way: Direction, length: usize) -> usize {
        let mut pending = self.cut.lock().unwrap();
        match &mut *pending {
            Some((cut_way, bytes)) if *cut_way == way && length > *bytes => {
                let allowed = *bytes;
                *pending = None;
                allowed
            }
            Some((cut_way, bytes)) if *cut_way == way => {
                *bytes -= length;
                length
            }
            _ => length,
        }
    }
}
