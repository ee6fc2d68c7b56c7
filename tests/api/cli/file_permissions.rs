//! Tests the permissions of the database files of SQLite.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::serve::output_text;
use crate::support::{Service, hs256, production, task_api};

/// Returns the permissions of these files in the folder.
fn file_modes<const N: usize>(folder: &Path, names: [&str; N]) -> [u32; N] {
    names.map(|name| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777)
}

#[test]
fn only_the_owner_can_read_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(task_api(folder.path(), &[]));
    let secret = std::fs::read_to_string(folder.path().join("data/task-api.secret")).unwrap();
    let token = hs256(&json!({ "sub": "demo", "exp": 9_999_999_999_u64 }), secret.trim());
    service.request("POST", "/api/tasks").bearer(&token).json(&json!({ "title": "t" })).send().expect(201);
    let names = ["data", "data/task-api.db", "data/task-api.db-wal", "data/task-api.db-shm"];
    assert_eq!(file_modes(folder.path(), names), [0o700, 0o600, 0o600, 0o600]);
    assert!(!service.startup_log.iter().any(|line| line.contains("set its mode")), "{:?}", service.startup_log);
    service.stop("-TERM");
    let backup = task_api(folder.path(), &[]).args(["backup", "copy.db"]).output().unwrap();
    assert!(backup.status.success(), "{}", output_text(&backup));
    assert_eq!(file_modes(folder.path(), ["copy.db"]), [0o600]);
}

#[test]
fn a_database_that_others_can_read_is_warned_about_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let set_mode = |name: &str, mode: u32| {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let start = || Service::start(task_api(folder.path(), &production("sqlite:tasks.db")));
    let warnings = |service: &Service| service.startup_log.iter().filter(|line| line.contains("set its mode")).count();
    start().stop("-TERM");
    set_mode("tasks.db", 0o644);
    set_mode(".", 0o700);
    assert_eq!(warnings(&start()), 0, "other users cannot enter the folder");
    set_mode(".", 0o755);
    let service = start();
    assert!(service.startup_log.iter().any(|line| line.contains("tasks.db (mode 644)")), "{:?}", service.startup_log);
    assert_eq!(file_modes(folder.path(), ["tasks.db"]), [0o644]);
}
