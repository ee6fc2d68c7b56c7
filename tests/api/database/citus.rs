//! Citus: row-level security of the shards, and migrations of distributed tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;
use task_api::db::Migrator;

use crate::cli::serve::output_text;
use crate::on_citus;
use crate::support::{App, Database, config, migrate, nodes, production, task_api};

on_citus!(
    no_shard_gives_or_deletes_rows_of_other_users,
    a_shard_without_policies_is_reported,
    existing_rows_are_distributed,
    migrations_of_distributed_tables_can_be_reverted_and_applied_again,
);

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Returns the shards of the service's tables as tables of their nodes, with connections to the nodes.
fn shards(url: &str) -> Vec<(PgConnection, Vec<String>)> {
    let mut coordinator = PgConnection::establish(url).unwrap();
    nodes(url)
        .into_iter()
        .map(|node| {
            let select = "SELECT shard_name(logicalrelid, shardid)::text AS name FROM pg_dist_shard \
                          JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid) \
                          JOIN pg_class ON pg_class.oid = logicalrelid AND relnamespace = current_schema()::regnamespace \
                          WHERE nodename = $1 AND nodeport = $2 ORDER BY 1";
            let select = sql_query(select).bind::<Text, _>(&node.host).bind::<diesel::sql_types::Integer, _>(node.port);
            let names = select.load::<Name>(&mut coordinator).unwrap().into_iter().map(|shard| shard.name).collect();
            (PgConnection::establish(&node.url(url)).unwrap(), names)
        })
        .collect()
}

/// Returns an app with rows of ten users in all tables.
fn app_with_rows() -> App {
    let app = App::start_with(Database::Postgres, &[("REQUIRE_ROW_SECURITY", "true")]);
    for user in users() {
        let task = json!({ "title": "t" });
        for number in 0..3 {
            let key = format!("k{number}");
            app.request_as(&user, "POST", "/api/tasks").header("Idempotency-Key", &key).json(&task).send().expect(201);
        }
        let list = app.request_as(&user, "GET", "/api/tasks").send().expect(200);
        app.request_as(&user, "DELETE", &format!("/api/tasks/{}", list[0]["id"])).send().expect(200);
        app.request_as(&user, "DELETE", &format!("/api/tasks/{}?permanent=true", list[1]["id"])).send().expect(200);
    }
    app
}

fn users() -> Vec<String> {
    (0..10).map(|number| format!("user{number}")).collect()
}

/// Runs a statement on each shard, after these settings. Returns the number of rows it affected.
fn rows_of_all_shards(url: &str, settings: &str, statement: &str) -> usize {
    let mut rows = 0;
    for (mut node, names) in shards(url) {
        node.batch_execute(settings).unwrap();
        for name in names {
            rows += sql_query(statement.replace("{shard}", &name)).execute(&mut node).unwrap();
        }
    }
    rows
}

fn no_shard_gives_or_deletes_rows_of_other_users() {
    let app = app_with_rows();
    let counts: Vec<usize> = shards(&app.url).iter().map(|(_, names)| names.len()).collect();
    assert!(counts.len() > 1 && counts.iter().all(|shards| *shards > 0), "{counts:?}");
    for settings in ["SELECT 1", "SELECT set_config('app.user_id', 'mallory', false)"] {
        for statement in [
            "DELETE FROM {shard}",
            "DELETE FROM {shard} WHERE user_id = 'user1'",
            "UPDATE {shard} SET user_id = user_id",
            "SELECT user_id FROM {shard}",
        ] {
            assert_eq!(rows_of_all_shards(&app.url, settings, statement), 0, "{settings}: {statement}");
        }
    }
    // the purge deletes expired rows of stored responses and tasks only
    let expired = "SELECT set_config('app.purge_before', '2020-01-01', false)";
    assert_eq!(rows_of_all_shards(&app.url, expired, "DELETE FROM {shard}"), 0);
    let own = "SELECT set_config('app.user_id', 'user1', false)";
    assert_eq!(rows_of_all_shards(&app.url, own, "SELECT user_id FROM {shard}"), 2 + 1 + 1 + 3);
    // the coordinator sends the statement to all shards
    let mut coordinator = PgConnection::establish(&app.url).unwrap();
    for table in ["tasks", "user_state", "tombstones", "idempotent_answers"] {
        assert_eq!(sql_query(format!("DELETE FROM {table}")).execute(&mut coordinator).unwrap(), 0);
    }
    for user in users() {
        let changes = app.request_as(&user, "GET", "/api/tasks/changes").send().expect(200);
        assert_eq!(changes["changes"].as_array().unwrap().len(), 3, "two tasks and a tombstone of {user}");
    }
}

