//! A connection that reads no further than the service answers.
//!
//! actix-http reads and decodes pipelined requests while it answers the first. Each byte can become a hundred in memory. This stream
//! holds back bytes while a request is being answered, while its client does not read, and beyond [`READ_AHEAD`] at a time. They
//! wait in the system's buffer, whose size is fixed, and TCP tells the client to wait.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Instant, Sleep, sleep_until};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that are read before what they hold is decoded.
const READ_AHEAD: usize = 2 * 1024;

/// What the service does with a connection at the moment.
#[derive(Default)]
pub(crate) struct Pace {
    /// Requests that have begun, in all.
    begun: Cell<u64>,
    answering: Cell<u32>,
    wants_body: Cell<bool>,
    is_blocked: Cell<bool>,
    /// Waits for leave to read.
    waiting: Cell<Option<Waker>>,
}

impl Pace {
    /// A request has begun; its response has been handed over when the guard is dropped.
    pub(crate) fn begin(self: &Rc<Self>) -> Answering {
        self.begun.set(self.begun.get().wrapping_add(1));
        self.answering.set(self.answering.get().saturating_add(1));
        self.wants_body.set(false);
        Answering(self.clone())
    }

    /// Whether the request waits for more of its body.
    pub(crate) fn want_body(&self, wanted: bool) {
        self.wants_body.set(wanted);
        if wanted {
            self.resume();
        }
    }

    fn may_read(&self) -> bool {
        !self.is_blocked.get() && (self.answering.get() == 0 || self.wants_body.get())
    }

    fn resume(&self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

/// A request that is being answered.
pub(crate) struct Answering(Rc<Pace>);

impl Drop for Answering {
    fn drop(&mut self) {
        let Self(pace) = self;
        pace.answering.set(pace.answering.get().saturating_sub(1));
        pace.resume();
    }
}

/// The stream of a connection.
pub(crate) struct PacedStream {
    stream: TcpStream,
    pace: Rc<Pace>,
    /// Bytes read since the last time that nothing could be read.
    taken: usize,
    /// Ends the wait for the rest of a head. actix-http has a timeout for the first head of a connection only.
    head: Head,
}

impl PacedStream {
    pub(crate) fn new(stream: TcpStream, header_timeout: Duration) -> Self {
        let head = Head { timeout: header_timeout, of: None, deadline: Box::pin(sleep_until(Instant::now())) };
        Self { stream, pace: Rc::default(), taken: 0, head }
    }

    pub(crate) fn pace(&self) -> Rc<Pace> {
        self.pace.clone()
    }

    /// Leaves what has come in the system's buffer, and looks only whether the client has gone.
    fn hold_back(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        match ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut byte)))? {
            0 => Poll::Ready(Ok(())), // the end, as a read would tell it
            _ => {
                self.pace.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.pace.may_read() {
            this.taken = 0;
            return this.hold_back(context);
        }
        let is_head = this.pace.answering.get() == 0;
        if is_head && this.head.is_late(this.pace.begun.get(), context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let room = READ_AHEAD.saturating_sub(this.taken).min(buffer.remaining());
        if room == 0 {
            this.taken = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(context, &mut part) else {
            this.taken = 0;
            return Poll::Pending;
        };
        let length = part.filled().len();
        read?;
        buffer.advance(length);
        this.taken = this.taken.saturating_add(length);
        if is_head && length > 0 {
            this.head.begin(this.pace.begun.get());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let was_blocked = self.pace.is_blocked.replace(written.is_pending());
        if was_blocked && !written.is_pending() {
            self.pace.resume();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The head of a request that has not come whole yet.
struct Head {
    timeout: Duration,
    /// The number of requests that had begun when its first byte came.
    of: Option<u64>,
    deadline: Pin<Box<Sleep>>,
}

impl Head {
    fn begin(&mut self, begun: u64) {
        if self.of.replace(begun) != Some(begun) {
            self.deadline.as_mut().reset(Instant::now() + self.timeout);
        }
    }

    fn is_late(&mut self, begun: u64, context: &mut Context<'_>) -> bool {
        self.of == Some(begun) && self.deadline.as_mut().poll(context).is_ready()
    }
}
