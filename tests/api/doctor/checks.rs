//! Tests `task-api doctor`: the table of a valid deployment, and for each check a deployment that fails it.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::fixture::{CHECKS, captured_jwk, doctor, start_app, start_better_auth, start_better_auth_with};
use crate::jwks::key_url::server::Reply;
use crate::support::{App, Cluster, Database, is_citus, production, task_api};
use crate::{on_both, on_own_postgres, on_postgres};

on_both!(
    a_valid_deployment_passes_every_check,
    missing_tables_are_reported,
    pending_migrations_are_reported,
    encodings_of_times_are_reported,
    unusable_key_sets_are_reported,
    a_wrong_clock_is_reported,
);

on_postgres!(tables_without_row_security_are_reported);

on_own_postgres!(a_superuser_role_is_reported);

fn a_valid_deployment_passes_every_check(database: Database) {
    let (app, server) = (start_app(database), start_better_auth());
    let base = server.base();
    let report = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &base)]);
    assert_eq!(report.code, 0, "{}", report.text);
    report.expect_ok(&CHECKS);
    let (tables, times, isolation) = match database {
        Database::Sqlite => {
            ("the tables \"session\" and \"user\"", "text (ISO 8601)", "SQLite has no row-level security")
        }
        Database::Postgres => {
            (".\"session\" and ", "timestamp with time zone", "row-level security is on, besides the owner filters")
        }
    };
    for (name, word) in [
        ("secret", "1 secret, at least 32 bytes, not a known default; "),
        ("sessions", tables),
        ("sessions", times),
        ("isolation", isolation),
        (
            "events",
            match database {
                Database::Sqlite => "in this process at once",
                Database::Postgres if is_citus() => "because Citus does not pass notifications",
                Database::Postgres => "instances notify each other",
            },
        ),
        ("secret", "it decrypts key 7lz54NbXenBVQCDwp3eGvM03K3zzYS8G of Better Auth's jwks table"),
        ("front end", "it has the same secret and cookie name"),
        ("key set", "1 key (EdDSA), at "),
        ("key set", &base),
        ("origins", &base),
        ("cookie", "expected name: better-auth.session_token"),
    ] {
        assert!(report.line(name).contains(word), "{word}: {}", report.text);
    }
    if database == Database::Postgres {
        assert!(report.line("database").contains("responds, role "), "{}", report.text);
        assert!(report.line("clock").contains("the database "), "{}", report.text);
        let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &base), ("PREPARED_STATEMENTS", "off")];
        let pooled = doctor(&settings).line("events");
        assert!(pooled.contains("  warn  instances poll each second, because PREPARED_STATEMENTS is off"), "{pooled}");
    }
    // The states are aligned in one column.
    let columns = report.text.lines().take_while(|line| !line.is_empty()).filter(|line| !line.contains("-> "));
    assert!(columns.map(|line| line.find("  ok    ")).all(|at| at == Some("migrations".len())), "{}", report.text);
}

fn missing_tables_are_reported(database: Database) {
    let (app, server) = (App::start(database), start_better_auth());
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    let required = doctor(&[settings[0], settings[1], ("SESSION_SOURCE", "database")]);
    required.expect_failed(
        "sessions",
        &["has no table session of Better Auth", "set DATABASE_URL to Better Auth's database"],
    );
    required.expect_ok(&["database", "migrations", "key set"]);
    let report = doctor(&settings);
    assert!(
        report.code == 0 && report.line("sessions").contains("  warn  JWTs work, requests with cookies get 503"),
        "{}",
        report.text
    );
}

fn pending_migrations_are_reported(database: Database) {
    let (app, server) = (start_app(database), start_better_auth());
    let newest = task_api::db::Migrator::connect(&app.config.database).unwrap().revert().unwrap().unwrap();
    let report = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base())]);
    report.expect_failed("migrations", &["pending: ", &newest, "task-api migrate run"]);
    report.expect_ok(&["database", "sessions"]);
}

fn encodings_of_times_are_reported(database: Database) {
    let (app, server) = (App::start(database), start_better_auth());
    let (column_type, value, description) = match database {
        Database::Sqlite => ("integer", "1795853807308", "Unix milliseconds"),
        Database::Postgres => {
            ("timestamp", "'2026-11-28 03:16:47'", "without time zone, read in the time zone Europe/Berlin")
        }
    };
    app.execute(&format!(
        "CREATE TABLE users (id text); CREATE TABLE sessions (token text, user_id text, expires_at {column_type}); \
         INSERT INTO sessions VALUES ('t', 'u', {value})"
    ));
    let zone = ("SESSION_TIMEZONE", "Europe/Berlin");
    let report = doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base()), zone]);
    report.expect_ok(&["sessions"]);
    assert!(
        report.line("sessions").contains("\"sessions\"") && report.line("sessions").contains(description),
        "{}",
        report.text
    );
}

