//! The binary itself: what it refuses to start with, what it says, how it stops.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::on_both;
use crate::support::{Database, SECRET, Service, hs256, jwt, production, task_api};

on_both!(four_services_start_at_once, sigterm_ends_it_well, mint_cookie_opens_the_api);

pub fn fails(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = task_api(folder, variables).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    String::from_utf8(output.stderr).unwrap()
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn development_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let open = fails(folder.path(), &[("HOST", "0.0.0.0")], &["serve"]);
    assert!(open.contains("BETTER_AUTH_SECRET must be set to listen on 0.0.0.0"), "{open}");
    let postgres = fails(folder.path(), &[("DATABASE_URL", "postgres://me:pa55@h/d")], &[]);
    assert!(
        postgres.contains("BETTER_AUTH_SECRET must be set to use PostgreSQL") && !postgres.contains("pa55"),
        "{postgres}"
    );
    assert!(!folder.path().join("data").exists(), "what is refused leaves nothing behind");
}

#[test]
fn weak_secrets_are_refused_beyond_loopback_and_warned_about_on_it() {
    let folder = tempfile::tempdir().unwrap();
    for weak in ["better-auth-secret-12345678901234567890", "better-auth-secret-123456789", "tiny-and-weak"] {
        let variables = [("BETTER_AUTH_SECRET", weak), ("HOST", "0.0.0.0"), ("JWT_SECRET", "hunter2")];
        let refused = fails(folder.path(), &variables, &["serve"]);
        assert!(refused.contains("BETTER_AUTH_SECRET is ") && refused.contains("JWT_SECRET is shorter"), "{refused}");
        assert!(!refused.contains(weak) && !refused.contains("hunter2"), "{refused}");
        let output =
            task_api(folder.path(), &[("BETTER_AUTH_SECRET", weak)]).args(["migrate", "run"]).output().unwrap();
        assert!(output.status.success() && text(&output).contains("WARN"), "{}", text(&output));
    }
}

#[test]
fn all_wrong_settings_are_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("DATABASE_URL", "postgres-db"),
        ("HOST", "no such host"),
        ("PORT", "70000"),
        ("BETTER_AUTH_URL", "localhost:3000"),
        ("BETTER_AUTH_SECRETS", "2hunter2hunter2"),
        ("TRUSTED_ORIGINS", "https://good.example,*"),
        ("COOKIE_SECURE", "maybe"),
        ("BEARER_UNSIGNED", "yes"),
        ("JWT_ALGORITHMS", "HS256,none"),
        ("JWKS_URL", "ftp://x"),
        ("JWKS_ALLOW_HTTP", "maybe"),
        ("SESSION_CACHE", "maybe"),
        ("SESSION_SOURCE", "memory"),
        ("SESSION_TABLE", "a.b.c"),
        ("USER_TABLE", "auth."),
        ("JWKS_TABLE", "."),
        ("BETTER_AUTH_COLUMNS", "token=session_token"),
        ("SESSION_TIMEZONE", "Vienna"),
        ("SESSION_ALLOW_HTTP", "maybe"),
        ("LIST_SHAPE", "list"),
        ("DOCS", "yes"),
        ("MAX_LIST", "0"),
        ("POOL_SIZE", "-1"),
        ("POOL_WAIT", "soon"),
        ("SQLITE_SYNCHRONOUS", "off"),
        ("BODY_LIMIT", "1"),
        ("REQUIRE_ROW_SECURITY", "maybe"),
        ("RATE_LIMIT", "fast"),
        ("REFUSAL_LIMIT", "0/s"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example"),
        ("MAX_CONNECTIONS", "0"),
        ("METRICS_ADDR", "9100"),
        ("METRICS_TOKEN", "hunter2"),
        ("LOG_FORMAT", "xml"),
        ("SERVER_TIMING", "true"),
        ("SEND_TIMEOUT", "0"),
        ("PREPARED_STATEMENTS", "maybe"),
        ("TASK_QUOTA", "0"),
    ];
    let said = fails(folder.path(), &wrong, &["serve"]);
    for (name, _) in wrong {
        assert!(said.lines().any(|line| line.starts_with(&format!("task-api: {name} "))), "{name} is missing: {said}");
    }
    assert!(!said.contains("hunter2"), "a secret was printed: {said}");
    assert!(!folder.path().join("postgres-db").exists());
}

