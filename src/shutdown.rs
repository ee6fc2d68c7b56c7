//! Graceful shutdown: draining behind a load balancer, then closing connections.
//!
//! Stopping at once loses requests. A load balancer keeps sending requests for a while. A request that arrives on a keep-alive
//! connection while the service closes it is lost. A request that must not be repeated (POST, PATCH) then fails at its client. So the
//! service first reports that it is not ready. It then ends each connection after a response, and closes the remaining connections.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::sync::watch;

/// The time in state `Closing` without a configured delay.
///
/// In this time, each response tells its client that the connection ends. Such a client sends no further request on the connection.
/// If a connection ends without this notice, its client may have sent a request that the service never reads.
const CLOSE_NOTICE: Duration = Duration::from_millis(500);

/// Whether this process has shut down its listener to drain.
static STOPPED_LISTENING: AtomicBool = AtomicBool::new(false);

/// Returns whether this process has shut down its listener to drain. The accept thread may then report the listener as broken.
pub(crate) fn has_stopped_listening() -> bool {
    STOPPED_LISTENING.load(Ordering::SeqCst)
}

/// A state of the service.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum State {
    Running,
    Draining,
    Closing,
}

/// The progress of the shutdown: running, draining, closing. Starts as running.
#[derive(Debug)]
pub struct Shutdown {
    state: AtomicU8,
    /// Ends the event streams.
    closing: watch::Sender<bool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { state: AtomicU8::new(State::Running as u8), closing: watch::Sender::new(false) }
    }
}

impl Shutdown {
    /// Returns whether `/readyz` reports 503. The service still serves requests.
    pub fn is_draining(&self) -> bool {
        self.state.load(Ordering::Relaxed) != State::Running as u8
    }

    /// Returns whether each response ends its connection.
    pub fn is_closing(&self) -> bool {
        self.state.load(Ordering::Relaxed) == State::Closing as u8
    }

    /// Returns a receiver whose value becomes `true` when connections close. Event streams then end.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    fn set(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
        self.closing.send_replace(matches!(state, State::Closing));
    }

    /// Drains for half of `delay`, then closes for the other half.
    ///
    /// With a zero `delay`, closes for 500 ms. `listener` is a second handle of the socket on which `server` accepts connections.
    pub(crate) async fn drain(&self, server: &ServerHandle, listener: TcpListener, delay: Duration) {
        if delay.is_zero() {
            self.set(State::Closing);
            return tokio::time::sleep(CLOSE_NOTICE).await;
        }
        self.set(State::Draining);
        tokio::time::sleep(delay / 2).await;
        // A load balancer can distinguish a rejected connection from a lost request. So the service stops listening.
        drop(server.pause());
        STOPPED_LISTENING.store(true, Ordering::SeqCst);
        if let Err(error) = socket2::SockRef::from(&listener).shutdown(std::net::Shutdown::Both) {
            log::warn!("cannot stop listening before the connections are closed: {error}");
        }
        self.set(State::Closing);
        tokio::time::sleep(delay / 2).await;
    }
}
