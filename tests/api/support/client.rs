//! An HTTP/1.1 client that sends requests unchanged: it normalizes no path, and adds only the headers that HTTP requires.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::App;

/// A request that is not sent yet.
#[derive(Clone)]
pub struct Request {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        Self { address, method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sets a JSON body and its `Content-Type`.
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Sets any text as the body, with the `Content-Type` of JSON.
    pub fn text(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body.as_bytes())
    }

    /// Sets a body without a `Content-Type`.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Sends the request and reads the response to its end.
    pub fn send(self) -> Response {
        let mut stream = connect(self.address).expect("the server accepts connections");
        // a server may respond and close before it has read a rejected body
        let _ = stream.write_all(&self.bytes("close"));
        // a response to HEAD ends where the server closes, which reads and drops the rest of a rejected body for 1 s before it closes
        let closes_first = self.method == "HEAD" && self.body.is_some();
        Response::parse(&read_bytes(&mut stream, closes_first))
    }

    /// Sends the request to a server that may be down. Returns `None` without a complete response.
    pub fn attempt(self) -> Option<Response> {
        let mut stream = connect(self.address).ok()?;
        stream.write_all(&self.bytes("close")).ok()?;
        Response::attempt(&mut stream)
    }

    /// The bytes of the request. `connection` is the header's value: `close` or `keep-alive`.
    pub fn bytes(&self, connection: &str) -> Vec<u8> {
        let mut text =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: {connection}\r\n", self.method, self.path, self.address);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// Reads a response up to its `Content-Length`, or until the server closes.
    pub fn read(stream: &mut TcpStream) -> Self {
        Self::parse(&read_bytes(stream, false))
    }

    /// Reads a response with a `Content-Length`. Returns `None` if the connection ends before.
    pub fn attempt(stream: &mut TcpStream) -> Option<Self> {
        Some(read_bytes(stream, false)).filter(|bytes| is_complete(bytes)).map(|bytes| Self::parse(&bytes))
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let end = head_length(bytes).unwrap_or_else(|| panic!("no response head: {bytes:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).expect("the head is UTF-8");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
        let pairs =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { status, headers: pairs.collect(), body: bytes[end + 4..].to_vec() }
    }

    /// Returns the value of a header. Panics if the header is repeated.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is repeated: {self:?}");
        value
    }

    /// Parses the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Decodes a chunked body (RFC 9112 section 7.1).
    pub fn chunked_body(&self) -> Vec<u8> {
        assert_eq!(self.header("transfer-encoding"), Some("chunked"));
        let (mut rest, mut body) = (self.body.as_slice(), Vec::new());
        loop {
            let end = rest.windows(2).position(|two| two == b"\r\n").expect("a chunk has a length");
            let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
            if length == 0 {
                return body;
            }
            body.extend_from_slice(&rest[end + 2..end + 2 + length]);
            rest = &rest[end + 2 + length + 2..];
        }
    }

    /// Decodes a chunked body and parses it as JSON.
    pub fn chunked_json(&self) -> Value {
        serde_json::from_slice(&self.chunked_body()).expect("the body is JSON")
    }

    /// Asserts the status and, from 400 on, a problem document with that status. Returns the body.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert!(self.header("x-request-id").is_some(), "a response without a request id: {self:?}");
        if self.status >= 400 { self.expect_problem() } else { self.json() }
    }

    #[track_caller]
    fn expect_problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        let code = problem["error"]["code"].as_str().expect("an error has a code");
        assert_eq!(problem["type"], format!("/docs/errors#{code}"));
        let detail = problem["detail"].as_str().expect("detail is a string");
        assert!(
            !detail.is_empty() && problem["message"] == detail && problem["error"]["message"] == detail,
            "{problem}"
        );
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }

    /// Asserts a 422 and returns the JSON pointers of its errors.
    #[track_caller]
    pub fn error_pointers(&self) -> Vec<String> {
        let problem = self.expect(422);
        assert_eq!(problem["error"]["code"], "validation_failed");
        let errors = problem["errors"].as_array().expect("a 422 has errors");
        assert!(!errors.is_empty() && errors.iter().all(|error| error["detail"].is_string()), "{problem}");
        errors.iter().map(|error| error["pointer"].as_str().expect("a pointer is a string").to_owned()).collect()
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// Reads until the response is complete or the connection ends.
///
/// `closes_first`: this client closes its half once it has the head. The server then closes without waiting for more of a body.
fn read_bytes(stream: &mut TcpStream, mut closes_first: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    while !is_complete(&bytes)
        && let Ok(length @ 1..) = stream.read(&mut chunk)
    {
        bytes.extend_from_slice(&chunk[..length]);
        if closes_first && head_length(&bytes).is_some() {
            closes_first = false;
            // fails on a connection that the server has closed
            let _ = stream.shutdown(Shutdown::Write);
        }
    }
    bytes
}

/// The position of the empty line after the head.
fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n")
}

/// Whether the bytes hold the head and a body of its `Content-Length`.
fn is_complete(bytes: &[u8]) -> bool {
    let Some(end) = head_length(bytes) else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

impl App {
    /// Creates a task of this user and returns it.
    #[track_caller]
    pub fn create(&self, user: &str, task: &Value) -> Value {
        self.request_as(user, "POST", "/api/tasks").json(task).send().expect(201)
    }

    /// Sends these bytes and reads the response.
    pub fn exchange(&self, bytes: &[u8]) -> Response {
        Response::read(&mut send_bytes(self.address, bytes))
    }
}

/// Sends these bytes and returns the open connection, to read the response later.
pub fn send_bytes(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(address).expect("the server accepts connections");
    stream.write_all(bytes).expect("the server reads");
    stream
}
