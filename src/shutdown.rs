//! Taking leave: what a load balancer needs to see before the service stops.
//!
//! Stopping at once loses requests. A balancer goes on sending for a while, and a request that comes in on a kept connection at the very
//! moment in which the service closes it is lost; one that must not be sent twice (POST, PATCH) fails at its client. So the service first
//! says that it is leaving, then lets its connections end one by one, each behind an answer, and closes what is left.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;

/// How long connections are told that they end before they do, where no balancer has to be waited for. A client that is told so begins
/// nothing more on its connection; one whose connection just ends may have sent a request that nobody reads.
const LAST_WORDS: Duration = Duration::from_millis(500);

const STAYING: u8 = 0;
const LEAVING: u8 = 1;
const CLOSING: u8 = 2;

/// How far the service is with stopping.
#[derive(Default, Debug)]
pub struct Shutdown(AtomicU8);

impl Shutdown {
    /// Not ready any more (`/readyz`), and serving all the same.
    pub fn is_draining(&self) -> bool {
        self.0.load(Ordering::Relaxed) != STAYING
    }

    /// Each answer ends its connection.
    pub fn is_closing(&self) -> bool {
        self.0.load(Ordering::Relaxed) == CLOSING
    }

    /// Half of `delay` for leaving, half for closing; without a delay, a moment for closing. `listener` is a second handle of the one that
    /// `server` accepts on.
    pub(crate) async fn drain(&self, server: &ServerHandle, listener: TcpListener, delay: Duration) {
        if delay.is_zero() {
            self.0.store(CLOSING, Ordering::Relaxed);
            return tokio::time::sleep(LAST_WORDS).await;
        }
        self.0.store(LEAVING, Ordering::Relaxed);
        tokio::time::sleep(delay / 2).await;
        // Accepting is ended for good: a balancer that still comes must be refused, which it can tell from a lost request.
        drop(server.pause());
        if let Err(error) = socket2::SockRef::from(&listener).shutdown(std::net::Shutdown::Both) {
            log::warn!("cannot stop listening before the connections are closed: {error}");
        }
        self.0.store(CLOSING, Ordering::Relaxed);
        tokio::time::sleep(delay / 2).await;
    }
}
