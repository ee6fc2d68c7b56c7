//! Tests `config`: the settings in effect, and the annotated file.

use std::collections::BTreeMap;
use std::path::Path;

use super::serve::{output_text, stderr_of_failure};
use crate::support::{Service, task_api};

/// The lines that `config` prints, by name: the assignment and the origin.
fn effective(folder: &Path, variables: &[(&str, &str)]) -> BTreeMap<String, (String, String)> {
    let output = task_api(folder, &[variables, &[("PORT", ""), ("RATE_LIMIT", ""), ("REFUSAL_LIMIT", "")]].concat())
        .arg("config")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", output_text(&output));
    assert!(!output_text(&output).contains("hunter2"), "{}", output_text(&output));
    assert_eq!(output.stderr, b"", "only the settings are printed");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| line.contains("=")).filter_map(|line| line.split_once(" # "));
    let entries = lines.map(|(assignment, origin)| {
        let assignment = assignment.trim_end();
        let name = assignment.trim_start_matches('#').split('=').next().unwrap();
        (name.to_owned(), (assignment.to_owned(), origin.to_owned()))
    });
    entries.collect()
}

/// Returns the names of the annotated file.
fn names_of_the_example() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let output = task_api(folder.path(), &[("PORT", "none")]).args(["config", "--example"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example");
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
    let settings = text.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    settings.map(|(name, _)| name.to_owned()).filter(|name| is_name(name)).collect()
}

#[test]
fn every_setting_has_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let settings = effective(folder.path(), &[]);
    for name in names_of_the_example() {
        // read only with SESSION_SOURCE=redis
        assert!(settings.contains_key(&name) || name.starts_with("REDIS_"), "{name} is missing");
    }
    for (name, assignment, origin) in [
        ("PORT", "PORT=8000", "default"),
        ("DATABASE_URL", "DATABASE_URL=sqlite:data/task-api.db", "default"),
        ("RATE_LIMIT", "RATE_LIMIT='100/s burst 200'", "default"),
        ("BETTER_AUTH_SECRET", "#BETTER_AUTH_SECRET=", "not set"),
        ("SHUTDOWN_DELAY", "#SHUTDOWN_DELAY=", "not set"),
        ("ENV_FILE", "ENV_FILE=.env", "default"),
    ] {
        assert_eq!(settings[name], (assignment.to_owned(), origin.to_owned()));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is created");
}

#[test]
fn values_have_their_origin_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let long = "hunter2-hunter2-hunter2-hunter2-hunter2";
    std::fs::write(folder.path().join(".env"), format!("JWT_SECRET={long}\nMAX_LIST=5\nTRASH_DAYS=7\n")).unwrap();
    let settings = effective(
        folder.path(),
        &[
            ("BETTER_AUTH_SECRETS", &format!("2:{long},1:{long}x")),
            ("METRICS_TOKEN", long),
            ("DATABASE_URL", "postgres://me:hunter2@db.example/tasks?sslmode=prefer&password=hunter2"),
            ("SESSION_SOURCE", "redis"),
            ("REDIS_URL", "redis://:hunter2@cache:6379/1"),
            ("JWKS_URL", "https://id.example.com/keys?key=hunter2"),
            ("BETTER_AUTH_URL", "https://app.example.com/auth"),
            ("MAX_LIST", "9"),
        ],
    );
    for (name, assignment, origin) in [
        ("BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRETS='***'", "environment"),
        ("JWT_SECRET", "JWT_SECRET='***'", ".env"),
        ("METRICS_TOKEN", "METRICS_TOKEN='***'", "environment"),
        ("MAX_LIST", "MAX_LIST=9", "environment"),
        ("TRASH_DAYS", "TRASH_DAYS=7", ".env"),
        ("REDIS_URL", "REDIS_URL=redis://***@cache:6379/1", "environment"),
        ("JWT_ISSUER", "JWT_ISSUER=https://app.example.com", "default"),
    ] {
        let assignment = assignment.replace("'***'", "***");
        assert_eq!(settings[name], (assignment, origin.to_owned()));
    }
    let invalid = stderr_of_failure(folder.path(), &[("MAX_LIST", "none")], &["config"]);
    assert!(invalid.contains("MAX_LIST must be"), "{invalid}");
}

#[test]
fn the_arguments_host_and_port_replace_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = task_api(folder.path(), &[("HOST", "no such host"), ("PORT", "none")]);
    command.args(["serve", "--host", "127.0.0.1", "--port", "0"]);
    let service = Service::start(command);
    let (host, port) = (service.address.ip().to_string(), service.address.port().to_string());
    let health = ["healthcheck", "--host", &host, "--port", &port];
    let health = task_api(folder.path(), &[("PORT", "none")]).args(health).output().unwrap();
    assert!(health.status.success(), "{}", output_text(&health));
    // a reload of the settings keeps the arguments
    service.signal("-HUP");
    service.wait_for_line("SIGHUP: secrets reloaded");
    assert_eq!(service.stop("-TERM").1, Some(0));
    let exposed = stderr_of_failure(folder.path(), &[], &["serve", "--host", "0.0.0.0"]);
    assert!(exposed.contains("BETTER_AUTH_SECRET must be set to listen on 0.0.0.0"), "{exposed}");
    let invalid = task_api(folder.path(), &[]).args(["serve", "--port", "70000"]).output().unwrap();
    assert_eq!(invalid.status.code(), Some(2), "{}", output_text(&invalid));
}
