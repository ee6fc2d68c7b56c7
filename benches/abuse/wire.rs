//! An HTTP/1.1 client on raw bytes, with a deadline for each response.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The interval of deadline checks during a wait.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A complete response.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    /// Whether the server closes the connection after this response.
    is_last: bool,
}

/// A connection that is opened on demand and reused.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Connection {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and reads its response.
    ///
    /// # Errors
    /// The connection failed, the response is not HTTP, or `deadline` passed (`TimedOut`).
    pub fn send(&mut self, request: &[u8], deadline: Instant) -> Result<Response> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        // the server may respond and close the connection before it has read the whole request
        let written = write(&mut stream, request, deadline);
        let response = match read(&mut stream, deadline) {
            Ok(response) => response,
            Err(error) => return Err(written.err().filter(|_| error.kind() != ErrorKind::TimedOut).unwrap_or(error)),
        };
        if !response.is_last && written.is_ok() {
            self.stream = Some(stream);
        }
        Ok(response)
    }
}

/// Connects. Reads and writes return after `POLL_INTERVAL` at the latest.
pub fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(POLL_INTERVAL))?;
    stream.set_write_timeout(Some(POLL_INTERVAL))?;
    Ok(stream)
}

/// Formats a request. `head` is the request line without the version, then one line per further header.
pub fn request(head: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let credential = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let headers: String = headers.lines().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{credential}{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Writes all bytes. Fails with `TimedOut` after the deadline.
pub fn write(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) => retry_until(error, deadline)?,
        }
    }
    Ok(())
}

/// Ignores interrupted and timed out calls before the deadline.
fn retry_until(error: std::io::Error, deadline: Instant) -> Result<()> {
    match error.kind() {
        ErrorKind::Interrupted => Ok(()),
        ErrorKind::WouldBlock | ErrorKind::TimedOut if Instant::now() < deadline => Ok(()),
        ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
        _ => Err(error),
    }
}

/// Sends a request on a new connection, and reads until the response contains this text or is not 200. Returns the status.
///
/// # Errors
/// The connection failed or ended, or `deadline` passed.
pub fn read_until(address: SocketAddr, request: &[u8], until: &[u8], deadline: Instant) -> Result<u16> {
    let mut stream = connect(address)?;
    write(&mut stream, request, deadline)?;
    let (mut bytes, mut part) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        if let Some(Head { status, .. }) = Head::parse(&bytes)?
            && (status != 200 || bytes.windows(until.len()).any(|window| window == until))
        {
            return Ok(status);
        }
        match stream.read(&mut part) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => bytes.extend_from_slice(&part[..length]),
            Err(error) => retry_until(error, deadline)?,
        }
    }
}

fn read(stream: &mut TcpStream, deadline: Instant) -> Result<Response> {
    let (mut bytes, mut part, mut head) = (Vec::new(), vec![0; 64 * 1024], None);
    loop {
        if head.is_none() {
            head = Head::parse(&bytes)?;
        }
        if let Some(head) = &head
            && head.is_complete(&bytes)
        {
            return Ok(Response { status: head.status, is_last: head.is_last, body: bytes.split_off(head.length) });
        }
        match stream.read(&mut part) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => bytes.extend_from_slice(&part[..length]),
            Err(error) => retry_until(error, deadline)?,
        }
    }
}

/// The parsed head of a response.
struct Head {
    status: u16,
    /// The length of the head, in bytes.
    length: usize,
    /// The length of the body, in bytes. `None` for a chunked body.
    body: Option<usize>,
    is_last: bool,
}

impl Head {
    /// Parses the head. Returns `None` if it is incomplete.
    fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(ErrorKind::InvalidData)?;
        let body = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let is_last = text.contains("\r\nconnection: close");
        if body.is_none() && !text.contains("\r\ntransfer-encoding: chunked") {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(Some(Self { status, length: end + 4, body, is_last }))
    }

    /// Whether the body is complete. Requests are not pipelined: no bytes follow the last chunk.
    fn is_complete(&self, bytes: &[u8]) -> bool {
        match self.body {
            Some(body) => bytes.len() >= self.length + body,
            None => bytes[self.length - 2..].ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}
