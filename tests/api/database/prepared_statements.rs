//! The cache of prepared statements stays bounded for all requests.

use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, NO_KEYS};

on_both!(the_prepared_statement_cache_is_bounded, conditions_of_any_length_share_one_statement);

/// The maximum number of prepared statements of one connection.
const MAX_STATEMENTS: u64 = 128;

/// Returns queries with all pairs of filters and sort orders, and with 1 to 20 tags.
fn queries() -> Vec<String> {
    let filters = [
        "status=pending",
        "priority=high",
        "priority=low,high,none",
        "search=milk",
        "due=today",
        "overdue=false",
        "due_before=2026-12-01",
        "due_after=2026-12-01T09:00:00Z",
        "updated_since=2026-01-01T00:00:00Z",
        "series=1",
        "deleted=true",
        "count=exact",
    ];
    let sorts = ["", "sort=title", "sort=-due_date", "sort=priority_asc", "sort=updated_at"];
    let mut queries = Vec::new();
    for (index, filter) in filters.iter().enumerate() {
        for other in &filters[index..] {
            for sort in sorts {
                queries.push(format!("{filter}&{other}&{sort}"));
            }
        }
    }
    for tags in 1..=20 {
        let tags: Vec<String> = (0..tags).map(|tag| format!("tag{tag}")).collect();
        queries.push(format!("tags={}", tags.join(",")));
    }
    queries
}

/// Installs a trigger that records the prepared statements of the service's only request connection.
fn record_prepared_statements(app: &App) {
    app.execute(
        "CREATE TABLE kept (statements bigint);
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO kept SELECT count(*) FROM pg_prepared_statements; RETURN NEW; END';
        CREATE TRIGGER watch BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION watch()",
    );
}

#[derive(QueryableByName)]
struct StatementCount {
    #[diesel(sql_type = BigInt)]
    statements: i64,
}

fn max_recorded_statements(app: &App) -> i64 {
    let mut connection = PgConnection::establish(&app.url).unwrap();
    sql_query("SELECT max(statements) AS statements FROM kept")
        .get_result::<StatementCount>(&mut connection)
        .unwrap()
        .statements
}

fn the_prepared_statement_cache_is_bounded(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), NO_KEYS]);
    let queries = queries();
    assert!(queries.len() > 3 * MAX_STATEMENTS as usize);
    for query in &queries {
        app.request_as("alice", "GET", &format!("/api/tasks?limit=2&{query}")).send().expect(200);
    }
    // later pages of each sort order use separate statements
    (0..3).for_each(|_| drop(app.create("alice", &json!({ "title": "t", "due_date": "2026-12-01" }))));
    for sort in ["title", "-title", "due_date", "-due_date", "created_at_asc", "-priority", "updated_at"] {
        let first = app.request_as("alice", "GET", &format!("/api/tasks?limit=1&sort={sort}")).send();
        let next_path = first.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
        app.request_as("alice", "GET", &next_path).send().expect(200);
    }
    let prepared = app.db.prepared_statements();
    // counts statements of requests, of SQLite's writer, and of readiness checks
    assert!((1..=MAX_STATEMENTS).contains(&prepared), "{prepared} for {} queries", queries.len());
    if database == Database::Postgres {
        record_prepared_statements(&app);
        app.create("alice", &json!({ "title": "t" }));
        let recorded = max_recorded_statements(&app);
        assert!((1..=MAX_STATEMENTS as i64).contains(&recorded), "{recorded} for {} queries", queries.len());
    }
}

fn conditions_of_any_length_share_one_statement(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "1"), NO_KEYS]);
    let task = app.create("alice", &json!({ "title": "t" }));
    let path = format!("/api/tasks/{}", task["id"]);
    let versions =
        |count: i64| (2..count + 2).map(|version| format!("\"{}-{version}\"", task["id"])).collect::<Vec<_>>();
    let send = |method: &str, path: &str, count: i64| {
        let request = app.request_as("alice", method, path).header("If-Match", &versions(count).join(", "));
        request.json(&json!({ "title": "changed" })).send()
    };
    let requests = [("PATCH", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/restore"))];
    let send_all = |count| requests.iter().for_each(|(method, path)| drop(send(method, path, count).expect(412)));
    send_all(1);
    let before = app.db.prepared_statements();
    [2, 3, 50, 3000].into_iter().for_each(send_all);
    assert_eq!(app.db.prepared_statements(), before);
    let import = |count: usize| {
        let tasks: Vec<_> = (0..count).map(|uid| json!({ "uid": format!("u{uid}"), "title": "t" })).collect();
        app.request_as("alice", "POST", "/api/tasks/import").json(&json!(tasks)).send().expect(200)
    };
    // an import has two statements: one inserts 32 rows, the other a single row
    import(40);
    let before = app.db.prepared_statements();
    [2, 3, 600, 7].into_iter().for_each(|count| drop(import(count)));
    assert_eq!(app.db.prepared_statements(), before);
}
