//! Row-level security of PostgreSQL: statements without an owner see no rows, and missing row-level security is reported.
//! `query_plans` asserts that the owner is set before the policies run.

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
    a_statement_without_owner_sees_no_rows,
    a_pooled_connection_keeps_no_user,
    the_purge_policy_deletes_only_expired_rows,
    policies_are_safe_if_they_are_not_restrictive,
    the_policies_of_the_feed_only_read,
    missing_row_security_is_reported_and_rejected_if_required,
);

on_own_postgres!(
    a_superuser_role_is_logged_or_rejected_if_required,
    row_security_lost_at_runtime_is_503_until_it_is_restored,
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
    PgConnection::establish(url).expect("the database responds")
}

fn count(connection: &mut PgConnection) -> i64 {
    sql_query("SELECT count(*) AS count FROM tasks").get_result::<Count>(connection).unwrap().count
}

const INSERT: &str = "INSERT INTO tasks (user_id, uid, title, title_folded, created_at, updated_at) \
                      VALUES ('alice', 'u', 't', 't', now(), now())";

/// Asserts that the service's role can neither read nor write rows on this connection without setting the user.
#[track_caller]
fn assert_isolated(connection: &mut PgConnection) {
    let setting = sql_query("SELECT current_setting('app.user_id', true) AS setting");
    let setting = setting.get_result::<Setting>(connection).unwrap().setting;
    assert!(setting.is_none_or(|user| user.is_empty()), "the connection still has a user set");
    assert_eq!(count(connection), 0);
    for table in ["user_state", "tombstones"] {
        let rows = sql_query(format!("SELECT count(*) AS count FROM {table}")).get_result::<Count>(connection).unwrap();
        assert_eq!(rows.count, 0, "{table}");
    }
    for statement in [
        "UPDATE tasks SET title = 'mine now'",
        "UPDATE tasks SET title = 'mine now' WHERE user_id = 'alice'",
        "DELETE FROM tasks",
        "DELETE FROM tasks WHERE user_id = 'alice'",
        "UPDATE idempotent_answers SET task = NULL",
        "DELETE FROM idempotent_answers",
        "UPDATE user_state SET tasks = 0",
        "UPDATE user_state SET tasks = 0 WHERE user_id = 'alice'",
        "DELETE FROM user_state",
        "UPDATE tombstones SET uid = 'mine now'",
        "DELETE FROM tombstones",
    ] {
        assert_eq!(sql_query(statement).execute(connection).unwrap(), 0, "{statement}");
    }
    let error_without_user = connection.batch_execute(INSERT).unwrap_err().to_string();
    assert!(error_without_user.contains("row-level security"), "{error_without_user}");
    let error_as_bob = format!("BEGIN; SELECT set_config('app.user_id', 'bob', true); {INSERT}");
    let error_as_bob = connection.batch_execute(&error_as_bob).unwrap_err().to_string();
    assert!(error_as_bob.contains("row-level security"), "{error_as_bob}");
    connection.batch_execute("ROLLBACK").unwrap();
}

/// Sends requests of alice and bob to all routes that read or write rows.
fn use_all_routes(app: &App) {
    for user in ["alice", "bob"] {
        let task = json!({ "title": user, "recurrence_rule": "daily", "due_date": "2026-12-01", "tags": ["home"] });
        let created =
            app.request_as(user, "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send().expect(201);
        let replay = app.request_as(user, "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send();
        assert_eq!((replay.expect(201), replay.header("idempotent-replayed")), (created.clone(), Some("true")));
        let path = format!("/api/tasks/{}", created["id"]);
        app.request_as(user, "PATCH", &format!("{path}/complete")).send().expect(200);
        app.request_as(user, "PATCH", &path).json(&json!({ "priority": "high" })).send().expect(200);
        app.request_as(user, "DELETE", &path).send().expect(200);
        app.request_as(user, "POST", &format!("{path}/restore")).send().expect(200);
        let bulk =
            json!({ "operations": [{ "op": "create", "title": "in bulk" }, { "op": "delete", "id": created["id"] }] });
        app.request_as(user, "POST", "/api/tasks/bulk").json(&bulk).send().expect(200);
        let import = json!([{ "uid": "from elsewhere", "title": "imported" }]);
        assert_eq!(app.request_as(user, "POST", "/api/tasks/import").json(&import).send().expect(200)["created"], 1);
        assert_eq!(app.request_as(user, "GET", "/api/tasks/stats").send().expect(200)["total"], 3);
        let list = app.request_as(user, "GET", "/api/tasks?count=exact").send();
        assert_eq!((list.expect(200).as_array().unwrap().len(), list.header("x-total-count")), (3, Some("3")));
        app.request_as(user, "DELETE", &format!("{path}?permanent=true")).send().expect(200);
        let changes = app.request_as(user, "GET", "/api/tasks/changes").send().expect(200);
        assert_eq!(changes["changes"].as_array().unwrap().len(), 4, "three tasks and a tombstone");
    }
}

fn a_statement_without_owner_sees_no_rows() {
    let app = App::start(Database::Postgres);
    use_all_routes(&app);
    assert_isolated(&mut connect(&app.url));
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200).as_array().unwrap().len(), 3);
}

