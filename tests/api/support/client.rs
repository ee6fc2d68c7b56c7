//! An HTTP/1.1 client that sends exactly what it is told: no path is tidied, no header added but those that are needed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::App;

/// A request.
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

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// A body of JSON, with its type.
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Text that claims to be JSON.
    pub fn text(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body.as_bytes())
    }

    /// A body without a type.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Sends it and reads the answer to its end.
    pub fn send(self) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
        // a server may answer and close before it has read a body that it does not want
        let _ = stream.write_all(&self.bytes("close"));
        Answer::read(&mut stream)
    }

    /// The same where the server may be gone: gives an answer that came whole, or none.
    pub fn attempt(self) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        stream.write_all(&self.bytes("close")).ok()?;
        Answer::attempt(&mut stream)
    }

    /// The request as it goes over the line, on a connection that is meant to `close` or to `keep-alive`.
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

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer: as much as it announces, and where that never comes (`HEAD`), until the server closes.
    pub fn read(stream: &mut TcpStream) -> Self {
        Self::parse(&received(stream))
    }

    /// Reads an answer that announces its length, and that may not come.
    pub fn attempt(stream: &mut TcpStream) -> Option<Self> {
        Some(received(stream)).filter(|bytes| is_whole(bytes)).map(|bytes| Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        let end =
            bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {bytes:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).expect("headers are text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
        let pairs =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { status, headers: pairs.collect(), body: bytes[end + 4..].to_vec() }
    }

    /// The value of a header, if it is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is there twice: {self:?}");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body of an answer that was sent in chunks (RFC 9112 section 7.1).
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

    /// The same as JSON.
    pub fn chunked_json(&self) -> Value {
        serde_json::from_slice(&self.chunked_body()).expect("JSON")
    }

    /// Asserts the status, and for a failure that it is a problem document of that status; gives the body.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert!(self.header("x-request-id").is_some(), "every answer has an id: {self:?}");
        if self.status >= 400 { self.expect_problem() } else { self.json() }
    }

    #[track_caller]
    fn expect_problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["type"], "about:blank");
        let detail = problem["detail"].as_str().expect("detail is text");
        assert!(
            !detail.is_empty() && problem["message"] == detail && problem["error"]["message"] == detail,
            "{problem}"
        );
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }

    /// What this answer says is wrong, by its pointers; asserts that it is a 422.
    #[track_caller]
    pub fn wrong(&self) -> Vec<String> {
        let problem = self.expect(422);
        assert_eq!(problem["error"]["code"], "validation_failed");
        let errors = problem["errors"].as_array().expect("a 422 names what is wrong");
        assert!(!errors.is_empty() && errors.iter().all(|error| error["detail"].is_string()), "{problem}");
        errors.iter().map(|error| error["pointer"].as_str().expect("a pointer is text").to_owned()).collect()
    }
}

/// What comes until an answer is whole, or nothing more comes.
fn received(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    while !is_whole(&bytes)
        && let Ok(length @ 1..) = stream.read(&mut chunk)
    {
        bytes.extend_from_slice(&chunk[..length]);
    }
    bytes
}

/// Whether the head is there, and as much of a body as it announces.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

impl App {
    /// Creates a task of this user; gives it.
    #[track_caller]
    pub fn create(&self, user: &str, task: &Value) -> Value {
        self.by(user, "POST", "/api/tasks").json(task).send().expect(201)
    }

    /// Sends these bytes as they are, and reads what is answered to them.
    pub fn exchange(&self, bytes: &[u8]) -> Answer {
        Answer::read(&mut begin(self.address, bytes))
    }
}

/// Sends these bytes on a connection that is left open, for the answer to be read later.
pub fn begin(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream.write_all(bytes).expect("the server reads");
    stream
}
