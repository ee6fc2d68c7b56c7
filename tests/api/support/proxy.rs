//! A way to PostgreSQL on which things go wrong when they are told to.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use url::Url;

/// What goes wrong, on the connections that are open and on new ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// Everything takes so much longer.
    Latency(Duration),
    /// Connections are reset.
    Reset,
    /// Connections stay open, and nothing comes through. What was sent arrives when the fault has gone, as TCP promises.
    BlackHole,
}

/// Of the two ways of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// From the service to PostgreSQL.
    There,
    Back,
}

/// The proxy; its connections go with it.
pub struct Proxy {
    /// Of the database, by way of this proxy.
    pub url: String,
    state: Arc<State>,
    _end: oneshot::Sender<()>,
}

struct State {
    target: String,
    fault: watch::Sender<Fault>,
    /// How many bytes may still pass on one way, before its connection is cut.
    left: Mutex<Option<(Way, usize)>>,
    passed: [AtomicUsize; 2],
}

impl Proxy {
    pub fn before(url: &str) -> Self {
        let mut url = Url::parse(url).unwrap();
        let target = format!("{}:{}", url.host_str().expect("a database on TCP"), url.port().unwrap_or(5432));
        let near = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        near.set_nonblocking(true).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(near.local_addr().unwrap().port())).unwrap();
        let fault = watch::Sender::new(Fault::None);
        let state = Arc::new(State { target, fault, left: Mutex::default(), passed: Default::default() });
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

    /// From now on this goes wrong.
    pub fn set(&self, fault: Fault) {
        self.state.fault.send_replace(fault);
    }

    /// Cuts a connection, once, after so many bytes more.
    pub fn cut_after(&self, way: Way, bytes: usize) {
        *self.state.left.lock().unwrap() = Some((way, bytes));
    }

    /// Whether a cut is still to come; there will be none.
    pub fn forget_cut(&self) -> bool {
        self.state.left.lock().unwrap().take().is_some()
    }

    /// How many bytes have passed.
    pub fn passed(&self, way: Way) -> usize {
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

/// Carries one connection until one of its ends, or the fault, makes an end of it.
async fn connection(mut near: TcpStream, state: Arc<State>) {
    let Ok(mut far) = TcpStream::connect(&state.target).await else { return };
    let mut fault = state.fault.subscribe();
    let is_reset = {
        let (near, far) = (near.split(), far.split());
        tokio::select! {
            _ = carry(near.0, far.1, Way::There, &state) => false,
            _ = carry(far.0, near.1, Way::Back, &state) => false,
            _ = fault.wait_for(|fault| *fault == Fault::Reset) => true,
        }
    };
    if is_reset {
        near.set_zero_linger().unwrap();
    }
}

/// Carries one way of a connection to its end.
async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, way: Way, state: &State) -> io::Result<()> {
    let mut fault = state.fault.subscribe();
    let mut buffer = [0; 8192];
    loop {
        let length = from.read(&mut buffer).await?;
        let passing = *fault.wait_for(|fault| *fault != Fault::BlackHole).await.expect("the state is here");
        if let Fault::Latency(time) = passing {
            tokio::time::sleep(time).await;
        }
        let allowed = state.allowed(way, length);
        // counted first: what comes of these bytes may be seen before this task goes on
        state.passed[way as usize].fetch_add(allowed, Ordering::SeqCst);
        to.write_all(&buffer[..allowed]).await?;
        if length == 0 || allowed < length {
            return to.shutdown().await;
        }
    }
}

impl State {
    /// How many of so many bytes may pass on this way.
    fn allowed(&self, way: Way, length: usize) -> usize {
        let mut left = self.left.lock().unwrap();
        match &mut *left {
            Some((cut, bytes)) if *cut == way && length > *bytes => {
                let allowed = *bytes;
                *left = None;
                allowed
            }
            Some((cut, bytes)) if *cut == way => {
                *bytes -= length;
                length
            }
            _ => length,
        }
    }
}
