//! The database away, broken or busy: 503, and service again when it is back.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use actix_web::rt::System;
use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;
use task_api::auth::{Credential, KeySet, Owner, Presented};
use task_api::store::{Db, Migrator};
use tempfile::TempDir;
use url::Url;

use crate::on_both;
use crate::support::{Answer, App, Database, Request, SECRET, cookie_header, jwt};

on_both!(
    without_its_database_the_service_says_so,
    a_database_that_comes_back_is_used_again,
    a_connection_that_is_not_free_in_time_is_an_outage_that_passes,
    a_lock_that_is_not_free_in_time_is_an_outage_that_passes,
);

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
fn send_all(calls: Vec<Request>) -> Vec<Answer> {
    let threads: Vec<JoinHandle<Answer>> = calls.into_iter().map(|call| std::thread::spawn(|| call.send())).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Asserts that an answer says that the service is out for a while, and no word about what is behind it.
#[track_caller]
fn assert_unavailable(answer: &Answer) {
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
            assert_unavailable(&app.by("alice", "GET", "/api/tasks").send());
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

/// Alice, as her token proves her.
fn alice(app: &App) -> Owner {
    let bearer = format!("Bearer {}", jwt("alice"));
    let presented = Presented { authorization: vec![bearer.as_bytes()], cookie: vec![] };
    match app.config.auth.verifier().judge(&presented, &KeySet::default(), Utc::now()) {
        Ok(Some((_, Credential::User(user)))) => user.into_owner(),
        other => panic!("{other:?}"),
    }
}

/// Keeps a connection of the pool busy until the handle is used.
struct Held(Sender<()>, JoinHandle<()>);

impl Held {
    fn reading(app: &App) -> Self {
        Self::with(app, |db, owner, wait| System::new().block_on(db.read(owner, move |_| Ok(wait()))).unwrap())
    }

    fn writing(app: &App) -> Self {
        Self::with(app, |db, owner, wait| System::new().block_on(db.write(owner, move |_| Ok(wait()))).unwrap())
    }

    fn with(app: &App, work: fn(Db, Owner, Box<dyn FnOnce() + Send>)) -> Self {
        let ((begin, begun), (release, released)) = (channel(), channel());
        let (db, owner) = (app.db.clone(), alice(app));
        let wait = Box::new(move || {
            begin.send(()).unwrap();
            released.recv().unwrap();
        });
        let thread = std::thread::spawn(move || work(db, owner, wait));
        begun.recv().unwrap();
        Self(release, thread)
    }

    fn release(self) {
        self.0.send(()).unwrap();
        self.1.join().unwrap();
    }
}

fn a_connection_that_is_not_free_in_time_is_an_outage_that_passes(database: Database) {
    // with the keys in a file, nothing but these requests asks for a connection
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), r#"{"keys":[]}"#).unwrap();
    let keys = keys.path().to_str().unwrap();
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "100ms"), ("JWKS_FILE", keys)]);
    let reads = || app.by("alice", "GET", "/api/tasks").send();
    let writes = || app.by("alice", "POST", "/api/tasks").json(&json!({ "title": "x" })).send();
    let one_for_all = database == Database::Postgres;
    for _ in 0..2 {
        let held = Held::reading(&app);
        assert_unavailable(&reads());
        if one_for_all {
            assert_unavailable(&writes());
        } else {
            writes().expect(201);
        }
        app.request("GET", "/livez").send().expect(200);
        held.release();
        reads().expect(200);
        writes().expect(201);
        let held = Held::writing(&app);
        assert_unavailable(&writes());
        if one_for_all {
            assert_unavailable(&reads());
        } else {
            reads().expect(200);
        }
        held.release();
        reads().expect(200);
        writes().expect(201);
    }
    let written = if one_for_all { 4 } else { 6 };
    assert_eq!(reads().json().as_array().unwrap().len(), written, "what was refused was not done");
}

/// Somebody else's lock on the table; it goes with the value.
enum Lock {
    Sqlite { _connection: SqliteConnection },
    Postgres { _connection: PgConnection },
}

impl Lock {
    fn take(app: &App) -> Self {
        match app.url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path).unwrap();
                connection.batch_execute("BEGIN IMMEDIATE").unwrap();
                Self::Sqlite { _connection: connection }
            }
            None => {
                let mut connection = PgConnection::establish(&app.url).unwrap();
                connection.batch_execute("BEGIN; LOCK TABLE tasks IN SHARE MODE").unwrap();
                Self::Postgres { _connection: connection }
            }
        }
    }
}

fn a_lock_that_is_not_free_in_time_is_an_outage_that_passes(database: Database) {
    let app = App::start_with(database, &[("STATEMENT_TIMEOUT", "200ms")]);
    let task = app.create("alice", &json!({ "title": "x" }));
    let path = format!("/api/tasks/{}", task["id"]);
    let lock = Lock::take(&app);
    let body = json!({ "title": "y" });
    let writes = [("POST", "/api/tasks"), ("PUT", &path), ("PATCH", &path), ("DELETE", &path)];
    for answer in send_all(writes.map(|(method, path)| app.by("alice", method, path).json(&body)).into()) {
        assert_unavailable(&answer);
    }
    // who reads does not wait for who writes
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    drop(lock);
    assert_eq!(app.by("alice", "PUT", &path).json(&body).send().expect(200)["version"], 2);
}
