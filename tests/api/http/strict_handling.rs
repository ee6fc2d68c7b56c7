//! `Prefer: handling=strict`: input that the service otherwise ignores gets 422. The development mode logs it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Request, Response, Service, hs256, task_api};

on_both!(
    ignored_parameters_are_422,
    ignored_members_are_422,
    ignored_members_of_operations_are_422,
    an_export_can_be_imported_strictly,
    known_input_is_accepted_and_the_preference_is_applied,
    without_the_preference_the_same_input_is_ignored,
    names_in_errors_are_short_and_plain,
);

fn strict(request: Request) -> Request {
    request.header("Prefer", "handling=strict")
}

/// Asserts a 422 that lists exactly these names, each with a text that contains these words.
#[track_caller]
fn expect_ignored(response: &Response, expected: &[(&str, &str)]) -> Value {
    let pointers: BTreeSet<String> = response.error_pointers().into_iter().collect();
    let names: BTreeSet<String> = expected.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(pointers, names);
    let problem = response.json();
    for (name, words) in expected {
        let mut errors = problem["errors"].as_array().unwrap().iter();
        let error = errors.find(|error| error["pointer"] == *name).unwrap();
        assert!(error["detail"].as_str().unwrap().contains(words), "{name}: {error}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{name}: {problem}");
    }
    assert_eq!(response.header("preference-applied"), Some("handling=strict"));
    problem
}

/// Paths below `/api/tasks` and their queries, and the error of strict handling: the parameter and words of the text.
const IGNORED_PARAMETERS: [(&str, &str, &str); 15] = [
    ("?statsu=pending", "statsu", "did you mean status?"),
    ("?Limit=5", "Limit", "did you mean limit?"),
    ("?colour=red", "colour", "accepted are status, priority, tags"),
    ("?sort=colour", "sort", "must be created_at, updated_at, due_date, priority or title"),
    ("?order=upwards", "order", "must be asc or desc"),
    ("?limit=1001", "limit", "must be a whole number from 1 to 1000; it would be reduced to 1000"),
    ("?offset=2&page=2", "page", "would be ignored beside offset; send one of them"),
    ("/1?fields=title", "fields", "none is accepted here"),
    ("/stats?timezone=UTC", "timezone", "did you mean time_zone?"),
    ("/export?form=json", "form", "did you mean format?"),
    ("/export?limit=5", "limit", "is unknown and would be ignored"),
    ("/changes?sinse=now", "sinse", "did you mean since?"),
    ("/changes?limit=5000", "limit", "from 1 to 1000"),
    ("/events?cursor=now", "cursor", "accepted are since"),
    ("?status=pending&x", "x", "is unknown"),
];

fn ignored_parameters_are_422(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "x" }));
    for (query, name, words) in IGNORED_PARAMETERS {
        let request = app.request_as("alice", "GET", &format!("/api/tasks{query}"));
        expect_ignored(&strict(request).send(), &[(name, words)]);
    }
    for (method, path) in
        [("POST", ""), ("PUT", "/1"), ("PATCH", "/1"), ("PATCH", "/1/complete"), ("PATCH", "/1/status")]
    {
        let request = app.request_as("alice", method, &format!("/api/tasks{path}?permanent=true"));
        let body = if path.ends_with("complete") { json!({}) } else { json!({ "title": "t", "status": "pending" }) };
        let response = strict(request).json(&body).send();
        assert!(response.error_pointers().contains(&"permanent".to_owned()), "{method} {path}");
    }
    expect_ignored(
        &strict(app.request_as("alice", "DELETE", "/api/tasks/1?permanet=true")).send(),
        &[("permanet", "did you mean permanent?")],
    );
    // invalid and ignored values are listed together
    let both = strict(app.request_as("alice", "GET", "/api/tasks?limit=0&statsu=x")).send();
    assert_eq!(both.error_pointers(), ["limit", "statsu"]);
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200)[0]["version"], 1, "nothing was changed");
}

fn ignored_members_are_422(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "x" }));
    let post = |body: Value| strict(app.request_as("alice", "POST", "/api/tasks")).json(&body).send();
    let typo = post(json!({ "titel": "x" }));
    assert_eq!(typo.error_pointers(), ["#/title", "#/titel"], "the missing member and the typing error");
    assert!(typo.json()["detail"].as_str().unwrap().contains("did you mean title?"));
    expect_ignored(
        &post(
            json!({ "title": "x", "prio": "high", "owner": "bob", "user_id": "bob", "dueDate": null, "due_date": null }),
        ),
        &[
            ("#/prio", "did you mean priority?"),
            ("#/owner", "accepted are title, description, completed"),
            ("#/user_id", "is read-only and would be ignored; leave it out"),
            ("#/dueDate", "would be ignored beside another name of due_date"),
        ],
    );
    let item = "/api/tasks/1";
    let whole = strict(app.request_as("alice", "PUT", item)).json(&task).send();
    assert!(whole.error_pointers().contains(&"#/version".to_owned()));
    expect_ignored(
        &strict(app.request_as("alice", "PATCH", item)).json(&json!({ "title": "y", "note": 1 })).send(),
        &[("#/note", "is unknown")],
    );
    for (path, body) in
        [("complete", json!({ "completed": true, "at": 1 })), ("status", json!({ "status": "done", "at": 1 }))]
    {
        let request = app.request_as("alice", "PATCH", &format!("{item}/{path}"));
        expect_ignored(&strict(request).json(&body).send(), &[("#/at", "is unknown")]);
    }
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]), "nothing was changed");
}

