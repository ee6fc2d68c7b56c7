//! Limits and ends of event streams.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_web::web;
use chrono::Utc;
use serde_json::json;
use task_api::config::Config;
use task_api::db::Db;
use task_api::server::serve;
use tokio::sync::oneshot;

use crate::on_both;
use crate::support::{App, Database, EventStream, Request, SECRET, config, cookie_header, hs256, send_bytes};

on_both!(
    a_user_has_a_limited_number_of_streams,
    an_idle_stream_gets_comments,
    a_stream_ends_when_its_jwt_expires,
    a_stream_ends_when_its_session_ends,
    streams_end_at_shutdown,
    idle_streams_hold_no_database_connection,
    a_client_that_does_not_read_delays_nobody,
);

fn request(app: &App, user: &str) -> Request {
    app.request_as(user, "GET", "/api/tasks/events")
}

/// Starts a service whose streams verify their credentials every 50 ms, and send comments every 20 ms.
fn start_impatient(database: Database) -> App {
    let (folder, url) = database.migrated();
    let mut config = config(&url, &[]);
    config.requests.streams.credential_check = Duration::from_millis(50);
    config.requests.streams.heartbeat = Duration::from_millis(20);
    App::serve(config, url, folder)
}

fn a_user_has_a_limited_number_of_streams(database: Database) {
    let app = App::start_with(database, &[("STREAMS_PER_USER", "2")]);
    let mut streams: Vec<EventStream> = (0..2).map(|_| EventStream::open(&request(&app, "alice")).0).collect();
    let problem = request(&app, "alice").send();
    assert!(problem.expect(429)["detail"].as_str().unwrap().contains("2 open event streams"), "{problem:?}");
    assert_eq!(problem.header("retry-after"), Some("2"));
    EventStream::open(&request(&app, "bob"));
    // other requests of the user are served
    app.create("alice", &json!({ "title": "t" }));
    streams.pop();
    let deadline = Instant::now() + Duration::from_secs(20);
    while let 429 = request_status(&app) {
        assert!(Instant::now() < deadline, "the place of a closed stream is not free");
    }
}

/// Opens a stream, and closes it after the head of the response.
fn request_status(app: &App) -> u16 {
    use std::io::Read;
    let mut stream = send_bytes(app.address, &request(app, "alice").bytes("close"));
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("a status line");
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

fn an_idle_stream_gets_comments(database: Database) {
    let app = start_impatient(database);
    let (mut stream, _) = EventStream::open(&request(&app, "alice"));
    stream.ready();
    for _ in 0..5 {
        assert_eq!(stream.next(), Some(crate::support::Event::default()));
    }
    app.create("alice", &json!({ "title": "t" }));
    assert_eq!(stream.next_change().1["task"]["title"], "t");
}

fn a_stream_ends_when_its_jwt_expires(database: Database) {
    let app = App::start(database);
    let expires_at = Utc::now().timestamp() + 2;
    let jwt = hs256(&json!({ "sub": "alice", "exp": expires_at }), SECRET);
    let (mut stream, _) = EventStream::open(&app.request("GET", "/api/alice/tasks/events").bearer(&jwt));
    stream.ready();
    while stream.next().is_some() {}
    assert!(Utc::now().timestamp() >= expires_at, "the stream ended before its credential");
    let long = hs256(&json!({ "sub": "alice", "exp": 9e15 }), SECRET);
    EventStream::open(&app.request("GET", "/api/alice/tasks/events").bearer(&long)).0.ready();
}

fn a_stream_ends_when_its_session_ends(database: Database) {
    let app = start_impatient(database);
    for end in ["DELETE FROM session", "UPDATE session SET \"expiresAt\" = '2026-01-01 00:00:00'"] {
        let token = app.sign_in("alice");
        let cookie = app.request("GET", "/api/alice/tasks/events").header("Cookie", &cookie_header(&token));
        let (mut stream, _) = EventStream::open(&cookie);
        stream.ready();
        app.create("alice", &json!({ "title": "t" }));
        assert_eq!(stream.next_change().1["task"]["title"], "t");
        app.execute(end);
        while stream.next().is_some() {}
        cookie.send().expect(401);
        app.execute("DELETE FROM session; DELETE FROM \"user\"");
    }
}

fn streams_end_at_shutdown(database: Database) {
    let (_folder, url) = database.migrated();
    let config: Config = config(&url, &[("SHUTDOWN_TIMEOUT", "30s")]);
    let db = Db::open(&config.database).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (ended, end) = mpsc::channel();
    let http = config.http.clone();
    std::thread::spawn(move || {
        let state = web::Data::new(task_api::server::state(&config, db));
        let serving = serve(listener, None, state, &http, async move { drop(stopped.await) });
        actix_web::rt::System::new().block_on(serving).unwrap();
        ended.send(()).unwrap();
    });
    let request = Request::new(address, "GET", "/api/tasks/events").bearer(&crate::support::jwt("alice"));
    let mut streams: Vec<EventStream> = (0..3).map(|_| EventStream::open(&request).0).collect();
    streams.iter_mut().for_each(|stream| drop(stream.ready()));
    stop.send(()).unwrap();
    for mut stream in streams {
        assert_eq!(stream.next(), None);
    }
    end.recv_timeout(Duration::from_secs(20)).expect("open streams do not delay the exit");
}

/// The service has one connection for reads.
fn idle_streams_hold_no_database_connection(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("STREAMS_PER_USER", "40")]);
    let mut streams: Vec<EventStream> = (0..40).map(|_| EventStream::open(&request(&app, "alice")).0).collect();
    streams.iter_mut().for_each(|stream| drop(stream.ready()));
    let task = app.create("alice", &json!({ "title": "t" }));
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    for stream in &mut streams {
        assert_eq!(stream.next_change().1["task"], task);
    }
}

/// The changes are larger than the buffers of the connection.
fn a_client_that_does_not_read_delays_nobody(database: Database) {
    let app = App::start(database);
    let unread = EventStream::open(&request(&app, "alice")).0;
    let (mut stream, _) = EventStream::open(&request(&app, "alice"));
    let description = "\u{1f600}".repeat(1000);
    let tasks: Vec<_> = (0..100).map(|_| json!({ "op": "create", "title": "t", "description": description })).collect();
    for _ in 0..5 {
        app.request_as("alice", "POST", "/api/tasks/bulk")
            .header("Content-Type", "application/json")
            .json(&json!({ "operations": &tasks[..10] }))
            .send()
            .expect(200);
    }
    for _ in 0..50 {
        assert_eq!(stream.next_change().1["task"]["description"], description);
    }
    drop(unread);
}
