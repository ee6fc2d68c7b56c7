//! `task-api backup`: a copy that can be used, of everything that was acknowledged before it was begun.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde_json::json;

use crate::cli::serve::{fails, text};
use crate::support::{App, Database};
use crate::support::{production, task_api};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    text: String,
}

fn found(file: &std::path::Path, select: &str) -> Vec<String> {
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    sql_query(select).load::<Found>(&mut connection).unwrap().into_iter().map(|row| row.text).collect()
}

#[test]
fn a_backup_under_writes_holds_all_that_was_acknowledged() {
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
            let before = acknowledged.lock().unwrap().clone();
            let backup = task_api(folder.path(), &production(&app.url)).arg("backup").arg(&file).output().unwrap();
            assert!(backup.status.success() && text(&backup).contains("Backed up"), "{}", text(&backup));
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(found(&file, "SELECT integrity_check AS text FROM pragma_integrity_check"), ["ok"]);
            let held: HashSet<_> = found(&file, "SELECT CAST(id AS TEXT) AS text FROM tasks").into_iter().collect();
            assert!(before.is_subset(&held), "{:?} are missing", before.difference(&held));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "drafts are removed");
    // and it is a database that can be served
    let restored = format!("sqlite:{}", folder.path().join("2.db").display());
    let status = task_api(folder.path(), &production(&restored)).args(["migrate", "status"]).output().unwrap();
    assert!(status.status.success() && !text(&status).contains("pending"), "{}", text(&status));
}

#[test]
fn a_backup_takes_no_files_place_and_makes_none_in_vain() {
    let app = App::start(Database::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let variables = production(&app.url);
    let to = |name: &str| folder.path().join(name).display().to_string();
    for there in ["full", "empty"] {
        std::fs::write(to(there), if there == "full" { "mine" } else { "" }).unwrap();
        let refused = fails(folder.path(), &variables, &["backup", &to(there)]);
        assert!(refused.contains("already exists"), "{refused}");
    }
    assert_eq!((std::fs::read(to("full")).unwrap(), std::fs::read(to("empty")).unwrap()), (b"mine".to_vec(), vec![]));
    assert!(fails(folder.path(), &variables, &["backup", &to("no/such/folder.db")]).contains("backup failed"));
    let away = format!("sqlite:{}", to("away.db"));
    assert!(fails(folder.path(), &production(&away), &["backup", &to("copy.db")]).contains("does not exist"));
    let postgres = production("postgres://h/d");
    assert!(fails(folder.path(), &postgres, &["backup", &to("copy.db")]).contains("pg_dump"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was left behind");
}