fn ignored_members_of_operations_are_422(database: Database) {
    let app = App::start(database);
    let task = app.create("alice", &json!({ "title": "x" }));
    let body = json!({ "atomic": true, "operations": [
        { "op": "create", "title": "a", "id": 1 },
        { "op": "update", "id": 1, "version": 1, "titel": "b" },
        { "op": "complete", "id": 1, "completed": true, "note": 1 },
        { "op": "delete", "id": 1, "permanent": true },
    ] });
    let bulk = || app.request_as("alice", "POST", "/api/tasks/bulk").json(&body);
    expect_ignored(
        &strict(bulk()).send(),
        &[
            ("#/atomic", "accepted are operations"),
            ("#/operations/0/id", "is read-only"),
            ("#/operations/1/titel", "did you mean title?"),
            ("#/operations/2/note", "is unknown"),
            ("#/operations/3/permanent", "is unknown"),
        ],
    );
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([task]));
    bulk().send().expect(200);
}

fn an_export_can_be_imported_strictly(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "x", "tags": ["a"], "due_date": "2026-12-01" }));
    let export = app.request_as("alice", "GET", "/api/tasks/export").send().chunked_json();
    let import = |tasks: &Value| strict(app.request_as("bob", "POST", "/api/tasks/import")).json(tasks).send();
    assert_eq!(import(&export).expect(200)["created"], 1);
    let response = import(&json!([{ "title": "a" }, { "title": "b", "labels": [] }]));
    expect_ignored(&response, &[("#/1/labels", "is unknown")]);
    // strict handling imports all tasks or none, as strict=true does
    assert_eq!(import(&json!([{ "title": "a" }, { "title": "" }])).error_pointers(), ["#/1/title"]);
    assert_eq!(app.request_as("bob", "GET", "/api/tasks").send().expect(200).as_array().unwrap().len(), 1);
}

fn known_input_is_accepted_and_the_preference_is_applied(database: Database) {
    let app = App::start(database);
    let body =
        json!({ "title": "x", "dueDate": "2026-12-01", "done": true, "priority": "HIGH", "recurrence": "weekly" });
    for prefer in ["handling=strict", "respond-async, Handling=\"strict\"; x=y"] {
        let created = app.request_as("alice", "POST", "/api/tasks").header("Prefer", prefer).json(&body).send();
        created.expect(201);
        assert_eq!(created.header("preference-applied"), Some("handling=strict"), "{prefer}");
    }
    let query = "?status_filter=all&sort=-dueDate&sortOrder=ASC&pageSize=5&page=1&q=x&tag=a&search=";
    let list = strict(app.request_as("alice", "GET", &format!("/api/tasks{query}"))).send();
    list.expect(200);
    assert_eq!(list.header("preference-applied"), Some("handling=strict"));
    let next = strict(app.request_as("alice", "GET", "/api/tasks?limit=1")).send();
    let link = next.header("link").unwrap().to_owned();
    let target = link.split(['<', '>']).nth(1).unwrap();
    strict(app.request_as("alice", "GET", target)).send().expect(200);
    for prefer in ["", "handling=lenient", "handling=lenient, handling=strict", "return=minimal"] {
        let list = app.request_as("alice", "GET", "/api/tasks?x=1").header("Prefer", prefer).send();
        assert_eq!((list.status, list.header("preference-applied")), (200, None), "{prefer}");
    }
    // the preference does not apply to a request that is refused before
    assert_eq!(strict(app.request("GET", "/api/tasks")).send().header("preference-applied"), None);
}

fn without_the_preference_the_same_input_is_ignored(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "x" }));
    for (query, ..) in IGNORED_PARAMETERS.iter().filter(|(query, ..)| !query.starts_with("/events")) {
        let response = app.request_as("alice", "GET", &format!("/api/tasks{query}")).send();
        assert_eq!(response.status, 200, "{query}");
    }
    app.create("alice", &json!({ "title": "x", "titel": 1, "user_id": 2 }));
}

fn names_in_errors_are_short_and_plain(database: Database) {
    let app = App::start(database);
    let long = "n".repeat(5000);
    let mut body = json!({ "title": "x", (long.as_str()): 1, "<b>\"\n/": 1 });
    for number in 0..500 {
        body[format!("m{number}")] = json!(1);
    }
    let response = strict(app.request_as("alice", "POST", "/api/tasks")).json(&body).send();
    let problem = response.expect(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 20);
    assert_eq!(problem["more_errors"], 482);
    let pointers = response.error_pointers();
    assert!(pointers.contains(&"#/?b????".to_owned()), "{pointers:?}");
    assert!(response.body.len() < 16 * 1024 && !problem.to_string().contains(&long[..100]), "{problem}");
}

/// The log has names, no values, each name once.
#[test]
fn development_mode_logs_ignored_names() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(task_api(folder.path(), &[]));
    let secret = std::fs::read_to_string(folder.path().join("data/task-api.secret")).expect("the secret is created");
    let token = hs256(&json!({ "sub": "alice", "exp": 9_999_999_999_u64 }), secret.trim());
    let create = |id: &str, body: &Value| {
        let request = service.request("POST", "/api/tasks").bearer(&token).header("X-Request-Id", id);
        request.json(body).send().expect(201);
    };
    create("first", &json!({ "title": "x", "titel": "a private text" }));
    let line = service.wait_for_line("task_api::ignored");
    assert!(line.contains("titel is unknown") && line.contains("did you mean title?"), "{line}");
    assert!(line.contains("handling=strict") && line.contains("first") && !line.contains("private"), "{line}");
    create("second", &json!({ "title": "x", "titel": "a private text" }));
    assert!(service.wait_for_line("second").contains("task_api::request"), "each name is logged once");
    create("third", &json!({ "title": "x", "titel": "a private text", "colour": 1 }));
    let line = service.wait_for_line("third");
    assert!(line.contains("colour is unknown") && !line.contains("titel") && !line.contains("private"), "{line}");
}