fn a_shard_without_policies_is_reported() {
    let app = app_with_rows();
    let row_security = || app.wait_for_readiness(200).json()["row_security"].clone();
    assert_eq!(row_security(), "on");
    let (mut node, names) = shards(&app.url).pop().unwrap();
    let shard = names.iter().find(|name| name.contains("tasks")).unwrap();
    // Citus changes shards by its own connections only
    let alter = |node: &mut PgConnection, word: &str| {
        node.batch_execute(&format!(
            "SET citus.enable_ddl_propagation = off; ALTER TABLE {shard} {word} ROW LEVEL SECURITY"
        ))
    };
    alter(&mut node, "NO FORCE").unwrap();
    app.wait_for_readiness(503);
    alter(&mut node, "FORCE").unwrap();
    app.wait_for_readiness(200);
    assert_eq!(row_security(), "on");
}

fn existing_rows_are_distributed() {
    let (folder, url) = Database::Postgres.empty();
    migrate(&url);
    let command = |arguments: &[&str]| {
        let output = task_api(folder.path(), &production(&url)).args(arguments).output().unwrap();
        (output.status.success(), output_text(&output))
    };
    let (is_complete, report) = command(&["migrate", "distribute", "--check"]);
    assert!(!is_complete && report.contains("not distributed  tasks"), "{report}");
    let local = App::serve(config(&url, &[]), url.clone(), tempfile::tempdir().unwrap());
    for user in users() {
        local.create(&user, &json!({ "title": "before" }));
    }
    drop(local);
    let (is_distributed, report) = command(&["migrate", "distribute"]);
    assert!(is_distributed && report.contains("Distributed idempotent_answers."), "{report}");
    let (is_complete, report) = command(&["migrate", "distribute", "--check"]);
    assert!(is_complete && report.contains("All tables are distributed."), "{report}");
    let app = App::serve(config(&url, &[("REQUIRE_ROW_SECURITY", "true")]), url, folder);
    for user in users() {
        app.create(&user, &json!({ "title": "after" }));
        let changes = app.request_as(&user, "GET", "/api/tasks/changes").send().expect(200);
        let seqs: Vec<_> = changes["changes"].as_array().unwrap().iter().map(|change| change["seq"].clone()).collect();
        assert_eq!(seqs, [1, 2], "{user}");
    }
}

fn migrations_of_distributed_tables_can_be_reverted_and_applied_again() {
    let (_folder, url) = Database::Postgres.migrated();
    let settings = config(&url, &[("REQUIRE_ROW_SECURITY", "true")]).database;
    let mut migrator = Migrator::connect(&settings).unwrap();
    let applied = migrator.state().unwrap().applied;
    // the first migrations create the tables and their policies
    for name in applied[2..].iter().rev() {
        assert_eq!(migrator.revert().unwrap().as_ref(), Some(name));
    }
    assert_eq!(migrator.run().unwrap(), applied[2..]);
    assert_eq!(migrator.citus().unwrap().unwrap().not_distributed, [""; 0]);
    assert_eq!(migrator.row_security().unwrap().to_string(), "on");
    for name in applied.iter().rev() {
        assert_eq!(migrator.revert().unwrap().as_ref(), Some(name));
    }
    let mut connection = PgConnection::establish(&url).unwrap();
    let rest = "SELECT count(*) AS count FROM pg_dist_partition JOIN pg_class ON oid = logicalrelid \
                WHERE relnamespace = current_schema()::regnamespace";
    assert_eq!(sql_query(rest).get_result::<Count>(&mut connection).unwrap().count, 0);
}
