//! `task-api doctor`: what a good deployment's table names, and for each line a deployment that is broken there.

use std::process::Output;

use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::support::{App, BETTER_AUTH_URL, Cluster, Database, SECRET, Settings, ed25519_jwk, production, task_api};
use crate::{on_both, on_own_postgres, on_postgres};

on_both!(
    a_good_deployment_is_named_and_passes,
    missing_tables_are_named,
    pending_migrations_are_named,
    other_encodings_are_named,
    key_sets_that_serve_nobody_are_named,
    a_clock_that_is_wrong_is_named,
);

on_postgres!(tables_without_row_security_are_named);

on_own_postgres!(a_role_that_sees_everything_is_named);

const LINES: [&str; 11] = [
    "settings",
    "secret",
    "database",
    "migrations",
    "isolation",
    "sessions",
    "key set",
    "JWT claims",
    "clock",
    "origins",
    "cookie",
];

/// What it printed, and the exit code.
pub struct Said {
    pub code: i32,
    pub text: String,
}

impl Said {
    /// The line of this check, with what to change behind it.
    #[track_caller]
    pub fn line(&self, name: &str) -> String {
        let mut lines = self.text.lines().skip_while(|line| !line.starts_with(&format!("{name} ")));
        let first = lines.next().unwrap_or_else(|| panic!("no line {name}: {}", self.text));
        let change = lines.next().filter(|line| line.trim_start().starts_with("-> ")).unwrap_or_default();
        format!("{first}\n{change}")
    }

    /// This one line failed, with these words, and the exit code says so.
    #[track_caller]
    fn expect_failed(&self, name: &str, words: &[&str]) {
        assert_eq!(self.code, 1, "{}", self.text);
        let line = self.line(name);
        assert!(line.contains("  FAIL  ") && line.contains("-> "), "{}", self.text);
        words.iter().for_each(|word| assert!(line.contains(word), "{word} is missing: {line}"));
    }

    /// These came out well.
    #[track_caller]
    pub fn expect_good(&self, names: &[&str]) {
        names.iter().for_each(|name| assert!(self.line(name).contains("  ok  "), "{name}: {}", self.text));
    }
}

/// Runs the binary with what a deployment sets, and these settings. Every check has its line, and no secret is in any.
pub fn doctor(settings: Settings<'_>) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let base = [("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL)];
    let mut command = task_api(folder.path(), &base);
    let Output { status, stdout, stderr } =
        command.envs(settings.iter().copied()).arg("doctor").output().expect("the binary can be run");
    let text = String::from_utf8(stdout).unwrap();
    let secrets = base.iter().chain(settings).filter(|(name, _)| name.contains("SECRET"));
    for (_, secret) in secrets.filter(|(_, value)| !value.is_empty()) {
        assert!(!text.contains(secret), "a secret: {text}");
    }
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    assert!(!text.contains('\u{1b}') && std::fs::read_dir(folder.path()).unwrap().next().is_none(), "{text}");
    let said = Said { code: status.code().unwrap(), text };
    LINES.iter().for_each(|name| drop(said.line(name)));
    said
}

pub fn keys() -> KeyServer {
    KeyServer::start(Reply::keys(&[ed25519_jwk("k1")]))
}

fn a_good_deployment_is_named_and_passes(database: Database) {
    let (app, server) = (App::start(database), keys());
    app.sign_in("alice");
    let base = server.base();
    let said = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &base)]);
    assert_eq!(said.code, 0, "{}", said.text);
    said.expect_good(&LINES);
    let (tables, times, kept_apart) = match database {
        Database::Sqlite => {
            ("the tables \"session\" and \"user\"", "text (ISO 8601)", "SQLite has no row-level security")
        }
        Database::Postgres => {
            (".\"session\" and ", "timestamp with time zone", "row-level security is on, besides the owner filters")
        }
    };
    for (name, word) in [
        ("secret", "1 secret, at least 32 bytes"),
        ("sessions", tables),
        ("sessions", times),
        ("isolation", kept_apart),
        ("key set", "1 key (EdDSA), at "),
        ("key set", &base),
        ("origins", &base),
        ("cookie", "expected name: better-auth.session_token"),
    ] {
        assert!(said.line(name).contains(word), "{word}: {}", said.text);
    }
    if database == Database::Postgres {
        assert!(said.line("database").contains("responds, role "), "{}", said.text);
        assert!(said.line("clock").contains("the database "), "{}", said.text);
    }
    // aligned: the states stand below each other
    let columns = said.text.lines().take_while(|line| !line.is_empty()).filter(|line| !line.contains("-> "));
    assert!(columns.map(|line| line.find("  ok    ")).all(|at| at == Some("migrations".len())), "{}", said.text);
}