#[test]
fn an_environment_file_is_read_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "MAX_LIST=none\nHOST=127.0.0.1\n").unwrap();
    assert!(fails(folder.path(), &[], &["migrate", "status"]).contains("MAX_LIST must be"));
    let output = task_api(folder.path(), &[("MAX_LIST", "5")]).args(["migrate", "status"]).output().unwrap();
    assert!(output.status.success(), "the process's own variable wins: {}", text(&output));
    assert!(fails(folder.path(), &[("ENV_FILE", "other.env")], &[]).contains("ENV_FILE names other.env"));
    let without = task_api(folder.path(), &[("ENV_FILE", "/dev/null")]).args(["migrate", "status"]).output().unwrap();
    assert!(without.status.success(), "no file is read: {}", text(&without));
    std::fs::write(folder.path().join(".env"), "BETTER_AUTH_SECRET='hunter2\n").unwrap();
    let unread = fails(folder.path(), &[], &[]);
    assert!(unread.contains(".env") && !unread.contains("hunter2"), "{unread}");
}

#[test]
fn the_development_secret_is_made_once_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mint = || {
        let output = task_api(folder.path(), &[]).args(["mint", "jwt", "--user", "demo"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
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

/// The permissions of these files in this folder.
fn modes<const N: usize>(folder: &Path, names: [&str; N]) -> [u32; N] {
    names.map(|name| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777)
}

#[test]
fn the_database_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(task_api(folder.path(), &[]));
    let secret = std::fs::read_to_string(folder.path().join("data/task-api.secret")).unwrap();
    let token = hs256(&json!({ "sub": "demo", "exp": 9_999_999_999_u64 }), secret.trim());
    service.request("POST", "/api/tasks").bearer(&token).json(&json!({ "title": "t" })).send().expect(201);
    let names = ["data", "data/task-api.db", "data/task-api.db-wal", "data/task-api.db-shm"];
    assert_eq!(modes(folder.path(), names), [0o700, 0o600, 0o600, 0o600]);
    assert!(!service.began_with.iter().any(|line| line.contains("set its mode")), "{:?}", service.began_with);
    service.stop("-TERM");
    let backup = task_api(folder.path(), &[]).args(["backup", "copy.db"]).output().unwrap();
    assert!(backup.status.success(), "{}", text(&backup));
    assert_eq!(modes(folder.path(), ["copy.db"]), [0o600]);
}

#[test]
fn a_database_that_others_can_read_is_warned_about_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let set = |name: &str, mode: u32| {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let start = || Service::start(task_api(folder.path(), &production("sqlite:tasks.db")));
    let warnings = |service: &Service| service.began_with.iter().filter(|line| line.contains("set its mode")).count();
    start().stop("-TERM");
    set("tasks.db", 0o644);
    set(".", 0o700);
    assert_eq!(warnings(&start()), 0, "nobody else can enter the folder");
    set(".", 0o755);
    let service = start();
    assert!(service.began_with.iter().any(|line| line.contains("tasks.db (mode 644)")), "{:?}", service.began_with);
    assert_eq!(modes(folder.path(), ["tasks.db"]), [0o644]);
}

#[test]
fn mint_takes_a_life_and_claims() {
    let folder = tempfile::tempdir().unwrap();
    let mint = |more: &[&str]| {
        let output = task_api(folder.path(), &[]).args(["mint", "jwt", "--user", "demo"]).args(more).output().unwrap();
        (output.status.success(), text(&output))
    };
    let (made, token) = mint(&["--ttl", "2h", "--claims", r#"{"role":"admin"}"#]);
    assert!(made, "{token}");
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<serde_json::Value>(token.trim()).unwrap();
    assert_eq!((&claims["sub"], &claims["role"]), (&json!("demo"), &json!("admin")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7200);
    for wrong in [&["--ttl", "soon"], &["--claims", "[1]"], &["--user", ""]] {
        assert!(!mint(wrong).0, "{wrong:?}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let said = fails(folder.path(), &production("postgres://me:pa55@127.0.0.1:9/d"), &["serve"]);
    assert!(said.contains("postgres://127.0.0.1:9/d cannot be opened") && !said.contains("pa55"), "{said}");
    let said = fails(folder.path(), &production("sqlite:missing/folder/a.db"), &["serve"]);
    assert!(said.contains("missing/folder is not a folder"), "{said}");
    assert!(fails(folder.path(), &[("PORT", "9")], &["healthcheck"]).contains("no response"));
}

/// The migration that a line of the log says was applied.
fn applied(line: &str) -> Option<&str> {
    line.split("applied migration ").nth(1)
}

fn four_services_start_at_once(database: Database) {
    let (folder, url) = database.fresh();
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let command = task_api(folder.path(), &production(&url));
            std::thread::spawn(move || Service::start(command))
        })
        .collect();
    let services: Vec<Service> = starting.into_iter().map(|service| service.join().unwrap()).collect();
    let mut applied: Vec<&str> =
        services.iter().flat_map(|service| &service.began_with).filter_map(|line| applied(line)).collect();
    applied.sort_unstable();
    let folder = format!("{}/migrations/sqlite", env!("CARGO_MANIFEST_DIR"));
    let mut migrations: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    migrations.sort_unstable();
    assert_eq!(applied, migrations, "each migration is run by one of them");
    for (number, service) in services.iter().enumerate() {
        service
            .request("POST", "/api/tasks")
            .bearer(&jwt("alice"))
            .json(&json!({ "title": format!("t{number}") }))
            .send()
            .expect(201);
    }
    for service in services {
        let list = service.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
        assert_eq!(list.as_array().unwrap().len(), 4);
        assert_eq!(service.stop("-TERM").1, Some(0));
    }
}

fn sigterm_ends_it_well(database: Database) {
    let (folder, url) = database.fresh();
    let service = Service::start(task_api(folder.path(), &production(&url)));
    let port = service.address.port().to_string();
    let health = [("PORT", port.as_str())];
    let health = task_api(folder.path(), &production(&url)).envs(health).arg("healthcheck").output().unwrap();
    assert!(health.status.success(), "{}", text(&health));
    service.request("POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": "kept" })).send().expect(201);
    service.request("GET", "/api/alice/tasks").bearer("nonsense").send().expect(401);
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
    let line =
        |part: &str| log.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part} in {log:?}"));
    let request = line("method=POST");
    for pair in ["path=/api/{user_id}/tasks ", "status=201", "user=alice", "credential=jwt", "ms=", "request_id="] {
        assert!(request.contains(pair), "{pair} is missing: {request}");
    }
    let refused = line("a credential was rejected");
    assert!(
        refused.contains("kind=bearer_session reason=malformed request_id=") && !refused.contains("nonsense"),
        "{refused}"
    );
    assert_eq!(log.iter().filter(|line| line.contains(SECRET)).count(), 0);
    if database == Database::Sqlite {
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["test.db"], "the log was moved into the file");
    }
}

/// As a load balancer sees it: not ready, then nothing new is taken, and a kept connection ends behind its answer instead of under it.
#[test]
fn load_balancers_are_given_time_to_notice() {
    let (folder, url) = Database::Sqlite.fresh();
    let service =
        Service::start(task_api(folder.path(), &[&production(&url)[..], &[("SHUTDOWN_DELAY", "6s")]].concat()));
    let mut kept = BufReader::new(TcpStream::connect(&service.address).unwrap());
    let mut head_on_kept = || {
        kept.get_mut().write_all(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let mut line = String::new();
        let mut head = Vec::new();
        while kept.read_line(&mut line).unwrap() > 2 {
            head.push(std::mem::take(&mut line).trim_end().to_lowercase());
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        kept.read_exact(&mut vec![0; length]).unwrap();
        head
    };
    assert!(!head_on_kept().contains(&"connection: close".to_owned()));
    service.signal("-TERM");
    until(|| service.request("GET", "/readyz").send().status == 503);
    service.request("POST", "/api/tasks").bearer(&jwt("alice")).json(&json!({ "title": "late" })).send().expect(201);
    until(|| TcpStream::connect(&service.address).is_err());
    let last = head_on_kept();
    assert!(last[0].ends_with(" 200 ok") && last.contains(&"connection: close".to_owned()), "{last:?}");
    let (log, code) = service.stop("-TERM");
    assert_eq!(code, Some(0), "{log:?}");
}

/// Waits for a condition, at most 20 seconds.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited for too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn mint_cookie_opens_the_api(database: Database) {
    let (folder, url) = database.fresh();
    let mint = |variables: &[(&str, &str)]| {
        task_api(folder.path(), variables).args(["mint", "cookie", "--user", "alice"]).output().unwrap()
    };
    let refused = mint(&production(&url));
    assert!(
        !refused.status.success() && text(&refused).contains("let Better Auth migrate it first"),
        "{}",
        text(&refused)
    );
    if database == Database::Postgres {
        return; // development mode, which makes the tables, is for SQLite
    }
    let cookie = mint(&[("DATABASE_URL", &url)]);
    assert!(cookie.status.success(), "{}", text(&cookie));
    let cookie = String::from_utf8(cookie.stdout).unwrap();
    let service = Service::start(task_api(folder.path(), &[("DATABASE_URL", &url)]));
    assert_eq!(
        service.request("GET", "/api/alice/tasks").header("Cookie", cookie.trim()).send().expect(200),
        json!([])
    );
    service.stop("-TERM");
}
