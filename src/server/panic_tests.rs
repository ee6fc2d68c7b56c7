//! Tests a panicking handler over a real socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, HttpServer, web};
use log::kv::{Key, Value, VisitSource};
use log::{Log, Metadata, Record};
use serde_json::json;

use crate::config::Config;
use crate::db::Db;
use crate::middleware::authenticate;
use crate::routes::{RouteSpec, resource};
use crate::server::app::app_with;

const SECRET: &str = "kFq3vJt8sWz5yBd1mNx7cRh2gLp9uQe4aTi6oXw0";
const PANICS: RouteSpec = RouteSpec { path: "/api/{user_id}/panic", allow: "POST", guarded: true };

async fn panics() -> HttpResponse {
    panic!("this route always panics")
}

/// The log lines: their level and their key-value pairs.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        struct Pairs(String);
        impl<'kvs> VisitSource<'kvs> for Pairs {
            fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
                self.0.push_str(&format!("{key}={value} "));
                Ok(())
            }
        }
        let mut pairs = Pairs(format!("{} ", record.level()));
        let _ = record.key_values().visit(&mut pairs);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(pairs.0);
    }

    fn flush(&self) {}
}

/// Runs the service with a panicking route until the process exits.
fn serve() -> SocketAddr {
    let folder = tempfile::tempdir().unwrap().keep();
    let url = format!("sqlite:{}", folder.join("unused.db").display());
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(url.clone()),
        "BETTER_AUTH_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    };
    let config = Config::from_lookup(&lookup).unwrap();
    let state = web::Data::new(crate::server::state(&config, Db::open(&config.database).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let application = move || {
        app_with(state.clone(), |routes| {
            routes.service(resource(PANICS).route(web::post().to(panics)).wrap(from_fn(authenticate::authenticate)));
        })
    };
    std::thread::spawn(move || {
        let server = HttpServer::new(application).workers(1).disable_signals().listen(listener).unwrap().run();
        actix_web::rt::System::new().block_on(server).unwrap();
    });
    address
}

/// Begins a chunked upload as alice, without its end.
fn begin_upload(address: SocketAddr, id: &str) -> TcpStream {
    let claims = json!({ "sub": "alice", "exp": 9_999_999_999_u64 });
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST /api/alice/panic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX-Request-Id: {id}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Reads the head of the response.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

#[test]
fn an_unfinished_upload_is_closed_after_a_panic_and_the_log_has_path_and_user() {
    log::set_logger(&LINES).expect("no other test of this binary sets a logger");
    log::set_max_level(log::LevelFilter::Info);
    let address = serve();
    let mut stream = begin_upload(address, "panicked");
    let head = read_head(&mut stream);
    assert!(head.starts_with("http/1.1 500 ") && head.contains("connection: close"), "{head}");
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x1_0000], b"\r\n"].concat();
    // the server discards the body for a short time, which lets the client read the response
    let started_at = Instant::now();
    while stream.write_all(&chunk).is_ok() {
        assert!(started_at.elapsed() < Duration::from_secs(30), "the service keeps reading the body");
    }

    let lines = LINES.0.lock().unwrap_or_else(PoisonError::into_inner);
    let request = lines.iter().find(|line| line.contains("request_id=panicked") && line.contains("status=500"));
    let request = request.unwrap_or_else(|| panic!("{lines:?}"));
    for pair in ["method=POST", "path=/api/{user_id}/panic", "user=alice", "credential=jwt"] {
        assert!(request.contains(pair), "{pair} is missing: {request}");
    }
    let causes = lines.iter().filter(|line| line.starts_with("ERROR") && line.contains("request_id=panicked")).count();
    assert_eq!(causes, 1, "the cause is logged once: {lines:?}");
}