/// The pooler has one connection to the database, which all requests share.
fn a_pooled_connection_keeps_no_user() {
    let (folder, direct) = Database::Postgres.empty();
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
    use_all_routes(&app);
    assert_isolated(&mut connection);
    std::thread::scope(|scope| {
        for user in ["carol", "dave", "erin", "frank"] {
            let app = &app;
            scope.spawn(move || {
                for number in 1..=10 {
                    app.create(user, &json!({ "title": user }));
                    let list = app.request_as(user, "GET", "/api/tasks").send().expect(200);
                    let owners = list.as_array().unwrap().iter().map(|task| task["user_id"].as_str().unwrap());
                    assert_eq!(owners.collect::<Vec<_>>(), vec![user; number]);
                }
            });
        }
    });
    assert_isolated(&mut connection);
}

fn the_purge_policy_deletes_only_expired_rows() {
    let app = App::start(Database::Postgres);
    for title in ["kept", "old", "fresh"] {
        let task = app.create("alice", &json!({ "title": title }));
        if title != "kept" {
            app.request_as("alice", "DELETE", &format!("/api/tasks/{}", task["id"])).send().expect(200);
        }
    }
    app.execute("UPDATE tasks SET deleted_at = '2026-01-01' WHERE title = 'old'");
    let mut connection = connect(&app.url);
    connection.batch_execute("CREATE POLICY careless ON tasks USING (true)").unwrap();
    connection.batch_execute("SELECT set_config('app.purge_before', '2026-02-01', false)").unwrap();
    assert_eq!(
        sql_query("DELETE FROM tasks").execute(&mut connection).unwrap(),
        1,
        "a permissive policy does not allow more deletions"
    );
    connection.batch_execute("DROP POLICY careless ON tasks").unwrap();
    assert_eq!(count(&mut connection), 0, "the purge policy does not allow reading");
    assert_eq!(sql_query("UPDATE tasks SET title = 'x'").execute(&mut connection).unwrap(), 0);
    assert_eq!(sql_query("DELETE FROM tasks WHERE title <> ''").execute(&mut connection).unwrap(), 0);
    let titles = |query: &str| {
        app.request_as("alice", "GET", &format!("/api/tasks{query}")).send().expect(200)[0]["title"].clone()
    };
    assert_eq!((titles(""), titles("?deleted=true")), (json!("kept"), json!("fresh")));
}

/// Citus copies a restrictive policy to the shards as a permissive one.
fn policies_are_safe_if_they_are_not_restrictive() {
    let app = App::start(Database::Postgres);
    use_all_routes(&app);
    app.execute(
        "DO $$ DECLARE policy record; BEGIN
            FOR policy IN SELECT * FROM pg_policies WHERE schemaname = current_schema() AND permissive = 'RESTRICTIVE' LOOP
                EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
                EXECUTE format('CREATE POLICY %I ON %I FOR DELETE USING (%s)', policy.policyname, policy.tablename, policy.qual);
            END LOOP;
        END $$",
    );
    let mut connection = connect(&app.url);
    assert_isolated(&mut connection);
    connection.batch_execute("SELECT set_config('app.user_id', 'mallory', false)").unwrap();
    for table in ["tasks", "idempotent_answers", "user_state", "tombstones"] {
        assert_eq!(sql_query(format!("DELETE FROM {table}")).execute(&mut connection).unwrap(), 0, "{table}");
    }
    connection.batch_execute("RESET ALL; SELECT set_config('app.purge_before', '2026-01-01', false)").unwrap();
    for table in ["tasks", "idempotent_answers"] {
        assert_eq!(sql_query(format!("DELETE FROM {table}")).execute(&mut connection).unwrap(), 0, "{table}");
    }
}

