//! Two users with everything that a user can have: whatever one of them asks for, in whatever way it names what is the other's, nothing of
//! the other's is seen or changed. Who comes without a credential, or at another's path, is turned away in `guard`.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use serde_json::{Value, json};
use task_api::routes::ROUTES;

use crate::on_both;
use crate::support::{Answer, App, BETTER_AUTH_URL, Database, cookie_header};

on_both!(
    nothing_of_another_is_reached_by_its_id,
    nothing_of_another_is_reached_by_a_name,
    what_is_made_for_all_tasks_is_made_of_ones_own,
);

/// Stands in every text that is alice's, and in nothing else.
const HERS: &str = "only-alice";

/// Alice's data, of each kind, and mallory's, which looks the same.
struct Two {
    app: App,
    /// Ids of alice's: open, done, in the trash, with a rule, and the next of its chain.
    ids: Vec<i64>,
    /// Of mallory.
    cookie: String,
    before: Vec<String>,
}

impl Two {
    fn start(database: Database) -> Self {
        let app = App::start(database);
        app.make_better_auth_tables();
        let ids = fill(&app, "alice", HERS);
        fill(&app, "mallory", "mallory's");
        app.sign_in("alice");
        let cookie = cookie_header(&app.sign_in("mallory"));
        let before = rows(&app, "alice");
        assert!(before.len() >= 8 && before.iter().any(|row| row.contains(HERS)), "{before:?}");
        Self { app, ids, cookie, before }
    }

    #[track_caller]
    fn assert_untouched(&self, after: &str) {
        assert_eq!(rows(&self.app, "alice"), self.before, "{after}");
    }

    /// Whatever was answered shows nothing of alice's.
    #[track_caller]
    fn assert_blind(&self, answer: &Answer, after: &str) {
        let shown = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(!shown.contains(HERS) && !shown.contains("\"alice\""), "{after}: {shown}");
        assert!(answer.status < 500, "{after}: {shown}");
    }
}

