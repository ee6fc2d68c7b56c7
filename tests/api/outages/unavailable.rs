//! An unreachable database: requests get 503, and succeed again when it is reachable.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::json;
use task_api::db::Migrator;
use tempfile::TempDir;
use url::Url;

use crate::support::{App, Database, Request, Response, SECRET, cookie_header};
use crate::{on_both, on_postgres};

on_both!(an_unreachable_database_is_503, a_recovered_database_is_used_again,);

on_postgres!(terminated_connections_fail_only_requests_in_flight);

/// Starts a service with an unreachable database: a closed port, or a folder instead of the file.
pub fn start_unreachable(database: Database) -> App {
    let folder = tempfile::tempdir().unwrap();
    let url = match database {
        Database::Sqlite => {
            let path = folder.path().join("away.db");
            std::fs::create_dir(&path).unwrap();
            format!("sqlite:{}", path.display())
        }
        Database::Postgres => {
            format!("postgres://somebody:{PASSWORD}@127.0.0.1:{}/away", free_port())
        }
    };
    start_without_migrations(database, url, folder)
}

const PASSWORD: &str = "hunter2hunter2";

/// Starts a service without running migrations, with a pool large enough for parallel requests.
fn start_without_migrations(database: Database, url: String, folder: TempDir) -> App {
    let mut config = App::start(database).config.clone();
    config.database.url = url.parse().unwrap();
    config.database.pool_size = 16;
    App::serve(config, url, folder)
}

/// Returns a request for every route that needs the database.
fn requests(app: &App) -> Vec<Request> {
    let task = json!({ "title": "x", "status": "completed", "completed": true });
    let by_alice = [
        ("GET", "/api/alice/tasks"),
        ("GET", "/api/tasks/1"),
        ("POST", "/api/tasks"),
        ("PUT", "/api/alice/tasks/1"),
        ("PATCH", "/api/tasks/1"),
        ("DELETE", "/api/tasks/1"),
        ("PATCH", "/api/alice/tasks/1/complete"),
        ("PATCH", "/api/tasks/1/toggle"),
        ("PATCH", "/api/tasks/1/status"),
    ];
    let mut requests: Vec<Request> =
        by_alice.map(|(method, path)| app.request_as("alice", method, path).json(&task)).into();
    // an unverifiable session is 503, not 401
    requests.push(app.request("GET", "/api/tasks").header("Cookie", &cookie_header("some-token")));
    requests.push(app.request("GET", "/readyz"));
    requests.push(app.request("GET", "/healthz"));
    requests
}

/// Sends all requests in parallel, because each waits for the database.
pub fn send_all(requests: Vec<Request>) -> Vec<Response> {
    let threads: Vec<JoinHandle<Response>> =
        requests.into_iter().map(|request| std::thread::spawn(|| request.send())).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Asserts a 503 with `Retry-After` and without details of the database.
#[track_caller]
pub fn assert_unavailable(response: &Response) {
    assert_eq!(response.expect(503)["error"]["code"], "unavailable");
    assert!(response.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    let response_text = format!("{:?} {}", response.headers, String::from_utf8_lossy(&response.body)).to_lowercase();
    for word in [
        "sqlite",
        "postgres",
        "127.0.0.1",
        "/tmp",
        "away",
        ".db",
        "somebody",
        PASSWORD,
        &SECRET.to_lowercase(),
        "select",
        "connection refused",
    ] {
        assert!(!response_text.contains(word), "{word} in {response_text}");
    }
}

fn an_unreachable_database_is_503(database: Database) {
    let mut apps = vec![start_unreachable(database)];
    if database == Database::Sqlite {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("away.db");
        std::fs::write(&path, "this was a database once. ".repeat(400)).unwrap();
        apps.push(start_without_migrations(database, format!("sqlite:{}", path.display()), folder));
    }
    for app in apps {
        for response in send_all(requests(&app)) {
            assert_unavailable(&response);
        }
        // requests that need no database are unaffected
        assert_eq!(app.request("GET", "/livez").send().expect(200), json!({ "status": "ok" }));
        app.request("GET", "/nothing").send().expect(404);
        app.request("GET", "/api/tasks").send().expect(401);
        app.request_as("bob", "GET", "/api/alice/tasks").send().expect(403);
        app.request_as("alice", "GET", "/api/tasks/temp-1").send().expect(404);
        app.request_as("alice", "POST", "/api/tasks").text("{").send().expect(400);
        app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "" })).send().expect(422);
    }
}

