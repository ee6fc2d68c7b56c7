//! The database away: 503, and service again when it is back.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::json;
use task_api::db::Migrator;
use tempfile::TempDir;
use url::Url;

use crate::support::{Answer, App, Database, Request, SECRET, cookie_header};
use crate::{on_both, on_postgres};

on_both!(without_its_database_the_service_says_so, a_database_that_comes_back_is_used_again,);

on_postgres!(connections_that_are_ended_cost_what_was_in_flight);

/// A service whose database is not there: a closed port, or a folder where the file should be.
pub fn away(database: Database) -> App {
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
    served(database, url, folder)
}

const PASSWORD: &str = "hunter2hunter2";

/// A service with connections enough to be asked everything at once, and nothing migrated.
fn served(database: Database, url: String, folder: TempDir) -> App {
    let mut config = App::start(database).config.clone();
    config.database.url = url.parse().unwrap();
    config.database.pool_size = 16;
    App::serve(config, url, folder)
}

/// Every call that needs the database.
fn calls(app: &App) -> Vec<Request> {
    let task = json!({ "title": "x", "status": "completed" });
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
    let mut calls: Vec<Request> = by_alice.map(|(method, path)| app.by("alice", method, path).json(&task)).into();
    // whether a session is good cannot be told, which is no reason to say that it is not
    calls.push(app.request("GET", "/api/tasks").header("Cookie", &cookie_header("some-token")));
    calls.push(app.request("GET", "/readyz"));
    calls.push(app.request("GET", "/healthz"));
    calls
}

/// Sends all of them at once: each waits a while for the database.
pub fn send_all(calls: Vec<Request>) -> Vec<Answer> {
    let threads: Vec<JoinHandle<Answer>> = calls.into_iter().map(|call| std::thread::spawn(|| call.send())).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Asserts that an answer says that the service is out for a while, and no word about what is behind it.
#[track_caller]
pub fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.expect(503)["error"]["code"], "unavailable");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    let said = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body)).to_lowercase();
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
        assert!(!said.contains(word), "{word} in {said}");
    }
}

fn without_its_database_the_service_says_so(database: Database) {
    let mut apps = vec![away(database)];
    if database == Database::Sqlite {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("away.db");
        std::fs::write(&path, "this was a database once. ".repeat(400)).unwrap();
        apps.push(served(database, format!("sqlite:{}", path.display()), folder));
    }
    for app in apps {
        for answer in send_all(calls(&app)) {
            assert_unavailable(&answer);
        }
        // what needs no database is answered as ever
        assert_eq!(app.request("GET", "/livez").send().expect(200), json!({ "status": "ok" }));
        app.request("GET", "/nothing").send().expect(404);
        app.request("GET", "/api/tasks").send().expect(401);
        app.by("bob", "GET", "/api/alice/tasks").send().expect(403);
        app.by("alice", "GET", "/api/tasks/temp-1").send().expect(404);
        app.by("alice", "POST", "/api/tasks").text("{").send().expect(400);
        app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "" })).send().expect(422);
    }
}

/// A database that is away at first, and can be brought back.
enum Place {
    File,
    Port(Relay),
}

fn a_database_that_comes_back_is_used_again(database: Database) {
    let behind = App::start_with(database, &[("POOL_SIZE", "1")]);
    let mut config = behind.config.clone();
    let folder = tempfile::tempdir().unwrap();
    let (url, place) = match database {
        Database::Sqlite => {
            let path = folder.path().join("away.db");
            std::fs::create_dir(&path).unwrap();
            (format!("sqlite:{}", path.display()), Place::File)
        }
        Database::Postgres => {
            let (url, relay) = Relay::before(&behind.url);
            (url, Place::Port(relay))
        }
    };
    config.database.url = url.parse().unwrap();
    let app = App::serve(config, url, folder);
    assert_unavailable(&app.by("alice", "GET", "/api/tasks").send());
    match &place {
        Place::File => std::fs::remove_dir(app.url.strip_prefix("sqlite:").unwrap()).unwrap(),
        Place::Port(relay) => relay.open(),
    }
    Migrator::connect(&app.config.database).unwrap().run().unwrap();
    let task = app.create("alice", &json!({ "title": "back again" }));
    app.request("GET", "/readyz").send().expect(200);
    if let Place::Port(relay) = &place {
        // what this connection has not prepared yet, and then what it has
        for _ in 0..2 {
            relay.cut();
            // one that has been idle for a second is asked first, and then nobody notices
            let answer = app.by("alice", "GET", "/api/tasks").send();
            if answer.status != 200 {
                assert_unavailable(&answer);
            }
            app.by("alice", "GET", "/api/tasks").send().expect(200);
        }
    }
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
}

/// A port that leads to a database, or to nothing, or to nothing any more.
struct Relay {
    port: u16,
    target: (String, u16),
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// A relay that is still closed, and the URL of that database by way of it.
    fn before(url: &str) -> (String, Self) {
        let mut url = Url::parse(url).unwrap();
        let target = (url.host_str().expect("a database on TCP").to_owned(), url.port().unwrap_or(5432));
        let port = free_port();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        (url.into(), Self { port, target, open: Arc::default() })
    }

    /// Lets connections through from now on. Its threads end with the connections, and one with the process.
    fn open(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let (target, open) = (self.target.clone(), self.open.clone());
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(&target).unwrap());
                open.lock().unwrap().push(near.try_clone().unwrap());
                let ways = [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)];
                for (mut from, mut to) in ways {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
    }

    /// Cuts the connections that are open; new ones are let through.
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Connections that the server ends, again and again while tasks are made: what was acknowledged is there, what was not is 503, and
/// every connection is replaced.
fn connections_that_are_ended_cost_what_was_in_flight() {
    let (folder, url) = Database::Postgres.fresh();
    let name = url.rsplit("%3D").next().unwrap().to_owned();
    let url = format!("{url}&application_name={name}");
    let config = crate::support::config(&url, &[("POOL_SIZE", "4")]);
    Migrator::connect(&config.database).unwrap().run().unwrap();
    let app = App::serve(config, url, folder);
    let end_all = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
    );
    let acknowledged: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let answers =
                        (0..30).map(|_| app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send());
                    answers
                        .filter(|answer| {
                            if answer.status == 201 {
                                true
                            } else {
                                assert_unavailable(answer);
                                false
                            }
                        })
                        .count()
                })
            })
            .collect();
        while !writers.iter().all(|writer| writer.is_finished()) {
            app.execute(&end_all);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while app.request("GET", "/readyz").send().status != 200 {
        assert!(std::time::Instant::now() < deadline, "the service does not recover");
    }
    let listed = loop {
        let answer = app.by("alice", "GET", "/api/tasks").send();
        if answer.status == 200 {
            break answer.json().as_array().unwrap().len();
        }
        assert!(std::time::Instant::now() < deadline, "the service does not recover");
    };
    // a commit whose acknowledgement was lost with its connection may be there too
    assert!((acknowledged..=120).contains(&listed), "{acknowledged} acknowledged, {listed} there");
}