/// The purge and the poll can read the state of all users, and change nothing.
fn the_policies_of_the_feed_only_read() {
    let app = App::start(Database::Postgres);
    for user in ["alice", "bob"] {
        let task = app.create(user, &json!({ "title": "t" }));
        app.request_as(user, "DELETE", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    }
    let mut connection = connect(&app.url);
    for setting in ["app.poll', 'on", "app.purge_before', '2100-01-01"] {
        let set = format!("SELECT set_config('{setting}', false)");
        connection.batch_execute(&set).unwrap();
        let users = sql_query("SELECT count(*) AS count FROM user_state").get_result::<Count>(&mut connection).unwrap();
        assert_eq!(users.count, 2, "{setting}");
        assert_eq!(count(&mut connection), 0, "{setting}");
        for statement in ["UPDATE user_state SET seq = 0", "DELETE FROM user_state", "DELETE FROM tombstones"] {
            assert_eq!(sql_query(statement).execute(&mut connection).unwrap(), 0, "{setting}: {statement}");
        }
        connection.batch_execute("RESET ALL").unwrap();
    }
}

fn missing_row_security_is_reported_and_rejected_if_required() {
    let optional = App::start(Database::Postgres);
    let row_security = |app: &App| app.request("GET", "/readyz").send().expect(200)["row_security"].clone();
    assert_eq!(row_security(&optional), "on");
    let faults = [
        ("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY", "ALTER TABLE tasks FORCE ROW LEVEL SECURITY", "forced"),
        (
            "ALTER TABLE idempotent_answers DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY",
            "enabled",
        ),
        ("CREATE POLICY more ON tasks USING (true)", "DROP POLICY more ON tasks", "the migrations did not create"),
        (
            "ALTER TABLE user_state NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE user_state FORCE ROW LEVEL SECURITY",
            "forced",
        ),
        (
            "ALTER TABLE tombstones DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE tombstones ENABLE ROW LEVEL SECURITY",
            "enabled",
        ),
        (
            "CREATE POLICY more ON tombstones USING (true)",
            "DROP POLICY more ON tombstones",
            "the migrations did not create",
        ),
        ("ALTER POLICY owner ON tasks RENAME TO own", "ALTER POLICY own ON tasks RENAME TO owner", "missing"),
    ];
    let mut connection = connect(&optional.url);
    for (break_statement, repair_statement, reason) in faults {
        connection.batch_execute(break_statement).unwrap();
        let is_reported = |status: &str| status.starts_with("row-level security is off") && status.contains(reason);
        wait_until(|| is_reported(row_security(&optional).as_str().unwrap()));
        connection.batch_execute(repair_statement).unwrap();
    }
    wait_until(|| row_security(&optional) == "on");

    let required = App::start_with(Database::Postgres, &[("REQUIRE_ROW_SECURITY", "true"), ("POOL_SIZE", "1")]);
    required.create("alice", &json!({ "title": "t" }));
    let mut connection = connect(&required.url);
    connection.batch_execute(faults[0].0).unwrap();
    required.wait_for_readiness(503);
    // new connections are rejected
    let second_app = App::serve(required.config.clone(), required.url.clone(), tempfile::tempdir().unwrap());
    second_app.request_as("alice", "GET", "/api/tasks").send().expect(503);
    connection.batch_execute(faults[0].1).unwrap();
    second_app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    required.wait_for_readiness(200);
}

#[test]
fn sqlite_is_rejected_if_row_security_is_required() {
    let folder = tempfile::tempdir().unwrap();
    let output = stderr_of_failure(folder.path(), &[("REQUIRE_ROW_SECURITY", "true")], &["serve"]);
    assert!(output.contains("REQUIRE_ROW_SECURITY is not supported by SQLite"), "{output}");
}

fn a_superuser_role_is_logged_or_rejected_if_required() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::durable();
    let url = cluster.superuser_url();
    let mut variables = production(&url).to_vec();
    variables.push(("REQUIRE_ROW_SECURITY", "true"));
    let output = stderr_of_failure(folder.path(), &variables, &["serve"]);
    assert!(output.contains("REQUIRE_ROW_SECURITY is set") && output.contains("is a superuser"), "{output}");
    // an address of another host ends the start after the log line
    let output = task_api(folder.path(), &production(&url)).env("HOST", "192.0.2.1").output().unwrap();
    assert!(
        output_text(&output).contains("row-level security is off: the role is a superuser"),
        "{}",
        output_text(&output)
    );
}

/// Drops a policy, or lets a role bypass all policies, while connections are open. The role exists only in this test.
fn row_security_lost_at_runtime_is_503_until_it_is_restored() {
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
    let read = || service.request_as("alice", "GET", "/api/tasks").send();
    let write = || service.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send();
    write().expect(201);
    let terminate_connections = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}' AND pid <> pg_backend_pid()"
    );
    let policy = "CREATE POLICY owner ON tasks USING (user_id = current_setting('app.user_id', true))";
    let mut expected = 1;
    for (break_statement, repair_statement, reason) in [
        (format!("ALTER ROLE {role} BYPASSRLS"), format!("ALTER ROLE {role} NOBYPASSRLS"), "the role has BYPASSRLS"),
        ("DROP POLICY owner ON tasks".to_owned(), policy.to_owned(), "a policy is missing"),
    ] {
        for detected_by_readiness in [false, true] {
            assert_eq!(read().expect(200).as_array().unwrap().len(), expected);
            admin.batch_execute(&break_statement).unwrap();
            if detected_by_readiness {
                service.wait_for_readiness(503);
                let line =
                    service.wait_for_line(&format!("row-level security is off: {reason}: requests are rejected"));
                assert!(line.contains("ERROR"), "{line}");
            } else {
                admin.batch_execute(&terminate_connections).unwrap();
                // the first read may find its connection terminated, the second cannot open another
                (0..2).for_each(|_| drop(read().expect(503)));
                let line = service.wait_for_line(&format!("row-level security is off: {reason}"));
                assert!(line.contains("cannot connect to the database: REQUIRE_ROW_SECURITY is set"), "{line}");
            }
            for response in [read(), write()] {
                response.expect(503);
            }
            service.wait_for_readiness(503);
            admin.batch_execute(&repair_statement).unwrap();
            service.wait_for_readiness(200);
            write().expect(201);
            expected += 1;
        }
    }
}