fn missing_tables_are_named(database: Database) {
    let (app, server) = (App::start(database), keys());
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    let required = doctor(&[settings[0], settings[1], ("SESSION_SOURCE", "database")]);
    required.expect_failed(
        "sessions",
        &["has no table session of Better Auth", "set DATABASE_URL to Better Auth's database"],
    );
    required.expect_good(&["database", "migrations", "key set"]);
    let said = doctor(&settings);
    assert!(
        said.code == 0 && said.line("sessions").contains("  warn  JWTs work, requests with cookies get 503"),
        "{}",
        said.text
    );
}

fn pending_migrations_are_named(database: Database) {
    let (app, server) = (App::start(database), keys());
    app.sign_in("alice");
    let newest = task_api::db::Migrator::connect(&app.config.database).unwrap().revert().unwrap().unwrap();
    let said = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base())]);
    said.expect_failed("migrations", &["pending: ", &newest, "task-api migrate run"]);
    said.expect_good(&["database", "sessions"]);
}

fn other_encodings_are_named(database: Database) {
    let (app, server) = (App::start(database), keys());
    let (kind, value, told) = match database {
        Database::Sqlite => ("integer", "1795853807308", "Unix milliseconds"),
        Database::Postgres => {
            ("timestamp", "'2026-11-28 03:16:47'", "without time zone, read in the time zone Europe/Berlin")
        }
    };
    app.execute(&format!(
        "CREATE TABLE users (id text); CREATE TABLE sessions (token text, user_id text, expires_at {kind}); \
         INSERT INTO sessions VALUES ('t', 'u', {value})"
    ));
    let zone = ("SESSION_TIMEZONE", "Europe/Berlin");
    let said = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base()), zone]);
    said.expect_good(&["sessions"]);
    assert!(said.line("sessions").contains("\"sessions\"") && said.line("sessions").contains(told), "{}", said.text);
}

fn key_sets_that_serve_nobody_are_named(database: Database) {
    let (app, mut server) = (App::start(database), keys());
    app.sign_in("alice");
    let url = server.url();
    let settings = [("DATABASE_URL", app.url.as_str()), ("JWKS_URL", url.as_str())];
    let said = doctor(&[settings[0], settings[1], ("JWT_ALGORITHMS", "HS256,RS256")]);
    said.expect_failed("key set", &["(EdDSA)", "JWT_ALGORITHMS contains none of them"]);
    server.reply(Reply::keys(&[json!({ "kty": "oct", "k": "AAAA", "kid": "x" })]));
    doctor(&settings).expect_failed("key set", &["1 key rejected: "]);
    server.reply(Reply::keys(&[]));
    let said = doctor(&settings);
    assert!(said.code == 0 && said.line("key set").contains("  warn  no keys"), "{}", said.text);
    for reply in [Reply::status("500 Internal Server Error"), Reply::Silence] {
        server.reply(reply);
        doctor(&settings).expect_failed("key set", &["unavailable: ", &url, "BETTER_AUTH_URL"]);
    }
    server.stop();
    let said = doctor(&settings);
    said.expect_failed("key set", &["unavailable: ", &url]);
    said.expect_good(&["database", "migrations", "sessions", "cookie"]);
}

fn a_clock_that_is_wrong_is_named(database: Database) {
    let app = App::start(database);
    app.sign_in("alice");
    let said = |behind: TimeDelta| {
        let date = (Utc::now() - behind).format("%a, %d %b %Y %H:%M:%S GMT");
        let body = json!({ "keys": [ed25519_jwk("k1")] }).to_string();
        let server = KeyServer::start(Reply::body("200 OK", &format!("Date: {date}"), &body));
        doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base())])
    };
    said(TimeDelta::hours(1)).expect_failed("clock", &["the key set's server -3", "run NTP"]);
    let good = said(TimeDelta::zero());
    assert!(good.code == 0 && good.line("clock").contains("the key set's server "), "{}", good.text);
}

#[test]
fn a_database_that_is_away_is_named_and_the_rest_is_checked() {
    let server = keys();
    let base = server.base();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let sqlite = format!("sqlite:{}", file.display());
    // one that takes connections, and never says a word
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("postgres://{}/tasks", listener.local_addr().unwrap());
    let gone = ("postgres://me:hunter2@127.0.0.1:1/tasks", "postgres://127.0.0.1:1/tasks");
    for (url, word) in [gone, (&silent, &silent), (&sqlite, &sqlite)] {
        let said = doctor(&[("DATABASE_URL", url), ("BETTER_AUTH_URL", &base)]);
        said.expect_failed("database", &[word, "cannot be opened", "check DATABASE_URL"]);
        said.expect_good(&["secret", "key set", "origins", "cookie"]);
        for name in ["migrations", "isolation", "sessions"] {
            assert!(said.line(name).contains("  -     not checked: no database"), "{}", said.text);
        }
        assert!(!said.text.contains("hunter2"));
    }
    assert!(!file.exists(), "to look is not to make");
}

