//! Isolation by PostgreSQL itself: what a statement sees that forgot whose rows it is about, and what is said where there is none.
//! That the owner is told before the policies are asked is asked for in `plans`.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use serde_json::json;

use crate::cli::serve::{output_text, stderr_of_failure, wait_until};
use crate::database::pooler::Pooler;
use crate::support::{App, Cluster, Database, SUPERUSER, config};
use crate::support::{Service, production, task_api};
use crate::{on_own_postgres, on_postgres};

on_postgres!(
    a_statement_that_forgot_its_owner_sees_nothing,
    nothing_is_left_on_a_connection_that_a_pooler_shares,
    what_has_run_out_can_be_deleted_and_nothing_else,
    a_database_without_isolation_is_named_and_where_it_is_required_not_used,
);

on_own_postgres!(
    a_role_that_no_policy_binds_is_warned_about_or_refused,
    isolation_that_is_lost_while_connections_are_open_ends_the_service_until_it_is_back,
);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Nullable<Text>)]
    setting: Option<String>,
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the database answers")
}

fn count(connection: &mut PgConnection) -> i64 {
    sql_query("SELECT count(*) AS count FROM tasks").get_result::<Count>(connection).unwrap().count
}

const INSERT: &str = "INSERT INTO tasks (user_id, uid, title, title_folded, created_at, updated_at) \
                      VALUES ('alice', 'u', 't', 't', now(), now())";

/// Asserts that on this connection, as the service's role, nothing of anybody can be reached without saying whose it is to be.
#[track_caller]
fn assert_isolated(connection: &mut PgConnection) {
    let setting = sql_query("SELECT current_setting('app.user_id', true) AS setting");
    let setting = setting.get_result::<Setting>(connection).unwrap().setting;
    assert!(setting.is_none_or(|user| user.is_empty()), "a user was left behind on the connection");
    assert_eq!(count(connection), 0);
    for forgetful in [
        "UPDATE tasks SET title = 'mine now'",
        "UPDATE tasks SET title = 'mine now' WHERE user_id = 'alice'",
        "DELETE FROM tasks",
        "DELETE FROM tasks WHERE user_id = 'alice'",
        "UPDATE idempotent_answers SET task = NULL",
        "DELETE FROM idempotent_answers",
    ] {
        assert_eq!(sql_query(forgetful).execute(connection).unwrap(), 0, "{forgetful}");
    }
    let as_nobody = connection.batch_execute(INSERT).unwrap_err().to_string();
    assert!(as_nobody.contains("row-level security"), "{as_nobody}");
    let as_bob = format!("BEGIN; SELECT set_config('app.user_id', 'bob', true); {INSERT}");
    let as_bob = connection.batch_execute(&as_bob).unwrap_err().to_string();
    assert!(as_bob.contains("row-level security"), "{as_bob}");
    connection.batch_execute("ROLLBACK").unwrap();
}

