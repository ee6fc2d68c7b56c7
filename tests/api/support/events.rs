//! A client of server-sent events.

use std::io::Read;
use std::net::TcpStream;

use serde_json::Value;

use super::client::send_bytes;
use super::{Request, Response};

/// An open stream of events.
pub struct EventStream {
    stream: TcpStream,
    /// Received bytes that are not decoded yet.
    bytes: Vec<u8>,
    /// Decoded bytes without a complete event. A chunk can end within a character.
    text: Vec<u8>,
    /// Whether the response has ended.
    is_ended: bool,
}

/// An event, or a comment without fields.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Event {
    pub id: Option<String>,
    pub name: Option<String>,
    pub data: Option<Value>,
    pub retry: Option<u64>,
}

impl EventStream {
    /// Opens a stream. The response must be 200; its head is returned too.
    #[track_caller]
    pub fn open(request: &Request) -> (Self, Response) {
        let mut stream = send_bytes(request.address(), &request.bytes("keep-alive"));
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = find(&bytes, b"\r\n\r\n") {
                break end + 4;
            }
            assert!(read(&mut stream, &mut bytes), "no response: {}", String::from_utf8_lossy(&bytes));
        };
        let head = Response::parse(&bytes[..end]);
        assert_eq!(head.status, 200, "{head:?} {}", String::from_utf8_lossy(&bytes[end..]));
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        bytes.drain(..end);
        (Self { stream, bytes, text: Vec::new(), is_ended: false }, head)
    }

    /// Waits for the next event or comment. `None`: the stream has ended.
    #[track_caller]
    pub fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = find(&self.text, b"\n\n") {
                let event = Event::parse(std::str::from_utf8(&self.text[..end]).expect("events are UTF-8"));
                self.text.drain(..end + 2);
                return Some(event);
            }
            if !self.decode_chunk() {
                if self.is_ended {
                    return None;
                }
                self.is_ended |= !read(&mut self.stream, &mut self.bytes);
            }
        }
    }

    /// Waits for the next change. Skips comments and other events.
    #[track_caller]
    pub fn next_change(&mut self) -> (String, Value) {
        loop {
            let event = self.next().expect("the stream is open");
            if event.name.is_none()
                && let (Some(id), Some(data)) = (event.id, event.data)
            {
                return (id, data);
            }
        }
    }

    /// Waits for the event `ready`. Returns its token, and the changes before it.
    #[track_caller]
    pub fn ready(&mut self) -> (String, Vec<Value>) {
        let mut changes = Vec::new();
        loop {
            let event = self.next().expect("the stream is open");
            match (event.name.as_deref(), event.id, event.data) {
                (Some("ready"), Some(id), _) => return (id, changes),
                (None, Some(_), Some(data)) => changes.push(data),
                _ => {}
            }
        }
    }

    /// Decodes one chunk of the body (RFC 9112 section 7.1). Returns whether a complete one was received.
    fn decode_chunk(&mut self) -> bool {
        let Some(end) = find(&self.bytes, b"\r\n") else { return false };
        let length = std::str::from_utf8(&self.bytes[..end]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let length = length.expect("a chunk has a length");
        if self.bytes.len() < end + 2 + length + 2 {
            return false;
        }
        self.is_ended |= length == 0;
        self.text.extend_from_slice(&self.bytes[end + 2..end + 2 + length]);
        self.bytes.drain(..end + 2 + length + 2);
        length > 0
    }
}

impl Event {
    fn parse(text: &str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("event", name)) => event.name = Some(name.to_owned()),
                Some(("data", data)) => event.data = Some(serde_json::from_str(data).expect("the data is JSON")),
                Some(("retry", time)) => event.retry = Some(time.parse().expect("a number of milliseconds")),
                _ => assert_eq!(line, ":", "an unknown line"),
            }
        }
        event
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Reads more bytes. Returns `false` at the end of the connection.
fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 8192];
    match stream.read(&mut chunk) {
        Ok(0) | Err(_) => false,
        Ok(length) => {
            bytes.extend_from_slice(&chunk[..length]);
            true
        }
    }
}
