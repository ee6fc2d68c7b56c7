//! Tests `task-api backup`: the copy is a valid database with every write that was acknowledged before it started.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde_json::json;

use crate::cli::serve::{output_text, stderr_of_failure};
use crate::on_own_postgres;
use crate::support::{App, Cluster, Database, SUPERUSER, Service, production, task_api};

on_own_postgres!(a_dump_of_postgresql_restores_every_task);

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

fn select_texts(file: &std::path::Path, select: &str) -> Vec<String> {
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    sql_query(select).load::<TextRow>(&mut connection).unwrap().into_iter().map(|row| row.text).collect()
}

#[test]
fn a_backup_during_writes_has_every_acknowledged_task() {
    let app = App::start(Database::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let (acknowledged, done) = (Mutex::new(HashSet::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for user in ["alice", "bob"] {
            let (app, acknowledged, done) = (&app, &acknowledged, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let task = app.create(user, &json!({ "title": user, "description": "x".repeat(500) }));
                    acknowledged.lock().unwrap().insert(task["id"].to_string());
                }
            });
        }
        for number in 0..3 {
            while acknowledged.lock().unwrap().len() < (number + 1) * 20 {
                std::thread::yield_now();
            }
            let file = folder.path().join(format!("{number}.db"));
            let acknowledged_before = acknowledged.lock().unwrap().clone();
            let backup = task_api(folder.path(), &production(&app.url)).arg("backup").arg(&file).output().unwrap();
            assert!(backup.status.success() && output_text(&backup).contains("Backed up"), "{}", output_text(&backup));
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(select_texts(&file, "SELECT integrity_check AS text FROM pragma_integrity_check"), ["ok"]);
            let copied: HashSet<_> =
                select_texts(&file, "SELECT CAST(id AS TEXT) AS text FROM tasks").into_iter().collect();
            assert!(
                acknowledged_before.is_subset(&copied),
                "{:?} are missing",
                acknowledged_before.difference(&copied)
            );
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "temporary files are removed");
    // the copy is a database that the service serves, with every task
    let copy = folder.path().join("2.db");
    let count = select_texts(&copy, "SELECT CAST(count(*) AS TEXT) AS text FROM tasks WHERE user_id = 'alice'");
    let restored = Service::start(task_api(folder.path(), &production(&format!("sqlite:{}", copy.display()))));
    let list = restored.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!([list.as_array().unwrap().len().to_string()].as_slice(), count);
}

#[test]
fn a_failing_backup_creates_and_replaces_no_file() {
    let app = App::start(Database::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let variables = production(&app.url);
    let to = |name: &str| folder.path().join(name).display().to_string();
    for existing in ["full", "empty"] {
        std::fs::write(to(existing), if existing == "full" { "mine" } else { "" }).unwrap();
        let error = stderr_of_failure(folder.path(), &variables, &["backup", &to(existing)]);
        assert!(error.contains("already exists"), "{error}");
    }
    assert_eq!((std::fs::read(to("full")).unwrap(), std::fs::read(to("empty")).unwrap()), (b"mine".to_vec(), vec![]));
    assert!(
        stderr_of_failure(folder.path(), &variables, &["backup", &to("no/such/folder.db")]).contains("backup failed")
    );
    let missing = format!("sqlite:{}", to("away.db"));
    assert!(
        stderr_of_failure(folder.path(), &production(&missing), &["backup", &to("copy.db")]).contains("does not exist")
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary files remain");
}

/// Runs the command that `task-api backup` prints, as the superuser, and restores the dump to another database.
fn a_dump_of_postgresql_restores_every_task() {
    let cluster = Cluster::with_superuser();
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(task_api(folder.path(), &production(&cluster.url)));
    let task = json!({ "title": "kept", "tags": ["a"], "due_date": "2026-12-01" });
    let kept = service.request_as("alice", "POST", "/api/tasks").json(&task).send().expect(201);
    let backup =
        task_api(folder.path(), &production(&cluster.url)).args(["backup", "it's a copy.dump"]).output().unwrap();
    assert_eq!(backup.status.code(), Some(1), "no backup was made");
    let command = String::from_utf8(backup.stdout).unwrap();
    assert!(command.starts_with("pg_dump ") && command.lines().count() == 1, "{command}");
    assert!(!command.contains("task_api@"), "the role of the service cannot dump the rows of others");
    assert!(String::from_utf8_lossy(&backup.stderr).contains("BYPASSRLS"));
    // the same commands as in docs/backup.md
    let run = |script: &str| {
        let path = format!("{}:{}", cluster.programs().display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-euc", script]).current_dir(folder.path()).env("PATH", path).env("PGUSER", SUPERUSER);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{script}: {}", output_text(&output));
    };
    run(&command);
    service.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "after the dump" })).send().expect(201);
    drop(service);
    let restored = cluster.create_database("restored");
    let as_superuser = restored.replacen("//task_api@", "//", 1);
    run(&format!("pg_restore --exit-on-error --dbname='{as_superuser}' \"it's a copy.dump\""));
    let settings = [&production(&restored)[..], &[("REQUIRE_ROW_SECURITY", "true")]].concat();
    let service = Service::start(task_api(folder.path(), &settings));
    let list = service.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(list, json!([kept]));
    let next = service.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "next" })).send().expect(201);
    assert!(next["id"].as_i64() > kept["id"].as_i64(), "ids go on");
}