/// Has alice and bob use everything that reads or writes rows.
fn use_everything(app: &App) {
    for user in ["alice", "bob"] {
        let task = json!({ "title": user, "recurrence_rule": "daily", "due_date": "2026-12-01", "tags": ["home"] });
        let made = app.by(user, "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send().expect(201);
        let again = app.by(user, "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send();
        assert_eq!((again.expect(201), again.header("idempotent-replayed")), (made.clone(), Some("true")));
        let path = format!("/api/tasks/{}", made["id"]);
        app.by(user, "PATCH", &format!("{path}/complete")).send().expect(200);
        app.by(user, "PATCH", &path).json(&json!({ "priority": "high" })).send().expect(200);
        app.by(user, "DELETE", &path).send().expect(200);
        app.by(user, "POST", &format!("{path}/restore")).send().expect(200);
        let bulk =
            json!({ "operations": [{ "op": "create", "title": "in bulk" }, { "op": "delete", "id": made["id"] }] });
        app.by(user, "POST", "/api/tasks/bulk").json(&bulk).send().expect(200);
        let import = json!([{ "uid": "from elsewhere", "title": "imported" }]);
        assert_eq!(app.by(user, "POST", "/api/tasks/import").json(&import).send().expect(200)["created"], 1);
        assert_eq!(app.by(user, "GET", "/api/tasks/stats").send().expect(200)["total"], 3);
        let list = app.by(user, "GET", "/api/tasks?count=exact").send();
        assert_eq!((list.expect(200).as_array().unwrap().len(), list.header("x-total-count")), (3, Some("3")));
        app.by(user, "DELETE", &format!("{path}?permanent=true")).send().expect(200);
    }
}

fn a_statement_that_forgot_its_owner_sees_nothing() {
    let app = App::start(Database::Postgres);
    use_everything(&app);
    assert_isolated(&mut connect(&app.url));
    assert_eq!(app.by("alice", "GET", "/api/tasks").send().expect(200).as_array().unwrap().len(), 3);
}

/// The pooler has one connection to the database, so that it is the one that all requests have used.
fn nothing_is_left_on_a_connection_that_a_pooler_shares() {
    let (folder, direct) = Database::Postgres.fresh();
    let pooler = Pooler::before(&direct);
    let settings =
        [("PREPARED_STATEMENTS", "off"), ("REQUIRE_ROW_SECURITY", "true"), ("POOL_SIZE", "4"), ("POOL_WAIT", "20s")];
    let config = config(&pooler.url, &settings);
    let mut migrator = task_api::db::Migrator::connect(&config.database).unwrap();
    migrator.run().unwrap();
    let app = App::serve(config, pooler.url.clone(), folder);
    app.request("GET", "/readyz").send().expect(200);
    let mut connection = connect(&pooler.url);
    connection.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
    use_everything(&app);
    assert_isolated(&mut connection);
    std::thread::scope(|scope| {
        for user in ["carol", "dave", "erin", "frank"] {
            let app = &app;
            scope.spawn(move || {
                for number in 1..=10 {
                    app.create(user, &json!({ "title": user }));
                    let list = app.by(user, "GET", "/api/tasks").send().expect(200);
                    let owners = list.as_array().unwrap().iter().map(|task| task["user_id"].as_str().unwrap());
                    assert_eq!(owners.collect::<Vec<_>>(), vec![user; number]);
                }
            });
        }
    });
    assert_isolated(&mut connection);
}

fn what_has_run_out_can_be_deleted_and_nothing_else() {
    let app = App::start(Database::Postgres);
    for title in ["kept", "old", "fresh"] {
        let task = app.create("alice", &json!({ "title": title }));
        if title != "kept" {
            app.by("alice", "DELETE", &format!("/api/tasks/{}", task["id"])).send().expect(200);
        }
    }
    app.execute("UPDATE tasks SET deleted_at = '2026-01-01' WHERE title = 'old'");
    let mut connection = connect(&app.url);
    connection.batch_execute("CREATE POLICY careless ON tasks USING (true)").unwrap();
    connection.batch_execute("SELECT set_config('app.purge_before', '2026-02-01', false)").unwrap();
    assert_eq!(sql_query("DELETE FROM tasks").execute(&mut connection).unwrap(), 1, "whatever else is allowed");
    connection.batch_execute("DROP POLICY careless ON tasks").unwrap();
    assert_eq!(count(&mut connection), 0, "to delete is not to see");
    assert_eq!(sql_query("UPDATE tasks SET title = 'x'").execute(&mut connection).unwrap(), 0);
    assert_eq!(sql_query("DELETE FROM tasks WHERE title <> ''").execute(&mut connection).unwrap(), 0);
    let titles =
        |query: &str| app.by("alice", "GET", &format!("/api/tasks{query}")).send().expect(200)[0]["title"].clone();
    assert_eq!((titles(""), titles("?deleted=true")), (json!("kept"), json!("fresh")));
}

fn a_database_without_isolation_is_named_and_where_it_is_required_not_used() {
    let lenient = App::start(Database::Postgres);
    let said = |app: &App| app.request("GET", "/readyz").send().expect(200)["row_security"].clone();
    assert_eq!(said(&lenient), "on");
    let breaks = [
        ("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY", "ALTER TABLE tasks FORCE ROW LEVEL SECURITY", "forced"),
        (
            "ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY",
            "enabled",
        ),
        ("CREATE POLICY more ON tasks USING (true)", "DROP POLICY more ON tasks", "the migrations did not create"),
        ("ALTER POLICY owner ON tasks RENAME TO own", "ALTER POLICY own ON tasks RENAME TO owner", "missing"),
    ];
    let mut connection = connect(&lenient.url);
    for (broken, mended, reason) in breaks {
        connection.batch_execute(broken).unwrap();
        let is_told = |told: &str| told.starts_with("row-level security is off") && told.contains(reason);
        wait_until(|| is_told(said(&lenient).as_str().unwrap()));
        connection.batch_execute(mended).unwrap();
    }
    wait_until(|| said(&lenient) == "on");

    let strict = App::start_with(Database::Postgres, &[("REQUIRE_ROW_SECURITY", "true"), ("POOL_SIZE", "1")]);
    strict.create("alice", &json!({ "title": "t" }));
    let mut connection = connect(&strict.url);
    connection.batch_execute(breaks[0].0).unwrap();
    strict.wait_for_readiness(503);
    // connections that are made from now on are refused
    let other = App::serve(strict.config.clone(), strict.url.clone(), tempfile::tempdir().unwrap());
    other.by("alice", "GET", "/api/tasks").send().expect(503);
    connection.batch_execute(breaks[0].1).unwrap();
    other.by("alice", "GET", "/api/tasks").send().expect(200);
    strict.wait_for_readiness(200);
}

#[test]
fn sqlite_cannot_isolate_users_and_is_refused_where_that_is_required() {
    let folder = tempfile::tempdir().unwrap();
    let refused = stderr_of_failure(folder.path(), &[("REQUIRE_ROW_SECURITY", "true")], &["serve"]);
    assert!(refused.contains("REQUIRE_ROW_SECURITY is not supported by SQLite"), "{refused}");
}

fn a_role_that_no_policy_binds_is_warned_about_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::durable();
    let url = cluster.superuser_url();
    let mut variables = production(&url).to_vec();
    variables.push(("REQUIRE_ROW_SECURITY", "true"));
    let refused = stderr_of_failure(folder.path(), &variables, &["serve"]);
    assert!(refused.contains("REQUIRE_ROW_SECURITY is set") && refused.contains("is a superuser"), "{refused}");
    // an address that is nobody's ends the start just behind
    let warned = task_api(folder.path(), &production(&url)).env("HOST", "192.0.2.1").output().unwrap();
    assert!(
        output_text(&warned).contains("row-level security is off: the role is a superuser"),
        "{}",
        output_text(&warned)
    );
}

/// A policy dropped, or a role let past all of them, while connections are open. The role is the test's own.
fn isolation_that_is_lost_while_connections_are_open_ends_the_service_until_it_is_back() {
    let (folder, cluster) = (tempfile::tempdir().unwrap(), Cluster::durable());
    let role = "role_of_the_test";
    let (superuser, schema) = (cluster.superuser_url(), "options=-csearch_path%3Dtasks");
    let mut admin = connect(&format!("{superuser}?{schema}"));
    admin.batch_execute(&format!("CREATE ROLE {role} LOGIN; CREATE SCHEMA tasks AUTHORIZATION {role}")).unwrap();
    let url = format!("{}?{schema}", superuser.replacen(&format!("//{SUPERUSER}@"), &format!("//{role}@"), 1));
    let mut variables = production(&url).to_vec();
    variables.extend([("REQUIRE_ROW_SECURITY", "true"), ("POOL_SIZE", "1"), ("RATE_LIMIT", "off")]);
    let migrated = task_api(folder.path(), &variables).args(["migrate", "run"]).output().unwrap();
    assert!(migrated.status.success(), "{}", output_text(&migrated));
    let service = Service::start(task_api(folder.path(), &variables));
    let reads = || service.by("alice", "GET", "/api/tasks").send();
    let writes = || service.by("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send();
    writes().expect(201);
    let end_all = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}' AND pid <> pg_backend_pid()"
    );
    let policy = "CREATE POLICY owner ON tasks USING (user_id = current_setting('app.user_id', true))";
    let mut expected = 1;
    for (broken, mended, reason) in [
        (format!("ALTER ROLE {role} BYPASSRLS"), format!("ALTER ROLE {role} NOBYPASSRLS"), "the role has BYPASSRLS"),
        ("DROP POLICY owner ON tasks".to_owned(), policy.to_owned(), "a policy is missing"),
    ] {
        for is_found_by_readiness in [false, true] {
            assert_eq!(reads().expect(200).as_array().unwrap().len(), expected);
            admin.batch_execute(&broken).unwrap();
            if is_found_by_readiness {
                service.wait_for_readiness(503);
                let line = service.line(&format!("row-level security is off: {reason}: requests are rejected"));
                assert!(line.contains("ERROR"), "{line}");
            } else {
                admin.batch_execute(&end_all).unwrap();
                // the first may find that its connection has gone, the second finds no other
                (0..2).for_each(|_| drop(reads().expect(503)));
                let line = service.line(&format!("row-level security is off: {reason}"));
                assert!(line.contains("cannot connect to the database: REQUIRE_ROW_SECURITY is set"), "{line}");
            }
            for answer in [reads(), writes()] {
                answer.expect(503);
            }
            service.wait_for_readiness(503);
            admin.batch_execute(&mended).unwrap();
            service.wait_for_readiness(200);
            writes().expect(201);
            expected += 1;
        }
    }
}