/// The location of a database that is unreachable at first.
enum DatabaseLocation {
    File,
    Port(Relay),
}

fn a_recovered_database_is_used_again(database: Database) {
    let reachable = App::start_with(database, &[("POOL_SIZE", "1")]);
    let mut config = reachable.config.clone();
    let folder = tempfile::tempdir().unwrap();
    let (url, location) = match database {
        Database::Sqlite => {
            let path = folder.path().join("away.db");
            std::fs::create_dir(&path).unwrap();
            (format!("sqlite:{}", path.display()), DatabaseLocation::File)
        }
        Database::Postgres => {
            let (url, relay) = Relay::before(&reachable.url);
            (url, DatabaseLocation::Port(relay))
        }
    };
    config.database.url = url.parse().unwrap();
    let app = App::serve(config, url, folder);
    assert_unavailable(&app.request_as("alice", "GET", "/api/tasks").send());
    match &location {
        DatabaseLocation::File => std::fs::remove_dir(app.url.strip_prefix("sqlite:").unwrap()).unwrap(),
        DatabaseLocation::Port(relay) => relay.open(),
    }
    Migrator::connect(&app.config.database).unwrap().run().unwrap();
    let task = app.create("alice", &json!({ "title": "back again" }));
    app.request("GET", "/readyz").send().expect(200);
    if let DatabaseLocation::Port(relay) = &location {
        // first with a statement that is not prepared yet, then with a prepared one
        for _ in 0..2 {
            relay.cut();
            // a connection idle for over a second is checked first, which hides the interruption
            let response = app.request_as("alice", "GET", "/api/tasks").send();
            if response.status != 200 {
                assert_unavailable(&response);
            }
            app.request_as("alice", "GET", "/api/tasks").send().expect(200);
        }
    }
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
}

/// A local port that forwards to a database once it is opened.
struct Relay {
    port: u16,
    target: (String, u16),
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// Returns the URL of the database through a closed relay, and the relay.
    fn before(url: &str) -> (String, Self) {
        let mut url = Url::parse(url).unwrap();
        let target = (url.host_str().expect("a database on TCP").to_owned(), url.port().unwrap_or(5432));
        let port = free_port();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        (url.into(), Self { port, target, connections: Arc::default() })
    }

    /// Starts forwarding connections. Forwarding threads end with their connections, the listener with the process.
    fn open(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let (target, connections) = (self.target.clone(), self.connections.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&target).unwrap());
                connections.lock().unwrap().push(client.try_clone().unwrap());
                let directions = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (mut from, mut to) in directions {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
    }

    /// Closes all open connections. New connections are still forwarded.
    fn cut(&self) {
        for stream in self.connections.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Terminates connections repeatedly during creates: acknowledged tasks are stored, other creates are 503, and the pool reconnects.
fn terminated_connections_fail_only_requests_in_flight() {
    let (folder, url) = Database::Postgres.empty();
    let name = url.rsplit("%3D").next().unwrap().to_owned();
    let url = format!("{url}&application_name={name}");
    let config = crate::support::config(&url, &[("POOL_SIZE", "4")]);
    Migrator::connect(&config.database).unwrap().run().unwrap();
    let app = App::serve(config, url, folder);
    let terminate_connections = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
    );
    let acknowledged: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let responses = (0..30)
                        .map(|_| app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send());
                    responses
                        .filter(|response| {
                            if response.status == 201 {
                                true
                            } else {
                                assert_unavailable(response);
                                false
                            }
                        })
                        .count()
                })
            })
            .collect();
        while !writers.iter().all(|writer| writer.is_finished()) {
            app.execute(&terminate_connections);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while app.request("GET", "/readyz").send().status != 200 {
        assert!(std::time::Instant::now() < deadline, "the service does not recover");
    }
    let stored = loop {
        let response = app.request_as("alice", "GET", "/api/tasks").send();
        if response.status == 200 {
            break response.json().as_array().unwrap().len();
        }
        assert!(std::time::Instant::now() < deadline, "the service does not recover");
    };
    // a commit with a lost acknowledgement may be stored too
    assert!((acknowledged..=120).contains(&stored), "{acknowledged} acknowledged, {stored} stored");
}
