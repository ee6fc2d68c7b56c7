//! Isolation of two users with all kinds of data: mallory can neither read nor change data of alice.
//! `auth::unauthorized_requests` covers requests without a credential and for the path of another user.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use serde_json::json;
use task_api::routes::ROUTES;

use crate::on_both;
use crate::support::{App, BETTER_AUTH_URL, Database, Response, cookie_header};

on_both!(tasks_of_another_user_are_404_by_id, lists_stats_and_exports_contain_only_own_tasks,);

/// Part of every text of alice, and of no other text.
const ALICE_MARKER: &str = "only-alice";

/// A service with all kinds of data of alice, and similar data of mallory.
pub struct TwoUsers {
    pub app: App,
    /// Ids of alice's tasks: pending, completed, deleted, recurring, its next occurrence, and one with an idempotency key.
    pub ids: Vec<i64>,
    /// The session cookie of mallory.
    cookie: String,
    before: Vec<String>,
}

impl TwoUsers {
    pub fn start(database: Database) -> Self {
        let app = App::start(database);
        app.make_better_auth_tables();
        let ids = create_data(&app, "alice", ALICE_MARKER);
        create_data(&app, "mallory", "mallory's");
        app.sign_in("alice");
        let cookie = cookie_header(&app.sign_in("mallory"));
        let before = rows(&app, "alice");
        assert!(before.len() >= 8 && before.iter().any(|row| row.contains(ALICE_MARKER)), "{before:?}");
        Self { app, ids, cookie, before }
    }

    #[track_caller]
    pub fn assert_untouched(&self, context: &str) {
        assert_eq!(rows(&self.app, "alice"), self.before, "{context}");
    }

    /// Asserts that a response contains no data of alice and is not a 5xx.
    #[track_caller]
    pub fn assert_hides_alice(&self, response: &Response, context: &str) {
        let response_text = format!("{:?} {}", response.headers, String::from_utf8_lossy(&response.body));
        assert!(
            !response_text.contains(ALICE_MARKER) && !response_text.contains("\"alice\""),
            "{context}: {response_text}"
        );
        assert!(response.status < 500, "{context}: {response_text}");
    }
}

