//! A busy database: requests get 503 after a timeout, and succeed again when the database is free.

use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use better_auth_guard::Owner;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;
use task_api::db::{Db, DbError};

use crate::on_both;
use crate::outages::unavailable::{assert_unavailable, send_all};
use crate::support::{App, Database, NO_KEYS, owner, send_bytes};

on_both!(
    a_pool_timeout_is_503_until_a_connection_is_free,
    a_lock_timeout_is_503_until_the_lock_is_released,
    a_statement_over_the_timeout_is_cancelled,
    a_disconnected_client_leaves_the_queue,
);

/// Work that signals its start and blocks until it is released.
type BlockingWork = Box<dyn FnOnce() -> Result<(), DbError> + Send>;

/// Occupies a connection of the pool until [`HeldConnection::release`].
pub(crate) struct HeldConnection(Sender<()>, JoinHandle<()>);

impl HeldConnection {
    pub(crate) fn reading(app: &App) -> Self {
        Self::reading_as(app, "alice")
    }

    pub(crate) fn reading_as(app: &App, user: &str) -> Self {
        let read = |db: Db, owner, wait: BlockingWork| System::new().block_on(db.read(owner, |_| wait())).unwrap();
        Self::start(app, user, read)
    }

    pub(crate) fn writing(app: &App) -> Self {
        let write =
            |db: Db, owner, wait: BlockingWork| System::new().block_on(db.write_many(owner, |_| wait())).unwrap();
        Self::start(app, "alice", write)
    }

    fn start(app: &App, user: &str, work: fn(Db, Owner, BlockingWork)) -> Self {
        let ((started, start_signal), (release, release_signal)) = (channel(), channel());
        let (db, owner) = (app.db.clone(), owner(app, user));
        let wait = Box::new(move || {
            started.send(()).unwrap();
            release_signal.recv().unwrap();
            Ok(())
        });
        let thread = std::thread::spawn(move || work(db, owner, wait));
        start_signal.recv().unwrap();
        Self(release, thread)
    }

    pub(crate) fn release(self) {
        self.0.send(()).unwrap();
        self.1.join().unwrap();
    }
}

fn a_pool_timeout_is_503_until_a_connection_is_free(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "100ms"), NO_KEYS]);
    let read = || app.request_as("alice", "GET", "/api/tasks").send();
    let write = || app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "x" })).send();
    let has_one_pool = database == Database::Postgres;
    for _ in 0..2 {
        let held = HeldConnection::reading(&app);
        assert_unavailable(&read());
        if has_one_pool {
            assert_unavailable(&write());
        } else {
            write().expect(201);
        }
        app.request("GET", "/livez").send().expect(200);
        held.release();
        read().expect(200);
        write().expect(201);
        let held = HeldConnection::writing(&app);
        assert_unavailable(&write());
        if has_one_pool {
            assert_unavailable(&read());
        } else {
            read().expect(200);
        }
        held.release();
        read().expect(200);
        write().expect(201);
    }
    let created = if has_one_pool { 4 } else { 6 };
    assert_eq!(read().json().as_array().unwrap().len(), created, "no rejected write was executed");
}

/// A lock of another connection on the table. Released on drop.
pub enum TableLock {
    Sqlite { _connection: SqliteConnection },
    Postgres { _connection: PgConnection },
}

impl TableLock {
    pub fn take(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path).unwrap();
                connection.batch_execute("BEGIN IMMEDIATE").unwrap();
                Self::Sqlite { _connection: connection }
            }
            None => {
                let mut connection = PgConnection::establish(url).unwrap();
                connection.batch_execute("BEGIN; LOCK TABLE tasks IN SHARE MODE").unwrap();
                Self::Postgres { _connection: connection }
            }
        }
    }
}

fn a_lock_timeout_is_503_until_the_lock_is_released(database: Database) {
    let app = App::start_with(database, &[("STATEMENT_TIMEOUT", "200ms")]);
    let task = app.create("alice", &json!({ "title": "x" }));
    let path = format!("/api/tasks/{}", task["id"]);
    let lock = TableLock::take(&app.url);
    let body = json!({ "title": "y" });
    let writes = [("POST", "/api/tasks"), ("PUT", &path), ("PATCH", &path), ("DELETE", &path)];
    for response in send_all(writes.map(|(method, path)| app.request_as("alice", method, path).json(&body)).into()) {
        assert_unavailable(&response);
    }
    // reads do not wait for the lock
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    drop(lock);
    assert_eq!(app.request_as("alice", "PUT", &path).json(&body).send().expect(200)["version"], 2);
}

/// Searches a text with many partial matches, in descriptions longer than the service accepts.
fn a_statement_over_the_timeout_is_cancelled(database: Database) {
    let settings = [("STATEMENT_TIMEOUT", "100ms"), ("POOL_SIZE", "1"), ("POOL_WAIT", "10s"), NO_KEYS];
    let app = App::start_with(database, &settings);
    let (numbers, text) = match database {
        Database::Sqlite => (
            "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200) SELECT n FROM numbers)",
            "printf('%.*c', 300000, 'a')",
        ),
        Database::Postgres => ("generate_series(1, 200) AS numbers (n)", "repeat('a', 300000)"),
    };
    // with a current sort key, the service does not derive the folded texts again
    app.create("alice", &json!({ "title": "t" }));
    let sort_key = "(SELECT title_key FROM tasks WHERE title = 't' AND description IS NULL)";
    app.execute(&format!(
        "INSERT INTO tasks (user_id, uid, title, title_folded, title_key, description, description_folded, created_at, updated_at)
         SELECT 'alice', 't' || n, 't', 't', {sort_key}, 'x', {text}, '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM {numbers}"
    ));
    let list = |query: &str| app.request_as("alice", "GET", &format!("/api/tasks?{query}")).send();
    for _ in 0..2 {
        assert_unavailable(&list(&format!("search={}b", "a".repeat(99))));
        // the only database thread is free again
        assert_eq!(list("limit=1").expect(200).as_array().unwrap().len(), 1);
    }
}

/// A request of a disconnected client leaves the queue and is not executed.
fn a_disconnected_client_leaves_the_queue(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), ("POOL_WAIT", "60s"), NO_KEYS]);
    let post = |title: &str| app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": title }));
    post("before").send().expect(201);
    let held = HeldConnection::writing(&app);
    let disconnecting: Vec<TcpStream> =
        (0..3).map(|_| send_bytes(app.address, &post("by nobody").bytes("keep-alive"))).collect();
    wait_for_queue_length(&app, 3);
    let remaining = std::thread::scope(|scope| {
        let remaining = scope.spawn(|| post("after").send());
        wait_for_queue_length(&app, 4);
        drop(disconnecting);
        // the connection is still busy, and the pool timeout is far away
        wait_for_queue_length(&app, 1);
        held.release();
        remaining.join().unwrap()
    });
    remaining.expect(201);
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    let titles: Vec<_> = list.as_array().unwrap().iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, ["after", "before"]);
}

#[track_caller]
pub(crate) fn wait_for_queue_length(app: &App, requests: i64) {
    let queued = || app.db.waiting_requests();
    let deadline = Instant::now() + Duration::from_secs(20);
    while queued() != requests {
        assert!(Instant::now() < deadline, "{} requests are queued instead of {requests}", queued());
        std::thread::yield_now();
    }
}