fn unusable_key_sets_are_reported(database: Database) {
    let (app, mut server) = (start_app(database), start_better_auth());
    let url = server.url();
    let settings = [("DATABASE_URL", app.url.as_str()), ("JWKS_URL", url.as_str())];
    let report = doctor(&[settings[0], settings[1], ("JWT_ALGORITHMS", "HS256,RS256")]);
    report.expect_failed("key set", &["(EdDSA)", "JWT_ALGORITHMS contains none of them"]);
    server.reply(Reply::keys(&[json!({ "kty": "oct", "k": "AAAA", "kid": "x" })]));
    doctor(&settings).expect_failed("key set", &["1 key rejected: "]);
    server.reply(Reply::keys(&[]));
    let report = doctor(&settings);
    assert!(report.code == 0 && report.line("key set").contains("  warn  no keys"), "{}", report.text);
    for reply in [Reply::status("500 Internal Server Error"), Reply::Silence] {
        server.reply(reply);
        doctor(&settings).expect_failed("key set", &["unavailable: ", &url, "BETTER_AUTH_URL"]);
    }
    server.stop();
    let report = doctor(&settings);
    report.expect_failed("key set", &["unavailable: ", &url]);
    report.expect_ok(&["database", "migrations", "sessions", "cookie"]);
}

fn a_wrong_clock_is_reported(database: Database) {
    let app = start_app(database);
    let doctor_with_clock = |delay: TimeDelta| {
        let date = (Utc::now() - delay).format("%a, %d %b %Y %H:%M:%S GMT");
        let server = start_better_auth_with(&[captured_jwk()], &format!("Date: {date}"));
        doctor(&[("DATABASE_URL", &app.url), ("BETTER_AUTH_URL", &server.base())])
    };
    doctor_with_clock(TimeDelta::hours(1)).expect_failed("clock", &["the key set's server -3", "run NTP"]);
    let report = doctor_with_clock(TimeDelta::zero());
    assert!(report.code == 0 && report.line("clock").contains("the key set's server "), "{}", report.text);
}

#[test]
fn an_unreachable_database_is_reported_and_the_rest_is_checked() {
    let server = start_better_auth();
    let base = server.base();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let sqlite = format!("sqlite:{}", file.display());
    // A server that accepts connections and never responds.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("postgres://{}/tasks", listener.local_addr().unwrap());
    let unreachable = ("postgres://me:hunter2@127.0.0.1:1/tasks", "postgres://127.0.0.1:1/tasks");
    for (url, word) in [unreachable, (&silent, &silent), (&sqlite, &sqlite)] {
        let report = doctor(&[("DATABASE_URL", url), ("BETTER_AUTH_URL", &base)]);
        report.expect_failed("database", &[word, "cannot be opened", "check DATABASE_URL"]);
        report.expect_ok(&["secret", "key set", "origins", "cookie"]);
        for name in ["migrations", "isolation", "timeouts", "events", "sessions"] {
            assert!(report.line(name).contains("  -     not checked: no database"), "{}", report.text);
        }
        assert!(!report.text.contains("hunter2"));
    }
    assert!(!file.exists(), "doctor creates no database file");
}

#[test]
fn other_session_sources_are_checked() {
    let (app, server) = (App::start(Database::Sqlite), start_better_auth());
    let base = server.base();
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", base.as_str())];
    let redis = [("SESSION_SOURCE", "redis"), ("REDIS_URL", "redis://me:hunter2@127.0.0.1:1")];
    let report = doctor(&[settings, redis].concat());
    report.expect_failed("sessions", &["cannot be looked up in Better Auth's secondary storage, redis://127.0.0.1:1"]);
    assert!(!report.text.contains("hunter2"));
    let http = [settings[0], settings[1], ("SESSION_SOURCE", "http")];
    let report = doctor(&http);
    assert_eq!(report.code, 0, "{}", report.text);
    report.expect_ok(&["sessions", "key set"]);
    // every response is a key set, which is no session
    server.reply(Reply::keys(&[captured_jwk()]));
    doctor(&http).expect_failed("sessions", &["/api/auth/get-session", "not in Better Auth's JSON format"]);
}

fn tables_without_row_security_are_reported() {
    let (app, server) = (start_app(Database::Postgres), start_better_auth());
    app.execute("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY");
    let settings = [("DATABASE_URL", app.url.as_str()), ("BETTER_AUTH_URL", &server.base())];
    let report = doctor(&settings);
    assert!(
        report.code == 0 && report.line("isolation").contains("  warn  row-level security is off"),
        "{}",
        report.text
    );
    let required = doctor(&[settings[0], settings[1], ("REQUIRE_ROW_SECURITY", "true")]);
    required.expect_failed(
        "isolation",
        &["REQUIRE_ROW_SECURITY is set", "row-level security is not enabled", "docs/security-model.md"],
    );
}

fn a_superuser_role_is_reported() {
    let (cluster, server) = (Cluster::with_superuser(), start_better_auth());
    let url = cluster.superuser_url();
    let folder = tempfile::tempdir().unwrap();
    let migrated = task_api(folder.path(), &production(&url)).args(["migrate", "run"]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    let base = server.base();
    let settings = [("DATABASE_URL", url.as_str()), ("BETTER_AUTH_URL", &base), ("REQUIRE_ROW_SECURITY", "true")];
    let report = doctor(&settings);
    report.expect_failed("isolation", &["the role is a superuser"]);
    assert!(report.line("database").contains("role postgres"), "{}", report.text);
}
