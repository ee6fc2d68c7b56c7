//! Upgrades: a database of the first version, and instances of the previous version that serve during the migration.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::migration::CREATE_MIGRATIONS_TABLE;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use task_api::db::Migrator;

use crate::support::{App, Database, Request, Service, config, jwt, production, task_api};
use crate::{on_both, on_postgres};

on_both!(
    a_database_of_the_first_version_is_migrated,
    #[ignore = "needs the binary of the previous version in TASK_API_PREVIOUS: ./test.sh --upgrade builds it"]
    the_previous_version_serves_during_the_migration,
);

on_postgres!(statements_of_the_previous_version_run_on_the_newest_schema);

/// The newest migration of the previous version.
const PREVIOUS: &str = "2026-11-21-180000_leave_room_for_updates";

/// Runs SQL on a new connection of either database.
fn execute(url: &str, sql: &str) {
    let outcome = match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path).unwrap().batch_execute(sql),
        None => PgConnection::establish(url).unwrap().batch_execute(sql),
    };
    outcome.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

fn data_file(name: &str) -> String {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Creates the tables of the first version by its migration, with its rows.
fn create_first_version(database: Database, url: &str) {
    let kind = if database == Database::Sqlite { "sqlite" } else { "postgres" };
    let now = Utc::now().format("%F %T%.3f").to_string();
    let mut rows = data_file("first_version/rows.sql").replace("{NOW}", &now);
    if database == Database::Postgres {
        rows = rows.replace("updated_at) VALUES", "updated_at) OVERRIDING SYSTEM VALUE VALUES");
        rows += "SELECT setval(pg_get_serial_sequence('tasks', 'id'), 6);";
    }
    execute(
        url,
        &format!(
            "{CREATE_MIGRATIONS_TABLE}; {}; INSERT INTO __diesel_schema_migrations (version) VALUES ('20261121000000'); {rows}",
            data_file(&format!("first_version/{kind}.sql"))
        ),
    );
}

fn serve(url: &str, folder: tempfile::TempDir) -> App {
    App::serve(config(url, &[]), url.to_owned(), folder)
}

fn a_database_of_the_first_version_is_migrated(database: Database) {
    let (folder, url) = database.empty();
    create_first_version(database, &url);
    let mut migrator = Migrator::connect(&config(&url, &[]).database).unwrap();
    let state = migrator.state().unwrap();
    assert_eq!(
        (state.applied.as_slice(), state.unknown.len()),
        (&["2026-11-21-000000_create_tasks".to_owned()][..], 0)
    );
    assert_eq!(migrator.run().unwrap(), state.pending);
    drop(migrator);
    let app = serve(&url, folder);
    let list = app.request_as("alice", "GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
    let shown: Vec<Value> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|task| {
            json!([task["id"], task["title"], task["description"], task["completed"], task["tags"], task["due_date"]])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!([1, "Buy milk", null, false, [], null]),
            json!([2, "Straße É", "Zwei\nZeilen", false, ["home", "a,b"], "2026-12-01"]),
            json!([3, "Water the plants", null, true, [], "2026-11-22T09:00:00Z"]),
            json!([6, "Water the plants", null, false, [], "2026-11-29T09:00:00Z"]),
        ]
    );
    assert_eq!(list[1]["time_zone"], "Europe/Vienna");
    assert_eq!((&list[3]["series_id"], &list[3]["recurrence_rule"]), (&json!(3), &json!("FREQ=WEEKLY;BYDAY=SU")));
    // a retry after the upgrade gets the response that the first version stored
    let retry = app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", "first-key");
    let replayed = retry.text(r#"{"title":"Buy milk"}"#).send();
    assert_eq!((replayed.expect(201)["id"].as_i64(), replayed.header("idempotent-replayed")), (Some(1), Some("true")));
    app.request_as("alice", "POST", "/api/tasks/4/restore").send().expect(200);
    let done = app.request_as("alice", "PATCH", "/api/tasks/6/complete").send().expect(200);
    assert_eq!((&done["completed"], &done["version"]), (&json!(true), &json!(2)));
    assert!(app.create("alice", &json!({ "title": "new" }))["id"].as_i64().unwrap() > 6);
    let other = app.request_as("o\"brien", "GET", "/api/tasks").send().expect(200);
    assert_eq!((other.as_array().unwrap().len(), &other[0]["title"]), (1, &json!("Another user")));
}

/// Applies the migrations up to that of the previous version, as this version did.
fn create_previous_version(url: &str) {
    let folder = format!("{}/migrations/postgres", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut sql = CREATE_MIGRATIONS_TABLE.to_owned();
    for name in names.iter().filter(|name| name.as_str() <= PREVIOUS) {
        let version = name.split('_').next().unwrap().replace('-', "");
        sql += &std::fs::read_to_string(format!("{folder}/{name}/up.sql")).unwrap();
        sql += &format!("; INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');");
    }
    execute(url, &sql);
}

/// Runs the statements that the previous version sent to PostgreSQL, before, during and after the migration.
///
/// tests/data/previous_version says how they were recorded. They imitate its instances without a second build.
fn statements_of_the_previous_version_run_on_the_newest_schema() {
    let (folder, url) = Database::Postgres.empty();
    create_previous_version(&url);
    let statements = data_file("previous_version/postgres.sql");
    let statements: Vec<&str> = statements.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
    let (rounds, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let wait_for_rounds = |more: usize| {
        let (target, deadline) = (rounds.load(Ordering::SeqCst) + more, Instant::now() + Duration::from_secs(60));
        while rounds.load(Ordering::SeqCst) < target {
            assert!(Instant::now() < deadline, "the previous version does not serve");
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        let instance = scope.spawn(|| {
            let mut connection = PgConnection::establish(&url).unwrap();
            while !done.load(Ordering::SeqCst) {
                let number = rounds.load(Ordering::SeqCst);
                for statement in &statements {
                    // each round is another user, whose tasks have other ids
                    let statement = statement.replace("'alice'", &format!("'alice{number}'"));
                    connection.batch_execute(&statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
                }
                rounds.fetch_add(1, Ordering::SeqCst);
            }
        });
        let migrated = std::panic::catch_unwind(|| {
            wait_for_rounds(2);
            Migrator::connect(&config(&url, &[]).database).unwrap().run().unwrap();
            wait_for_rounds(2);
        });
        done.store(true, Ordering::SeqCst);
        instance.join().expect("every statement of the previous version succeeds");
        migrated.expect("the migration succeeds");
    });
    let app = serve(&url, folder);
    let tasks = |number: usize| app.request_as(&format!("alice{number}"), "GET", "/api/tasks").send().expect(200);
    let last = rounds.load(Ordering::SeqCst) - 1;
    let titles = |number: usize| -> Vec<String> {
        tasks(number).as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!titles(last).is_empty(), "a task that the previous version created after the migration is listed");
    assert!(titles(0).contains(&"Renamed".to_owned()), "{:?}", titles(0));
}

/// Runs instances of both versions on one database. Every response is a success, and each sees the other's tasks.
fn the_previous_version_serves_during_the_migration(database: Database) {
    let previous = std::env::var("TASK_API_PREVIOUS").expect("TASK_API_PREVIOUS is the path of the previous binary");
    let (folder, url) = database.empty();
    let start_previous = || {
        let mut command = std::process::Command::new(&previous);
        command.current_dir(folder.path()).env_clear().envs(production(&url)).env("PORT", "0").env("RATE_LIMIT", "off");
        Service::start(command)
    };
    let (old, done, served) = (start_previous(), AtomicBool::new(false), AtomicUsize::new(0));
    let address = old.address;
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                exercise(address);
                served.fetch_add(1, Ordering::SeqCst);
            }
        });
        let wait_for_more = || {
            let target = served.load(Ordering::SeqCst) + 3;
            while served.load(Ordering::SeqCst) < target && !client.is_finished() {
                std::thread::yield_now();
            }
        };
        wait_for_more();
        let output = task_api(folder.path(), &production(&url)).args(["migrate", "run"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        wait_for_more();
        let new = Service::start(task_api(folder.path(), &production(&url)));
        exercise(new.address);
        wait_for_more();
        let count = |service: &Service| {
            service.request_as("alice", "GET", "/api/tasks").send().expect(200).as_array().unwrap().len()
        };
        done.store(true, Ordering::SeqCst);
        client.join().expect("every response of the previous version is a success");
        assert_eq!(count(&old), count(&new));
        // a new instance of the previous version starts on the newest schema: the way back
        exercise(start_previous().address);
    });
}

/// Sends one request of each kind. Every response must be a success.
fn exercise(service: SocketAddr) {
    let send = |method: &str, path: &str, body: Option<Value>| {
        let request = Request::new(service, method, path).bearer(&jwt("alice"));
        body.map_or(request.clone(), |body| request.json(&body)).send()
    };
    let rule = json!({ "title": "Created", "due_date": "2026-12-01", "recurrence_rule": "FREQ=DAILY", "tags": ["a"] });
    let task = send("POST", "/api/tasks", Some(rule)).expect(201);
    let path = format!("/api/tasks/{}", task["id"]);
    send("GET", &path, None).expect(200);
    send("GET", "/api/tasks?search=creat&tags=a&sort=due_date&limit=5", None).expect(200);
    send("PATCH", &path, Some(json!({ "title": "Renamed", "priority": "high" }))).expect(200);
    send("PATCH", &format!("{path}/complete"), None).expect(200);
    send("DELETE", &path, None).expect(200);
    send("POST", &format!("{path}/restore"), None).expect(200);
    send("GET", "/api/tasks/stats", None).expect(200);
}
