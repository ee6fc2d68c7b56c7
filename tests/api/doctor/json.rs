//! Tests `task-api doctor --json`.

use serde_json::{Value, json};

use super::fixture::{CHECKS, start_app, start_better_auth};
use crate::support::{Database, production, task_api};

#[test]
fn json_has_the_same_checks_as_the_table() {
    let (app, server) = (start_app(Database::Sqlite), start_better_auth());
    let base = server.base();
    let folder = tempfile::tempdir().unwrap();
    let run = |url: &str| {
        let settings = [production(&app.url).as_slice(), &[("BETTER_AUTH_URL", url)]].concat();
        let output = task_api(folder.path(), &settings).args(["doctor", "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
        (output.status.code(), report)
    };
    let (code, report) = run(&base);
    let names: Vec<&str> = report["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!((code, names.as_slice()), (Some(0), CHECKS.as_slice()), "{report}");
    assert_eq!(
        (&report["rejects_users"], &report["failed"], &report["warnings"]),
        (&json!(false), &json!(0), &json!(0))
    );
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["status"] == "ok" && check["fix"].is_null()));
    app.execute("DROP TABLE session");
    let (code, report) = run(&base);
    let sessions = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "sessions").unwrap();
    assert_eq!((code, &sessions["status"]), (Some(0), &json!("warning")), "{report}");
    assert!(
        sessions["detail"].as_str().unwrap().contains("cookies get 503") && sessions["fix"].is_string(),
        "{report}"
    );
    app.execute("DROP TABLE jwks");
    server.reply(crate::jwks::key_url::server::Reply::status("404 Not Found"));
    let (code, report) = run(&base);
    assert_eq!((code, &report["rejects_users"], &report["failed"]), (Some(1), &json!(true), &json!(1)), "{report}");
}
