//! A disk that takes no more: nothing is acknowledged that is not stored, and there is service again when it does.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::serve::output_text;
use crate::support::jwt;
use crate::support::{Service, production, task_api};

/// The service below a shell that bounds the size of files, and has a write beyond it fail instead of ending the process.
fn bounded(folder: &Path, variables: &[(&str, &str)]) -> Service {
    let service = task_api(folder, variables);
    let mut shell = Command::new("bash");
    shell.args(["-c", "trap '' XFSZ; ulimit -S -f 400; exec \"$0\"", env!("CARGO_BIN_EXE_task-api")]);
    shell.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    shell.envs(service.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Service::start(shell)
}

#[test]
fn what_a_full_disk_did_not_take_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("full.db").display());
    let migrated = task_api(folder.path(), &production(&url)).args(["migrate", "run"]).output().unwrap();
    assert!(migrated.status.success(), "{}", output_text(&migrated));
    let service = bounded(folder.path(), &production(&url));
    let by_alice = |method, path: &str| service.request(method, path).bearer(&jwt("alice"));
    let large = json!({ "title": "t", "description": "x".repeat(1_000) });
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for _ in 0..1_000 {
        let answer = by_alice("POST", "/api/tasks").json(&large).send();
        if answer.status == 201 {
            acknowledged.push(answer.json()["id"].clone());
        } else {
            assert_eq!(answer.expect(503)["error"]["code"], "unavailable");
            refused += 1;
        }
        if refused == 5 {
            break;
        }
    }
    assert!(refused == 5 && !acknowledged.is_empty(), "{refused} refused, {} made", acknowledged.len());
    let stored = || -> Vec<Value> {
        let list = by_alice("GET", "/api/tasks?sort=created_at&order=asc").send().expect(200);
        list.as_array().unwrap().iter().map(|task| task["id"].clone()).collect()
    };
    assert_eq!(stored(), acknowledged, "who reads needs no space");
    let id = service.id().to_string();
    let freed = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited:unlimited"]).status();
    assert!(freed.expect("prlimit is of util-linux").success());
    acknowledged.push(by_alice("POST", "/api/tasks").json(&large).send().expect(201)["id"].clone());
    assert_eq!(stored(), acknowledged);
    service.request("GET", "/readyz").send().expect(200);
    assert_eq!(service.stop("-TERM").1, Some(0));
}
