//! Tests `task-api backup`: the copy is a valid database with every write that was acknowledged before it started.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde_json::json;

use crate::cli::serve::{output_text, stderr_of_failure};
use crate::support::{App, Database};
use crate::support::{production, task_api};

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
    // The copy is a database that the service can open.
    let restored = format!("sqlite:{}", folder.path().join("2.db").display());
    let status = task_api(folder.path(), &production(&restored)).args(["migrate", "status"]).output().unwrap();
    assert!(status.status.success() && !output_text(&status).contains("pending"), "{}", output_text(&status));
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
    let postgres = production("postgres://h/d");
    assert!(stderr_of_failure(folder.path(), &postgres, &["backup", &to("copy.db")]).contains("pg_dump"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary files remain");
}
