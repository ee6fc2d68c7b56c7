//! Limits how far a connection reads ahead of the responses.
//!
//! actix-http reads and decodes pipelined requests while the first response is pending. Each byte can take a hundred bytes of memory.
//! This stream pauses reading while a response is pending, while the client does not read, and after [`READ_AHEAD`] bytes. Unread
//! bytes stay in the socket buffer, whose size is fixed. TCP flow control then stops the client.

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

/// Maximum number of bytes that are read before they are decoded.
const READ_AHEAD: usize = 2 * 1024;

/// The state of a connection that decides whether its stream may read.
#[derive(Default)]
pub(crate) struct Pace {
    /// Total number of requests.
    requests: Cell<u64>,
    pending_responses: Cell<u32>,
    is_waiting_for_body: Cell<bool>,
    is_write_blocked: Cell<bool>,
    /// Wakes the paused reader.
    paused: Cell<Option<Waker>>,
}

impl Pace {
    /// Counts a request. Drop the guard when the response is handed over to actix-http.
    pub(crate) fn begin_response(self: &Rc<Self>) -> PendingResponse {
        self.requests.set(self.requests.get().wrapping_add(1));
        self.pending_responses.set(self.pending_responses.get().saturating_add(1));
        self.is_waiting_for_body.set(false);
        PendingResponse(self.clone())
    }

    /// Sets whether the request waits for more bytes of its body.
    pub(crate) fn set_waiting_for_body(&self, is_waiting: bool) {
        self.is_waiting_for_body.set(is_waiting);
        if is_waiting {
            self.resume();
        }
    }

    fn can_read(&self) -> bool {
        !self.is_write_blocked.get() && (self.pending_responses.get() == 0 || self.is_waiting_for_body.get())
    }

    fn resume(&self) {
        if let Some(waker) = self.paused.take() {
            waker.wake();
        }
    }
}

/// Counts as a pending response until dropped.
pub(crate) struct PendingResponse(Rc<Pace>);

impl Drop for PendingResponse {
    fn drop(&mut self) {
        let Self(pace) = self;
        pace.pending_responses.set(pace.pending_responses.get().saturating_sub(1));
        pace.resume();
    }
}

/// The stream of a connection.
pub(crate) struct PacedStream {
    stream: TcpStream,
    pace: Rc<Pace>,
    /// Bytes read since the stream last returned `Pending`.
    read_ahead: usize,
    /// Timeout of a request head. actix-http applies one only to the first head of a connection.
    head: HeadTimeout,
}

impl PacedStream {
    pub(crate) fn new(stream: TcpStream, header_timeout: Duration) -> Self {
        let head =
            HeadTimeout { timeout: header_timeout, request: None, deadline: Box::pin(sleep_until(Instant::now())) };
        Self { stream, pace: Rc::default(), read_ahead: 0, head }
    }

    pub(crate) fn pace(&self) -> Rc<Pace> {
        self.pace.clone()
    }

    /// Pauses reading. Peeks at the socket only to detect that the client disconnected.
    fn poll_disconnect(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        match ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut byte)))? {
            0 => Poll::Ready(Ok(())), // end of stream, as a read reports it
            _ => {
                self.pace.paused.set(Some(context.waker().clone()));
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
        if !this.pace.can_read() {
            this.read_ahead = 0;
            return this.poll_disconnect(context);
        }
        let is_head = this.pace.pending_responses.get() == 0;
        if is_head && this.head.is_expired(this.pace.requests.get(), context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let capacity = READ_AHEAD.saturating_sub(this.read_ahead).min(buffer.remaining());
        if capacity == 0 {
            this.read_ahead = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(capacity));
        let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(context, &mut part) else {
            this.read_ahead = 0;
            return Poll::Pending;
        };
        let length = part.filled().len();
        read?;
        buffer.advance(length);
        this.read_ahead = this.read_ahead.saturating_add(length);
        if is_head && length > 0 {
            this.head.begin(this.pace.requests.get());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let was_blocked = self.pace.is_write_blocked.replace(written.is_pending());
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

/// The timeout of an incomplete request head.
struct HeadTimeout {
    timeout: Duration,
    /// The number of requests at the first byte of the head; `None`: no head has begun.
    request: Option<u64>,
    deadline: Pin<Box<Sleep>>,
}

impl HeadTimeout {
    /// Starts the timeout with the first byte of a head. Later bytes do not extend it.
    fn begin(&mut self, requests: u64) {
        if self.request.replace(requests) != Some(requests) {
            self.deadline.as_mut().reset(Instant::now() + self.timeout);
        }
    }

    fn is_expired(&mut self, requests: u64, context: &mut Context<'_>) -> bool {
        self.request == Some(requests) && self.deadline.as_mut().poll(context).is_ready()
    }
}
