//! Runs an HTTP server for key sets and sessions that counts requests, can send invalid responses, and can stop and restart.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

/// Defines the response to each request.
#[derive(Clone)]
pub enum Reply {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes, then spaces without end.
    Endless(Vec<u8>),
    /// Sends nothing and keeps the connection open.
    Silence,
}

impl Reply {
    /// Returns a response with a key set.
    pub fn keys(keys: &[Value]) -> Self {
        Self::body("200 OK", "Content-Type: application/json", &json!({ "keys": keys }).to_string())
    }

    /// Returns a response with this status, header and body.
    pub fn body(status: &str, header: &str, body: &str) -> Self {
        Self::Bytes(
            format!("HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
        )
    }

    /// Returns a response with this status and an empty body.
    pub fn status(status: &str) -> Self {
        Self::body(status, "X-Nothing: here", "")
    }

    pub fn redirect(to: &str) -> Self {
        Self::body("302 Found", &format!("Location: {to}"), "")
    }
}

type Handler = Box<dyn Fn(&str) -> Reply + Send>;

/// A key server. It listens until it is stopped or dropped.
pub struct KeyServer {
    address: SocketAddr,
    /// Reserves the port while the server is stopped. No other socket of this machine may take it.
    _reservation: Socket,
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
    /// Starts a server that sends this response to every request.
    pub fn start(reply: Reply) -> Self {
        let shared = Shared {
            handler: Mutex::new(always(reply)),
            requests: AtomicUsize::new(0),
            last_head: Mutex::default(),
            stopped: AtomicBool::new(false),
            silent: Mutex::default(),
        };
        let reservation = bind("127.0.0.1:0".parse().unwrap());
        let address = reservation.local_addr().unwrap().as_socket().unwrap();
        let mut server = Self { address, _reservation: reservation, shared: Arc::new(shared), listening: None };
        server.resume();
        server
    }

    /// Sets the response to all further requests.
    pub fn reply(&self, reply: Reply) {
        self.reply_by_path(always(reply));
    }

    /// Sets a handler that selects the response to further requests by path.
    pub fn reply_by_path(&self, handler: Handler) {
        *self.shared.handler.lock().unwrap() = handler;
    }

    /// Returns the base URL for `BETTER_AUTH_URL`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the URL of the key set.
    pub fn url(&self) -> String {
        format!("{}/api/auth/jwks", self.base())
    }

    /// Returns the number of requests so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Returns the request line and headers of the last request.
    pub fn last_head(&self) -> String {
        self.shared.last_head.lock().unwrap().clone()
    }

    /// Stops listening. Further connections are refused.
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
        let socket = bind(self.address);
        socket.listen(128).unwrap();
        let listener = TcpListener::from(socket);
        self.shared.stopped.store(false, Ordering::SeqCst);
        let shared = self.shared.clone();
        self.listening = Some(std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (stream, shared) = (stream.unwrap(), shared.clone());
                std::thread::spawn(move || shared.respond(stream));
            }
        }));
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Binds a socket that does not listen yet. Several sockets of this user may share its port.
fn bind(address: SocketAddr) -> Socket {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.bind(&address.into()).expect("the port is free");
    socket
}

fn always(reply: Reply) -> Handler {
    Box::new(move |_| reply.clone())
}

impl Shared {
    /// Reads one request and sends the response. Ignores write errors, because the client may close the connection.
    fn respond(&self, mut stream: TcpStream) {
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(request) = head.next() else { return };
        let headers: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
        assert!(!headers.iter().any(|line| line.to_lowercase().starts_with("authorization")), "{headers:?}");
        *self.last_head.lock().unwrap() = format!("{request}\n{}", headers.join("\n"));
        self.requests.fetch_add(1, Ordering::SeqCst);
        let path = request.split(' ').nth(1).expect("a request line");
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
