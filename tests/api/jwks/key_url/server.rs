//! A server of key sets that can misbehave, be counted, stop and come back.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// What is written to whoever asks.
#[derive(Clone)]
pub enum Reply {
    /// These bytes, and the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, and then text without end.
    Endless(Vec<u8>),
    /// Nothing, with the connection left open.
    Silence,
}

impl Reply {
    /// A key set.
    pub fn keys(keys: &[Value]) -> Self {
        Self::body("200 OK", "Content-Type: application/json", &json!({ "keys": keys }).to_string())
    }

    /// An answer with this header and body.
    pub fn body(status: &str, header: &str, body: &str) -> Self {
        Self::Bytes(
            format!("HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
        )
    }

    /// An answer that says nothing but this.
    pub fn status(status: &str) -> Self {
        Self::body(status, "X-Nothing: here", "")
    }

    pub fn redirect(to: &str) -> Self {
        Self::body("302 Found", &format!("Location: {to}"), "")
    }
}

type Handler = Box<dyn Fn(&str) -> Reply + Send>;

/// The server. It listens until it is stopped or dropped.
pub struct KeyServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Mutex<Handler>,
    requests: AtomicUsize,
    last_head: Mutex<String>,
    stopped: AtomicBool,
    silent: Mutex<Vec<TcpStream>>,
}

impl KeyServer {
    /// A server that answers everything so.
    pub fn start(reply: Reply) -> Self {
        let shared = Shared {
            handler: Mutex::new(always(reply)),
            requests: AtomicUsize::new(0),
            last_head: Mutex::default(),
            stopped: AtomicBool::new(false),
            silent: Mutex::default(),
        };
        let (address, shared) = ("127.0.0.1:0".parse().unwrap(), Arc::new(shared));
        let mut server = Self { address, shared, listening: None };
        server.resume();
        server
    }

    /// Answers everything so from now on.
    pub fn reply(&self, reply: Reply) {
        self.reply_by_path(always(reply));
    }

    /// Answers by the path from now on.
    pub fn reply_by_path(&self, handler: Handler) {
        *self.shared.handler.lock().unwrap() = handler;
    }

    /// The base URL, as `BETTER_AUTH_URL` has it.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the key set is.
    pub fn url(&self) -> String {
        format!("{}/api/auth/jwks", self.base())
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The request line and headers of the last of them.
    pub fn last_head(&self) -> String {
        self.shared.last_head.lock().unwrap().clone()
    }

    /// Listens no more: who connects is refused.
    pub fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            self.shared.stopped.store(true, Ordering::SeqCst);
            let _ = TcpStream::connect(self.address);
            listening.join().unwrap();
            self.shared.silent.lock().unwrap().clear();
        }
    }

    /// Listens on the same port again.
    pub fn resume(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the port is free");
        self.address = listener.local_addr().unwrap();
        self.shared.stopped.store(false, Ordering::SeqCst);
        let shared = self.shared.clone();
        self.listening = Some(std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (stream, shared) = (stream.unwrap(), shared.clone());
                std::thread::spawn(move || shared.answer(stream));
            }
        }));
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn always(reply: Reply) -> Handler {
    Box::new(move |_| reply.clone())
}

impl Shared {
    /// Reads one request, and answers it; that the other side has had enough is its right.
    fn answer(&self, mut stream: TcpStream) {
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(request) = head.next() else { return };
        let rest: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
        assert!(!rest.iter().any(|line| line.to_lowercase().starts_with("authorization")), "{rest:?}");
        *self.last_head.lock().unwrap() = format!("{request}\n{}", rest.join("\n"));
        self.requests.fetch_add(1, Ordering::SeqCst);
        let path = request.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).expect("a GET");
        let reply = (self.handler.lock().unwrap())(path);
        match reply {
            Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
            Reply::Endless(bytes) => {
                let _ = stream.write_all(&bytes);
                while stream.write_all(&[b' '; 8192]).is_ok() {}
            }
            Reply::Silence => self.silent.lock().unwrap().push(stream),
        }
    }
}