/// Every kind of thing that a user can have; gives the ids of the tasks.
fn fill(app: &App, user: &str, text: &str) -> Vec<i64> {
    let full = |title: &str| json!({ "title": format!("{text} {title}"), "description": text, "tags": [text], "priority": "high", "due_date": "2026-01-01", "remind_at": "2026-01-01T08:00:00Z" });
    let mut ids: Vec<i64> = ["open", "done", "trash", "rule"]
        .iter()
        .map(|title| {
            let mut task = full(title);
            if *title == "rule" {
                task["recurrence_rule"] = json!("daily");
            }
            app.create(user, &task)["id"].as_i64().unwrap()
        })
        .collect();
    for (id, call) in [(ids[1], "complete"), (ids[3], "complete")] {
        app.by(user, "PATCH", &format!("/api/tasks/{id}/{call}")).send().expect(200);
    }
    app.by(user, "DELETE", &format!("/api/tasks/{}", ids[2])).send().expect(200);
    let chain = app.by(user, "GET", &format!("/api/tasks?series={}&status=pending", ids[3])).send().expect(200);
    ids.push(chain[0]["id"].as_i64().expect("a rule leaves a next task behind"));
    let keyed =
        app.by(user, "POST", "/api/tasks").header("Idempotency-Key", "the-same-key").json(&full("keyed")).send();
    ids.push(keyed.expect(201)["id"].as_i64().unwrap());
    let imported = json!([{ "title": format!("{text} imported"), "uid": "the-same-uid" }]);
    app.by(user, "POST", "/api/tasks/import").json(&imported).send().expect(200);
    ids
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// Everything that the tables hold of a user, read behind the service's back.
fn rows(app: &App, user: &str) -> Vec<String> {
    let of = |table: &str, columns: &str| {
        let joined = columns
            .split(' ')
            .map(|name| format!("coalesce(CAST({name} AS TEXT), '-')"))
            .collect::<Vec<_>>()
            .join(" || '|' || ");
        format!("SELECT {joined} AS row FROM {table} WHERE user_id = '{user}'")
    };
    let tasks = "id user_id title description title_folded completed completed_at priority tags due_at time_zone remind_at recurrence_rule \
                 repeat_from_completion series_id next_id uid deleted_at version created_at updated_at";
    let query = format!(
        "{} UNION ALL {} ORDER BY row",
        of("tasks", tasks),
        of("idempotent_answers", "user_id idempotency_key fingerprint task created_at")
    );
    let rows: Vec<Row> = match app.url.strip_prefix("sqlite:") {
        Some(path) => sql_query(query).load(&mut SqliteConnection::establish(path).unwrap()),
        None => {
            let mut connection = PgConnection::establish(&app.url).unwrap();
            // the database's policies show a user's rows to those who name the user
            sql_query(format!("SELECT set_config('app.user_id', '{user}', false)")).execute(&mut connection).unwrap();
            sql_query(query).load(&mut connection)
        }
    }
    .unwrap();
    rows.into_iter().map(|row| row.row).collect()
}

/// Every route with an id, every method, every one of alice's tasks; by a token and by a cookie; plain and with her tags.
fn nothing_of_another_is_reached_by_its_id(database: Database) {
    let two = Two::start(database);
    let bodies = [
        None,
        Some(json!({ "title": "stolen", "completed": true, "status": "completed", "user_id": "mallory" })),
        Some(
            json!({ "id": 1, "series_id": 1, "next_id": 1, "uid": "the-same-uid", "version": 1, "title": "stolen", "status": "pending" }),
        ),
    ];
    let mut tried = 0;
    for served in ROUTES.iter().filter(|served| served.guarded && served.path.contains("{id}")) {
        // with a slash at the end they are the same routes
        let paths = served.paths().into_iter().filter(|path| !path.ends_with('/'));
        for (path, method) in paths.flat_map(|path| served.allow.split(", ").map(move |method| (path.clone(), method)))
        {
            for id in &two.ids {
                let path = path.replace("{user_id}", "mallory").replace("{id}", &id.to_string());
                for query in ["", "?permanent=true", "?user_id=alice"] {
                    for body in &bodies {
                        let by_token = two.app.by("mallory", method, &format!("{path}{query}"));
                        let by_cookie = two
                            .app
                            .request(method, &format!("{path}{query}"))
                            .header("Cookie", &two.cookie)
                            .header("Origin", BETTER_AUTH_URL);
                        let tagged =
                            by_token.clone().header("If-Match", &format!("\"{id}-1\"")).header("If-None-Match", "*");
                        let any = by_token.clone().header("If-Match", "*");
                        // the header of another, as a proxy or a form might send it
                        let claimed =
                            by_token.clone().header("X-User-Id", "alice").header("X-HTTP-Method-Override", "DELETE");
                        let requests = [by_token, by_cookie, tagged, any, claimed];
                        for request in requests.into_iter().take(if query.is_empty() { 5 } else { 1 }) {
                            let request = body.iter().fold(request, |request, body| request.json(body));
                            let answer = request.send();
                            let what = format!("{method} {path}{query} {body:?}");
                            two.assert_blind(&answer, &what);
                            // without the body that some of them want, nobody gets so far as to look for the task
                            let asked_for_a_body = body.is_none() && answer.status == 400;
                            assert!(answer.status == 404 || asked_for_a_body, "{what}: {}", answer.status);
                            tried += 1;
                        }
                    }
                }
            }
            two.assert_untouched(&format!("{method} {path}"));
        }
    }
    assert!(tried > 500, "{tried}");
}

/// What names things other than their path: operations, keys, cursors, series, names of imports.
fn nothing_of_another_is_reached_by_a_name(database: Database) {
    let two = Two::start(database);
    let app = &two.app;
    for id in &two.ids {
        for operation in [
            json!({ "op": "update", "id": id, "title": "stolen" }),
            json!({ "op": "update", "id": id, "version": 1, "title": "stolen" }),
            json!({ "op": "complete", "id": id }),
            json!({ "op": "delete", "id": id }),
        ] {
            // also where what comes before it is mallory's own, and would be done
            for operations in [json!([operation]), json!([{ "op": "create", "title": "half" }, operation])] {
                let answer =
                    app.by("mallory", "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send();
                two.assert_blind(&answer, &operation.to_string());
                answer.expect(404);
            }
        }
        for query in [format!("series={id}"), format!("series={id}&deleted=true"), format!("user_id=alice&series={id}")]
        {
            for path in ["/api/tasks", "/api/mallory/tasks"] {
                assert_eq!(
                    app.by("mallory", "GET", &format!("{path}?{query}")).send().expect(200),
                    json!([]),
                    "{query}"
                );
            }
        }
    }
    let list = app.by("mallory", "GET", "/api/tasks?q=half").send().expect(200);
    assert_eq!(list, json!([]), "nothing was done by halves");
    two.assert_untouched("bulk and series");

    // her key, with her body: it is a new key of mallory's, whose own answer is another
    let hers = app.by("alice", "GET", &format!("/api/tasks/{}", two.ids[5])).send().expect(200);
    for key in ["the-same-key", "alice/the-same-key", "alice\u{1f}the-same-key", "alice:the-same-key"] {
        let answer = app
            .by("mallory", "POST", "/api/tasks")
            .header("Idempotency-Key", key)
            .json(&json!({ "title": "mine", "user_id": "alice" }))
            .send();
        two.assert_blind(&answer, key);
        assert_ne!(answer.header("idempotent-replayed"), Some("true"), "{key}");
        assert_ne!(answer.header("etag").unwrap_or_default(), format!("\"{}-{}\"", hers["id"], hers["version"]));
    }
    two.assert_untouched("an Idempotency-Key");

    // her cursors, in each order
    for query in ["", "&sort=title", "&sort=due_date", "&sort=-priority", "&deleted=true", "&count=exact"] {
        let page = app.by("alice", "GET", &format!("/api/tasks?limit=1{query}")).send();
        let Some(link) = page.header("link") else { continue };
        let cursor = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap();
        for path in ["/api/tasks", "/api/mallory/tasks"] {
            let answer = app.by("mallory", "GET", &format!("{path}?limit=1{query}&cursor={cursor}")).send();
            two.assert_blind(&answer, query);
            answer.expect(422);
        }
    }

    // her names in an import: mallory's own are told apart from hers, and hers are neither skipped for nor changed by it
    for (uid, created) in [("the-same-uid", 0), ("only-hers", 1)] {
        let body =
            json!([{ "title": "mine", "uid": uid, "user_id": "alice", "id": two.ids[0], "series_id": two.ids[3] }]);
        let answer = app.by("mallory", "POST", "/api/tasks/import").json(&body).send();
        assert_eq!(answer.expect(200), json!({ "created": created, "skipped": 1 - created }));
    }
    let export = app.by("alice", "GET", "/api/tasks/export").send().chunked_json();
    let uids: Vec<&Value> = export.as_array().unwrap().iter().map(|task| &task["uid"]).collect();
    let body: Vec<Value> = uids.iter().map(|uid| json!({ "title": "mine", "uid": uid })).collect();
    let answer = app.by("mallory", "POST", "/api/tasks/import").json(&json!(body)).send().expect(200);
    assert_eq!(
        answer,
        json!({ "created": uids.len() - 1, "skipped": 1 }),
        "all but the one that mallory has under the same name"
    );
    two.assert_untouched("an import");
}

/// Lists, numbers and exports: as if alice did not exist.
fn what_is_made_for_all_tasks_is_made_of_ones_own(database: Database) {
    let two = Two::start(database);
    let app = &two.app;
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
                let answer = app.by("mallory", method, &format!("{path}{separator}{filter}")).send();
                assert_eq!(answer.status, 200, "{method} {path} {filter}");
                two.assert_blind(&answer, &format!("{method} {path} {filter}"));
            }
        }
    }
    // a third user, who has nothing, is told of nothing at all
    let counted = app.by("carol", "GET", "/api/tasks?count=exact").send();
    assert_eq!((counted.json(), counted.header("x-total-count")), (json!([]), Some("0")));
    let stats = app.by("carol", "GET", "/api/tasks/stats").send().expect(200).to_string();
    assert!(!stats.contains("only-alice"), "{stats}");
    assert_eq!(app.by("carol", "GET", "/api/tasks/export").send().chunked_json(), json!([]));
    // mallory empties what mallory has
    let mine = app.by("mallory", "GET", "/api/tasks").send().expect(200);
    for task in mine.as_array().unwrap() {
        app.by("mallory", "DELETE", &format!("/api/tasks/{}?permanent=true", task["id"])).send().expect(200);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(app.db.purge_expired(chrono::Utc::now(), chrono::TimeDelta::days(30))).unwrap();
    two.assert_untouched("everything");
}
