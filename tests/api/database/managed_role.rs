//! Runs the statements of docs/managed-postgres.md as a role that is no superuser, and the service with the role that they create.

use std::process::{Command, Output};

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::on_own_postgres;
use crate::support::{Cluster, Service, jwt, production, task_api};

on_own_postgres!(the_documented_role_serves_with_row_level_security);

/// As the administrator of a managed server.
const ADMINISTRATOR: &str = "CREATE ROLE manager LOGIN CREATEDB CREATEROLE";

/// The tables of Better Auth that the service reads.
const BETTER_AUTH: &str = "CREATE TABLE session (token text, \"userId\" text, \"expiresAt\" timestamptz); \
                           CREATE TABLE \"user\" (id text); CREATE TABLE jwks (id text, \"publicKey\" text)";

/// Returns the blocks of SQL of the page, for a role and a database that the cluster does not have yet.
fn documented_statements() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/managed-postgres.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| block.replace("task_api", "managed_tasks")).collect()
}

fn the_documented_role_serves_with_row_level_security() {
    let cluster = Cluster::with_superuser();
    cluster.admin().batch_execute(ADMINISTRATOR).unwrap();
    let as_manager = |database: &str, statements: &str| {
        let url = cluster.url.replace("//task_api@", "//manager@");
        let (server, _) = url.rsplit_once('/').unwrap();
        let path = format!("{}:{}", cluster.programs().display(), std::env::var("PATH").unwrap());
        let mut psql = Command::new("psql");
        psql.env("PATH", path).args([
            "--no-psqlrc",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            &format!("{server}/{database}"),
        ]);
        let output = psql.args(commands(statements)).output().unwrap();
        assert!(output.status.success(), "{statements}\n{}", text(&output));
    };
    let [role, privileges] = documented_statements().try_into().expect("two blocks of SQL");
    as_manager("postgres", &role);
    as_manager("managed_tasks", BETTER_AUTH);
    as_manager("managed_tasks", &privileges);

    let url = cluster.url.replace("task_api", "managed_tasks");
    let folder = tempfile::tempdir().unwrap();
    let settings = [&production(&url)[..], &[("REQUIRE_ROW_SECURITY", "true")]].concat();
    let service = Service::start(task_api(folder.path(), &settings));
    let create = service.request("POST", "/api/tasks").bearer(&jwt("alice"));
    create.json(&json!({ "title": "Buy milk" })).send().expect(201);
    let readiness = service.request("GET", "/readyz").send().expect(200);
    assert_eq!((&readiness["row_security"], &readiness["sessions"]), (&json!("on"), &json!("ok")));
}

/// Passes each line as its own command: `\connect` ends with its line.
fn commands(statements: &str) -> Vec<String> {
    statements.lines().filter(|line| !line.is_empty()).map(|line| format!("--command={line}")).collect()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