/// Creates all kinds of data of a user; returns the task ids.
fn create_data(app: &App, user: &str, text: &str) -> Vec<i64> {
    let full_task = |title: &str| json!({ "title": format!("{text} {title}"), "description": text, "tags": [text], "priority": "high", "due_date": "2026-01-01", "remind_at": "2026-01-01T08:00:00Z" });
    let mut ids: Vec<i64> = ["open", "done", "trash", "rule"]
        .iter()
        .map(|title| {
            let mut task = full_task(title);
            if *title == "rule" {
                task["recurrence_rule"] = json!("daily");
            }
            app.create(user, &task)["id"].as_i64().unwrap()
        })
        .collect();
    for (id, route) in [(ids[1], "complete"), (ids[3], "complete")] {
        app.request_as(user, "PATCH", &format!("/api/tasks/{id}/{route}")).send().expect(200);
    }
    app.request_as(user, "DELETE", &format!("/api/tasks/{}", ids[2])).send().expect(200);
    let series =
        app.request_as(user, "GET", &format!("/api/tasks?series={}&status=pending", ids[3])).send().expect(200);
    ids.push(series[0]["id"].as_i64().expect("a completed recurring task has a next occurrence"));
    let idempotent = app
        .request_as(user, "POST", "/api/tasks")
        .header("Idempotency-Key", "the-same-key")
        .json(&full_task("keyed"))
        .send();
    ids.push(idempotent.expect(201)["id"].as_i64().unwrap());
    let imported = json!([{ "title": format!("{text} imported"), "uid": "the-same-uid" }]);
    app.request_as(user, "POST", "/api/tasks/import").json(&imported).send().expect(200);
    ids
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// Returns all rows of a user, read directly from the database.
fn rows(app: &App, user: &str) -> Vec<String> {
    let select = |table: &str, columns: &str| {
        let joined = columns
            .split(' ')
            .map(|name| format!("coalesce(CAST({name} AS TEXT), '-')"))
            .collect::<Vec<_>>()
            .join(" || '|' || ");
        format!("SELECT {joined} AS row FROM {table} WHERE user_id = '{user}'")
    };
    let tasks = "id user_id title description title_folded completed completed_at priority tags due_at time_zone remind_at recurrence_rule \
                 repeat_from_completion series_id next_id uid deleted_at version created_at updated_at recurrence_start remind_local \
                 excluded_dates imported_sequence imported_modified_at imported_version";
    let query = format!(
        "{} UNION ALL {} ORDER BY row",
        select("tasks", tasks),
        select("idempotent_answers", "user_id idempotency_key fingerprint task created_at")
    );
    let rows: Vec<Row> = match app.url.strip_prefix("sqlite:") {
        Some(path) => sql_query(query).load(&mut SqliteConnection::establish(path).unwrap()),
        None => {
            let mut connection = PgConnection::establish(&app.url).unwrap();
            // the row-level security policies require the user id; Citus sends SET LOCAL to the user's node
            let name = format!("SET LOCAL app.user_id = '{user}'");
            for message in ["BEGIN", "SET LOCAL citus.propagate_set_commands = 'local'", name.as_str()] {
                connection.batch_execute(message).unwrap();
            }
            sql_query(query).load(&mut connection)
        }
    }
    .unwrap();
    rows.into_iter().map(|row| row.row).collect()
}

/// Tries every route with an id, every method and every task of alice, by token and by cookie, with and without ETags.
fn tasks_of_another_user_are_404_by_id(database: Database) {
    let users = TwoUsers::start(database);
    let bodies = [
        None,
        Some(json!({ "title": "stolen", "completed": true, "status": "completed", "user_id": "mallory" })),
        Some(
            json!({ "id": 1, "series_id": 1, "next_id": 1, "uid": "the-same-uid", "version": 1, "title": "stolen", "status": "pending", "completed": false }),
        ),
    ];
    let mut request_count = 0;
    for route_spec in ROUTES.iter().filter(|route_spec| route_spec.guarded && route_spec.path.contains("{id}")) {
        // a trailing slash selects the same routes
        let paths = route_spec.paths().into_iter().filter(|path| !path.ends_with('/'));
        for (path, method) in
            paths.flat_map(|path| route_spec.allow.split(", ").map(move |method| (path.clone(), method)))
        {
            for id in &users.ids {
                let path = path.replace("{user_id}", "mallory").replace("{id}", &id.to_string());
                for query in ["", "?permanent=true", "?user_id=alice"] {
                    for body in &bodies {
                        let by_token = users.app.request_as("mallory", method, &format!("{path}{query}"));
                        let by_cookie = users
                            .app
                            .request(method, &format!("{path}{query}"))
                            .header("Cookie", &users.cookie)
                            .header("Origin", BETTER_AUTH_URL);
                        let with_etags =
                            by_token.clone().header("If-Match", &format!("\"{id}-1\"")).header("If-None-Match", "*");
                        let with_any_etag = by_token.clone().header("If-Match", "*");
                        // headers for another user or method, as a proxy or a form might send them
                        let with_override_headers =
                            by_token.clone().header("X-User-Id", "alice").header("X-HTTP-Method-Override", "DELETE");
                        let requests = [by_token, by_cookie, with_etags, with_any_etag, with_override_headers];
                        for request in requests.into_iter().take(if query.is_empty() { 5 } else { 1 }) {
                            let request = body.iter().fold(request, |request, body| request.json(body));
                            let response = request.send();
                            let context = format!("{method} {path}{query} {body:?}");
                            users.assert_hides_alice(&response, &context);
                            // a missing required body is rejected before the task look-up
                            let is_missing_body = body.is_none() && response.status == 400;
                            assert!(response.status == 404 || is_missing_body, "{context}: {}", response.status);
                            request_count += 1;
                        }
                    }
                }
            }
            users.assert_untouched(&format!("{method} {path}"));
        }
    }
    assert!(request_count > 500, "{request_count}");
}

/// Lists, stats and exports of mallory contain no data of alice.
fn lists_stats_and_exports_contain_only_own_tasks(database: Database) {
    let users = TwoUsers::start(database);
    let app = &users.app;
    let filters = [
        "",
        "q=only",
        "q=alice",
        "tags=only-alice",
        "deleted=true",
        "status=all",
        "status=completed",
        "priority=high",
        "due=any",
        "overdue=true",
        "due_before=9999-01-01",
        "updated_since=2020-01-01T00:00:00Z",
        "count=exact",
        "sort=title",
        "offset=1",
        "page=2&page_size=2",
        "user_id=alice",
        "owner=alice",
        "limit=100000",
    ];
    for filter in filters {
        for path in [
            "/api/tasks",
            "/api/mallory/tasks",
            "/api/tasks/stats",
            "/api/tasks/export",
            "/api/tasks/export?format=csv",
            "/api/tasks/export?format=ics",
        ] {
            for method in ["GET", "HEAD"] {
                let separator = if path.contains('?') { '&' } else { '?' };
                let response = app.request_as("mallory", method, &format!("{path}{separator}{filter}")).send();
                assert_eq!(response.status, 200, "{method} {path} {filter}");
                users.assert_hides_alice(&response, &format!("{method} {path} {filter}"));
            }
        }
    }
    // a third user without data gets empty responses
    let counted = app.request_as("carol", "GET", "/api/tasks?count=exact").send();
    assert_eq!((counted.json(), counted.header("x-total-count")), (json!([]), Some("0")));
    let stats = app.request_as("carol", "GET", "/api/tasks/stats").send().expect(200).to_string();
    assert!(!stats.contains("only-alice"), "{stats}");
    assert_eq!(app.request_as("carol", "GET", "/api/tasks/export").send().chunked_json(), json!([]));
    // mallory permanently deletes all own tasks
    let mallorys_tasks = app.request_as("mallory", "GET", "/api/tasks").send().expect(200);
    for task in mallorys_tasks.as_array().unwrap() {
        app.request_as("mallory", "DELETE", &format!("/api/tasks/{}?permanent=true", task["id"])).send().expect(200);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap();
    users.assert_untouched("everything");
}
