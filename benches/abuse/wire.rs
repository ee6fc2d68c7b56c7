//! One connection of a client that may be left without an answer: requests as bytes, answers with a deadline.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How often a client that waits looks at its deadline.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// Whether the server ends the connection after it.
    is_last: bool,
}

/// A client that connects when it has to.
pub struct Wire {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Wire {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// The connection failed, the answer is none of HTTP, or `until` passed (`TimedOut`).
    pub fn ask(&mut self, request: &[u8], until: Instant) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        // a server may answer and close before it has read all
        let written = write(&mut stream, request, until);
        let answer = match read(&mut stream, until) {
            Ok(answer) => answer,
            Err(error) => return Err(written.err().filter(|_| error.kind() != ErrorKind::TimedOut).unwrap_or(error)),
        };
        if !answer.is_last && written.is_ok() {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// A connection whose reads and writes return now and then.
pub fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK_EVERY))?;
    stream.set_write_timeout(Some(LOOK_EVERY))?;
    Ok(stream)
}

/// A request as it goes over the line. `head` is the request line without the version, and further headers a line each.
pub fn request(head: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let credential = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let headers: String = headers.lines().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{credential}{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Writes all, or until the deadline.
pub fn write(stream: &mut TcpStream, mut bytes: &[u8], until: Instant) -> Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) => wait_on(error, until)?,
        }
    }
    Ok(())
}

/// Ignores that nothing came within a moment, as long as there is time.
fn wait_on(error: std::io::Error, until: Instant) -> Result<()> {
    match error.kind() {
        ErrorKind::Interrupted => Ok(()),
        ErrorKind::WouldBlock | ErrorKind::TimedOut if Instant::now() < until => Ok(()),
        ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
        _ => Err(error),
    }
}

fn read(stream: &mut TcpStream, until: Instant) -> Result<Answer> {
    let (mut bytes, mut part, mut head) = (Vec::new(), vec![0; 64 * 1024], None);
    loop {
        if head.is_none() {
            head = Head::of(&bytes)?;
        }
        if let Some(head) = &head
            && head.is_whole(&bytes)
        {
            return Ok(Answer { status: head.status, is_last: head.is_last, body: bytes.split_off(head.length) });
        }
        match stream.read(&mut part) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => bytes.extend_from_slice(&part[..length]),
            Err(error) => wait_on(error, until)?,
        }
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    /// Its own length, in bytes.
    length: usize,
    /// The length of the body; `None`: it comes in chunks.
    body: Option<usize>,
    is_last: bool,
}

impl Head {
    fn of(bytes: &[u8]) -> Result<Option<Self>> {
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

    /// No request is sent before the last one was answered, so that the last chunk ends what came.
    fn is_whole(&self, bytes: &[u8]) -> bool {
        match self.body {
            Some(body) => bytes.len() >= self.length + body,
            None => bytes[self.length - 2..].ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}
