//! Liveness and readiness.

use crate::on_both;
use crate::support::{App, Database};

on_both!(a_fresh_service_is_live_and_ready, readiness_tells_of_missing_tables, a_pending_migration_is_not_ready);

fn a_fresh_service_is_live_and_ready(database: Database) {
    let app = App::start(database);
    app.make_better_auth_tables();
    assert_eq!(app.request("GET", "/livez").send().expect(200)["status"], "ok");
    for path in ["/readyz", "/healthz", "/readyz/"] {
        let answer = app.request("GET", path).send();
        let ready = answer.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            (&ready["database"], &ready["migrations"], &ready["sessions"]),
            (&"ok".into(), &"ok".into(), &"ok".into())
        );
    }
}

fn readiness_tells_of_missing_tables(database: Database) {
    let lenient = App::start(database);
    let ready = lenient.request("GET", "/readyz").send().expect(200);
    assert!(ready["sessions"].as_str().unwrap().contains("Better Auth"), "{ready}");
    let strict = App::start_with(database, &[("SESSION_SOURCE", "database")]);
    let answer = strict.request("GET", "/readyz").send();
    answer.expect(503);
    assert!(answer.header("retry-after").is_some());
}

fn a_pending_migration_is_not_ready(database: Database) {
    let app = App::start(database);
    app.execute("DELETE FROM __diesel_schema_migrations");
    app.request("GET", "/readyz").send().expect(503);
    assert_eq!(app.request("GET", "/livez").send().expect(200)["status"], "ok");
}
