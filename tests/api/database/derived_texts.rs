//! Rows of a previous version: their search texts and sort keys are updated before a search or a list by title needs them.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    rows_of_a_previous_version_are_sorted_and_found,
    a_title_that_a_previous_version_changed_is_sorted_and_found,
    many_rows_are_updated,
    an_update_of_texts_changes_no_task,
);

/// What the previous version stores: folded texts that are not normalized, and no sort key.
fn as_previous_version(app: &App, user: &str) {
    app.execute(&format!(
        "UPDATE tasks SET title_key = {}, title_folded = 'caf\u{65}\u{301}', description_folded = 'caf\u{65}\u{301}' \
         WHERE user_id = '{user}'",
        if app.url.starts_with("sqlite:") { "x''" } else { "''" }
    ));
}

fn titles(app: &App, user: &str, query: &str) -> Vec<Value> {
    let list = app.request_as(user, "GET", &format!("/api/tasks?{query}")).send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].clone()).collect()
}

fn create_all(app: &App, user: &str) {
    for title in ["Zebra", "a", "caf\u{e9}", "B"] {
        app.create(user, &json!({ "title": title, "description": title }));
    }
}

const SORTED: [&str; 4] = ["a", "B", "caf\u{e9}", "Zebra"];

fn rows_of_a_previous_version_are_sorted_and_found(database: Database) {
    let app = App::start(database);
    let users = ["sorted", "paged", "searched", "exported", "trash"];
    for user in users {
        create_all(&app, user);
        as_previous_version(&app, user);
    }
    assert_eq!(titles(&app, "sorted", "sort=title"), SORTED);
    let mut path = "/api/tasks?sort=-title&limit=1".to_owned();
    for title in SORTED.iter().rev() {
        let page = app.request_as("paged", "GET", &path).send();
        assert_eq!(page.expect(200)[0]["title"], *title);
        path = page.header("link").map_or(String::new(), |link| link.split(['<', '>']).nth(1).unwrap().to_owned());
    }
    assert_eq!(titles(&app, "searched", "search=zebra"), ["Zebra"]);
    assert_eq!(titles(&app, "searched", "search=CAF%C3%89"), ["caf\u{e9}"]);
    let export = app.request_as("exported", "GET", "/api/tasks/export?search=zebra").send().chunked_json();
    assert_eq!((export.as_array().unwrap().len(), &export[0]["title"]), (1, &json!("Zebra")));
    let trashed = app.request_as("trash", "GET", "/api/tasks").send().expect(200);
    for task in trashed.as_array().unwrap() {
        app.request_as("trash", "DELETE", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    }
    assert_eq!(titles(&app, "trash", "sort=title&deleted=true"), SORTED);
}

/// During a rolling update, instances of the previous version change titles and leave the key.
fn a_title_that_a_previous_version_changed_is_sorted_and_found(database: Database) {
    let app = App::start(database);
    create_all(&app, "alice");
    app.execute(
        "UPDATE tasks SET title = 'Aardvark', title_folded = 'aardvark', version = version + 1 WHERE title = 'Zebra'",
    );
    assert_eq!(titles(&app, "alice", "sort=title"), ["a", "Aardvark", "B", "caf\u{e9}"]);
    assert_eq!(titles(&app, "alice", "search=aardvark"), ["Aardvark"]);
}

fn many_rows_are_updated(database: Database) {
    let app = App::start(database);
    let count = 620;
    let tasks: Vec<Value> =
        (0..count).map(|number| json!({ "title": format!("task {:03}", number * 7 % count) })).collect();
    app.request_as("alice", "POST", "/api/tasks/import").json(&json!(tasks)).send().expect(200);
    as_previous_version(&app, "alice");
    let sorted: Vec<String> = (0..count).map(|number| format!("task {number:03}")).collect();
    assert_eq!(titles(&app, "alice", "sort=title&limit=1000"), sorted);
}

fn an_update_of_texts_changes_no_task(database: Database) {
    let app = App::start(database);
    create_all(&app, "alice");
    create_all(&app, "bob");
    as_previous_version(&app, "alice");
    as_previous_version(&app, "bob");
    let before = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    titles(&app, "alice", "sort=title");
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), before);
    assert_eq!(titles(&app, "bob", "search=zebra"), ["Zebra"], "other users are updated on their own");
}
