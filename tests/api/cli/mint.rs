//! Tests `task-api mint` and the development secret that it signs with.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::serve::output_text;
use crate::on_both;
use crate::support::{Database, Service, production, task_api};

on_both!(a_minted_cookie_is_accepted);

#[test]
fn the_development_secret_is_created_once_and_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let mint = || {
        let output = task_api(folder.path(), &[]).args(["mint", "jwt", "--user", "demo"]).output().unwrap();
        assert!(output.status.success(), "{}", output_text(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let token = mint();
    let file = folder.path().join("data/task-api.secret");
    let secret = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(secret.len() >= 43);
    mint();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), secret);
    let service = Service::start(task_api(folder.path(), &[]));
    assert_eq!(service.request("GET", "/api/demo/tasks").bearer(&token).send().expect(200), json!([]));
    service.stop("-INT");
}

#[test]
fn mint_accepts_a_ttl_and_claims() {
    let folder = tempfile::tempdir().unwrap();
    let mint = |arguments: &[&str]| {
        let output =
            task_api(folder.path(), &[]).args(["mint", "jwt", "--user", "demo"]).args(arguments).output().unwrap();
        (output.status.success(), output_text(&output))
    };
    let (is_success, token) = mint(&["--ttl", "2h", "--claims", r#"{"role":"admin"}"#]);
    assert!(is_success, "{token}");
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<serde_json::Value>(token.trim()).unwrap();
    assert_eq!((&claims["sub"], &claims["role"]), (&json!("demo"), &json!("admin")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7200);
    for invalid in [&["--ttl", "soon"], &["--claims", "[1]"], &["--user", ""]] {
        assert!(!mint(invalid).0, "{invalid:?}");
    }
}

fn a_minted_cookie_is_accepted(database: Database) {
    let (folder, url) = database.empty();
    let mint = |variables: &[(&str, &str)]| {
        task_api(folder.path(), variables).args(["mint", "cookie", "--user", "alice"]).output().unwrap()
    };
    let failed = mint(&production(&url));
    assert!(
        !failed.status.success() && output_text(&failed).contains("let Better Auth migrate it first"),
        "{}",
        output_text(&failed)
    );
    if database == Database::Postgres {
        return; // Only the development mode creates the tables. It supports SQLite only.
    }
    let cookie = mint(&[("DATABASE_URL", &url)]);
    assert!(cookie.status.success(), "{}", output_text(&cookie));
    let cookie = String::from_utf8(cookie.stdout).unwrap();
    let service = Service::start(task_api(folder.path(), &[("DATABASE_URL", &url)]));
    assert_eq!(
        service.request("GET", "/api/alice/tasks").header("Cookie", cookie.trim()).send().expect(200),
        json!([])
    );
    service.stop("-TERM");
}