#[test]
fn other_places_of_sessions_are_asked() {
    let (app, server) = (App::start(Database::Sqlite), keys());
    let base = server.base();
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", base.as_str())];
    let redis = [("SESSION_SOURCE", "redis"), ("REDIS_URL", "redis://me:hunter2@127.0.0.1:1")];
    let said = doctor(&[settings, redis].concat());
    said.expect_failed("sessions", &["cannot be looked up in Better Auth's secondary storage, redis://127.0.0.1:1"]);
    assert!(!said.text.contains("hunter2"));
    let http = [settings[0], settings[1], ("SESSION_SOURCE", "http")];
    // it answers everything with a key set, which is no session
    doctor(&http).expect_failed("sessions", &["/api/auth/get-session", "not in Better Auth's JSON format"]);
    server.reply_by_path(Box::new(|path| match path.contains("get-session") {
        true => Reply::body("200 OK", "Content-Type: application/json", "null"),
        false => Reply::keys(&[ed25519_jwk("k1")]),
    }));
    let said = doctor(&http);
    assert_eq!(said.code, 0, "{}", said.text);
    said.expect_good(&["sessions", "key set"]);
}

#[test]
fn secrets_that_protect_nothing_are_named() {
    let (app, server) = (App::start(Database::Sqlite), keys());
    app.sign_in("alice");
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    for (weak, why) in
        [("better-auth-secret-12345678901234567890", "default"), ("tiny-and-weak", "shorter than 32 bytes")]
    {
        let weak = [settings[0], settings[1], ("BETTER_AUTH_SECRET", weak)];
        let open = doctor(&[weak.as_slice(), &[("HOST", "0.0.0.0")]].concat());
        open.expect_failed("secret", &[why, "openssl rand -base64 32"]);
        open.expect_failed("settings", &["BETTER_AUTH_SECRET is "]);
        open.expect_good(&["database", "sessions", "key set"]);
        let home = doctor(&weak);
        assert!(home.code == 0 && home.line("secret").contains("  warn  "), "{}", home.text);
    }
    let none = doctor(&[settings[0], settings[1], ("BETTER_AUTH_SECRET", "")]);
    none.expect_failed("secret", &["no secret is set", "set BETTER_AUTH_SECRET to Better Auth's secret"]);
}

#[test]
fn settings_and_what_follows_from_the_url_are_named() {
    let said = doctor(&[("COOKIE_SECURE", "maybe"), ("TRUSTED_ORIGINS", "https://a.example/path")]);
    said.expect_failed("settings", &["COOKIE_SECURE must be auto, true or false"]);
    assert!(said.text.contains("TRUSTED_ORIGINS (part 1) must be only an origin"), "{}", said.text);
    // what can be, is checked all the same
    said.expect_good(&["secret", "origins", "cookie"]);
    let said = doctor(&[("DATABASE_URL", "postgres-db")]);
    said.expect_failed("settings", &["DATABASE_URL must start with sqlite:"]);
    assert!(said.line("database").contains("not checked: the settings are invalid"), "{}", said.text);
    let (app, server) = (App::start(Database::Sqlite), keys());
    app.sign_in("alice");
    let url = server.url();
    let settings = [("DATABASE_URL", app.url.as_str()), ("JWKS_URL", url.as_str())];
    let https = doctor(&[settings[0], settings[1], ("BETTER_AUTH_URL", "https://app.example.com/api/auth")]);
    assert!(https.line("cookie").contains("__Secure-better-auth.session_token"), "{}", https.text);
    assert!(https.code == 0 && https.line("origins").contains("trusted: https://app.example.com\n"), "{}", https.text);
    let none = doctor(&[settings[0], settings[1], ("BETTER_AUTH_URL", "")]);
    for (name, word) in [("cookie", "set BETTER_AUTH_URL, or COOKIE_SECURE"), ("origins", "no trusted origin")] {
        assert!(
            none.code == 0 && none.line(name).contains("  warn  ") && none.line(name).contains(word),
            "{}",
            none.text
        );
    }
}

fn tables_without_row_security_are_named() {
    let (app, server) = (App::start(Database::Postgres), keys());
    app.sign_in("alice");
    app.execute("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY");
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    let said = doctor(&settings);
    assert!(said.code == 0 && said.line("isolation").contains("  warn  row-level security is off"), "{}", said.text);
    let required = doctor(&[settings[0], settings[1], ("REQUIRE_ROW_SECURITY", "true")]);
    required.expect_failed(
        "isolation",
        &["REQUIRE_ROW_SECURITY is set", "row-level security is not enabled", "docs/reliability.md"],
    );
}

fn a_role_that_sees_everything_is_named() {
    let (cluster, server) = (Cluster::durable(), keys());
    let url = cluster.superuser_url();
    let folder = tempfile::tempdir().unwrap();
    let migrated = task_api(folder.path(), &production(&url)).args(["migrate", "run"]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let base = server.base();
    let settings = [("DATABASE_URL", url.as_str()), ("BETTER_AUTH_URL", &base), ("REQUIRE_ROW_SECURITY", "true")];
    let said = doctor(&settings);
    said.expect_failed("isolation", &["the role is a superuser"]);
    assert!(said.line("database").contains("role postgres"), "{}", said.text);
}
