//! A full disk: only stored writes are acknowledged, and writes succeed again when there is space.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::serve::output_text;
use crate::support::jwt;
use crate::support::{Service, production, task_api};

/// Starts the service from a shell with a file size limit. Ignoring SIGXFSZ makes writes fail instead of killing the process.
fn start_with_file_size_limit(folder: &Path, variables: &[(&str, &str)]) -> Service {
    let service = task_api(folder, variables);
    let mut shell = Command::new("bash");
    shell.args(["-c", "trap '' XFSZ; ulimit -S -f 400; exec \"$0\"", env!("CARGO_BIN_EXE_task-api")]);
    shell.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    shell.envs(service.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Service::start(shell)
}

#[test]
fn a_write_to_a_full_disk_is_503() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("full.db").display());
    let migrated = task_api(folder.path(), &production(&url)).args(["migrate", "run"]).output().unwrap();
    assert!(migrated.status.success(), "{}", output_text(&migrated));
    let service = start_with_file_size_limit(folder.path(), &production(&url));
    let by_alice = |method, path: &str| service.request(method, path).bearer(&jwt("alice"));
    let large_task = json!({ "title": "t", "description": "x".repeat(1_000) });
    let mut acknowledged = Vec::new();
    let mut rejected = 0;
    for _ in 0..1_000 {
        let response = by_alice("POST", "/api/tasks").json(&large_task).send();
        if response.status == 201 {
            acknowledged.push(response.json()["id"].clone());
        } else {
            assert_eq!(response.expect(503)["error"]["code"], "unavailable");
            rejected += 1;
        }
        if rejected == 5 {
            break;
        }
    }
    assert!(rejected == 5 && !acknowledged.is_empty(), "{rejected} rejected, {} created", acknowledged.len());
    let stored = || -> Vec<Value> {
        let list = by_alice("GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
        list.as_array().unwrap().iter().map(|task| task["id"].clone()).collect()
    };
    assert_eq!(stored(), acknowledged, "reads need no disk space");
    let id = service.id().to_string();
    let limit_removed = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited:unlimited"]).status();
    assert!(limit_removed.expect("prlimit is installed (util-linux)").success());
    acknowledged.push(by_alice("POST", "/api/tasks").json(&large_task).send().expect(201)["id"].clone());
    assert_eq!(stored(), acknowledged);
    service.request("GET", "/readyz").send().expect(200);
    assert_eq!(service.stop("-TERM").1, Some(0));
}
