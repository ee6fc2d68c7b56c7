//! Completion filter and sort order of lists, and unknown parameters.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_list_is_sorted_newest_first_by_default,
    the_completion_filter_has_four_parameter_names,
    an_unknown_filter_value_is_422,
    aliases_of_one_filter_must_have_the_same_value,
    each_key_sorts_in_both_directions,
    the_order_parameter_overrides_the_direction_in_sort,
    an_unknown_sort_is_ignored,
    tasks_without_due_date_are_sorted_last,
    ties_are_broken_by_id,
    unknown_and_empty_parameters_are_ignored,
);

/// Returns the titles of a list, in its order.
#[track_caller]
pub fn titles(app: &App, query: &str) -> Vec<String> {
    let list = app.request_as("alice", "GET", &format!("/api/alice/tasks{query}")).send().expect(200);
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// Starts a service with these tasks of alice, and a task of bob.
pub fn start_with_tasks(database: Database, tasks: &[Value]) -> App {
    let app = App::start(database);
    create_tasks(&app, tasks);
    app
}

/// Creates these tasks of alice, and a task of bob.
/// Sets the timestamps one second apart, because the clock may give two tasks the same timestamp.
pub fn create_tasks(app: &App, tasks: &[Value]) {
    app.create("bob", &json!({ "title": "not hers" }));
    for (number, task) in tasks.iter().enumerate() {
        let id = app.create("alice", task)["id"].clone();
        let timestamp = format!("2026-01-01 00:{:02}:{:02}", number / 60, number % 60);
        app.execute(&format!(
            "UPDATE tasks SET created_at = '{timestamp}', updated_at = '{timestamp}' WHERE id = {id}"
        ));
    }
}

fn tasks_with_titles<const N: usize>(titles: [&str; N]) -> [Value; N] {
    titles.map(|title| json!({ "title": title }))
}

fn a_list_is_sorted_newest_first_by_default(database: Database) {
    let app = start_with_tasks(database, &tasks_with_titles(["first", "second", "third"]));
    assert_eq!(titles(&app, ""), ["third", "second", "first"]);
    // an update does not change the order
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    app.request_as("alice", "PUT", &format!("/api/tasks/{}", list[2]["id"])).json(&json!({})).send().expect(200);
    assert_eq!(titles(&app, ""), ["third", "second", "first"]);
    assert_eq!(app.request_as("carol", "GET", "/api/carol/tasks").send().expect(200), json!([]));
}

const COMPLETION_PARAMETERS: [&str; 4] = ["status", "status_filter", "filter", "completed"];

fn start_with_pending_and_completed(database: Database) -> App {
    start_with_tasks(database, &[json!({ "title": "open" }), json!({ "title": "done", "completed": true })])
}

fn the_completion_filter_has_four_parameter_names(database: Database) {
    let app = start_with_pending_and_completed(database);
    let values: [(&[&str], &[&str]); 3] = [
        (&["pending", "active", "incomplete", "todo", "false", "Pending", "FALSE"], &["open"]),
        (&["completed", "complete", "done", "true", "Done", "TRUE", "%63ompleted"], &["done"]),
        (&["all", "ALL", ""], &["done", "open"]),
    ];
    for name in COMPLETION_PARAMETERS {
        for (words, expected) in values {
            for word in words {
                assert_eq!(titles(&app, &format!("?{name}={word}")), expected, "{name}={word}");
            }
        }
        assert_eq!(titles(&app, &format!("?{name}")), ["done", "open"], "{name} without a value");
    }
}

fn an_unknown_filter_value_is_422(database: Database) {
    let app = start_with_pending_and_completed(database);
    for name in COMPLETION_PARAMETERS {
        for value in ["someday", "1", "null", "undefined", "pending,completed", "%FF", "pending%00"] {
            let response = app.request_as("alice", "GET", &format!("/api/tasks?{name}={value}")).send();
            assert_eq!(response.error_pointers(), [name], "{value}");
        }
    }
    let response = app.request_as("alice", "GET", "/api/tasks?status=x&limit=0&offset=-1").send();
    let mut pointers = response.error_pointers();
    pointers.sort();
    assert_eq!(pointers, ["limit", "offset", "status"]);
}

fn aliases_of_one_filter_must_have_the_same_value(database: Database) {
    let app = start_with_pending_and_completed(database);
    let equal_values = [
        "?status=pending&completed=false",
        "?filter=todo&status_filter=ACTIVE&status=",
        "?status=pending&status=pending",
    ];
    for query in equal_values {
        assert_eq!(titles(&app, query), ["open"], "{query}");
    }
    let conflicting_values = [
        "?status=pending&completed=true",
        "?status=all&completed=true",
        "?filter=done&status_filter=todo",
        "?status=pending&status=completed",
    ];
    for query in conflicting_values {
        app.request_as("alice", "GET", &format!("/api/tasks{query}")).send().error_pointers();
    }
    assert_eq!(titles(&app, "?order=desc&sort_order=DESC&sort=title"), ["open", "done"]);
    app.request_as("alice", "GET", "/api/tasks?order=asc&sort_order=desc").send().error_pointers();
    app.request_as("alice", "GET", "/api/tasks?sort=title&sort_by=priority").send().error_pointers();
}

/// Starts a service with tasks that each sort key orders differently.
fn start_with_different_sort_orders(database: Database) -> App {
    let tasks = [
        json!({ "title": "b", "priority": "none", "due_date": "2026-03-01" }),
        json!({ "title": "B", "priority": "high", "due_date": "2026-02-01" }),
        json!({ "title": "\u{e4}", "priority": "low", "due_date": "2026-01-01" }),
        json!({ "title": "a", "priority": "medium", "due_date": "2026-02-01T00:00:01Z" }),
    ];
    let app = start_with_tasks(database, &tasks);
    // this task has the latest `updated_at`
    let first = app.request_as("alice", "GET", "/api/tasks?order=asc").send().expect(200)[0]["id"].clone();
    app.request_as("alice", "PUT", &format!("/api/tasks/{first}")).json(&json!({})).send().expect(200);
    app
}

/// The titles in ascending order of each key. Titles are compared case-insensitively by code point on both databases.
const ASCENDING: [(&str, [&str; 4]); 5] = [
    ("created_at", ["b", "B", "\u{e4}", "a"]),
    ("updated_at", ["B", "\u{e4}", "a", "b"]),
    ("due_date", ["\u{e4}", "B", "a", "b"]),
    ("priority", ["b", "\u{e4}", "a", "B"]),
    ("title", ["a", "\u{e4}", "b", "B"]),
];

fn reversed<const N: usize>(mut list: [&str; N]) -> [&str; N] {
    list.reverse();
    list
}

fn each_key_sorts_in_both_directions(database: Database) {
    let app = start_with_different_sort_orders(database);
    for (key, ascending) in ASCENDING {
        let descending = reversed(ascending);
        let by_default = if ["due_date", "title"].contains(&key) { ascending } else { descending };
        for name in ["sort", "sort_by", "sortBy"] {
            assert_eq!(titles(&app, &format!("?{name}={key}")), by_default, "{name}={key}");
            assert_eq!(titles(&app, &format!("?{name}=-{key}")), descending, "{name}=-{key}");
            assert_eq!(titles(&app, &format!("?{name}={key}_asc")), ascending, "{name}={key}_asc");
            assert_eq!(titles(&app, &format!("?{name}={key}_desc")), descending, "{name}={key}_desc");
        }
        let any_case = format!("?sort={}", key.to_uppercase());
        assert_eq!(titles(&app, &any_case), by_default, "a sort key is case-insensitive: {any_case}");
    }
}

fn the_order_parameter_overrides_the_direction_in_sort(database: Database) {
    let app = start_with_different_sort_orders(database);
    for (key, ascending) in ASCENDING {
        let descending = reversed(ascending);
        for name in ["order", "sort_order", "sortOrder"] {
            for sort in [key.to_owned(), format!("-{key}"), format!("{key}_asc"), format!("{key}_desc")] {
                for (order, expected) in [("asc", ascending), ("DESC", descending), ("desc", descending)] {
                    let query = format!("?sort={sort}&{name}={order}");
                    assert_eq!(titles(&app, &query), expected, "{query}");
                }
            }
        }
    }
    assert_eq!(titles(&app, "?order=asc"), ASCENDING[0].1, "the default key in ascending order");
    assert_eq!(titles(&app, "?order=&sort=title"), ASCENDING[4].1, "an empty order is ignored");
}

fn an_unknown_sort_is_ignored(database: Database) {
    let app = start_with_tasks(database, &tasks_with_titles(["b", "a", "c"]));
    for sort in ["relevance", "-", "-relevance", "id;DROP TABLE tasks", "_asc", "user_id", "title_up", "", "%FF"] {
        assert_eq!(titles(&app, &format!("?sort={}", sort.replace(' ', "%20"))), ["c", "a", "b"], "{sort}");
    }
    assert_eq!(titles(&app, "?sort=relevance&order=asc"), ["b", "a", "c"]);
}

fn tasks_without_due_date_are_sorted_last(database: Database) {
    let tasks = [
        json!({ "title": "never" }),
        json!({ "title": "late", "due_date": "2026-12-01" }),
        json!({ "title": "neither" }),
        json!({ "title": "soon", "due_date": "2026-01-01T09:00:00Z" }),
    ];
    let app = start_with_tasks(database, &tasks);
    assert_eq!(titles(&app, "?sort=due_date"), ["soon", "late", "never", "neither"]);
    assert_eq!(titles(&app, "?sort=-due_date"), ["late", "soon", "neither", "never"]);
    assert_eq!(titles(&app, "?sort=due_date&order=desc"), ["late", "soon", "neither", "never"]);
}

/// Pagination requires a deterministic order.
fn ties_are_broken_by_id(database: Database) {
    let names = ["1", "2", "3", "4", "5"];
    let tasks: Vec<Value> = names.iter().map(|_| json!({ "title": "x", "due_date": "2026-01-01" })).collect();
    let app = start_with_tasks(database, &tasks);
    app.execute("UPDATE tasks SET created_at = '2026-01-01 00:00:00', updated_at = '2026-01-01 00:00:00'");
    let ids = |query: &str| -> Vec<i64> {
        let list = app.request_as("alice", "GET", &format!("/api/tasks{query}")).send().expect(200);
        list.as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect()
    };
    for key in ["created_at", "updated_at", "due_date", "priority", "title"] {
        for (order, is_ascending) in [("asc", true), ("desc", false)] {
            let ids = ids(&format!("?sort={key}&order={order}"));
            assert_eq!(ids.len(), names.len());
            assert!(ids.is_sorted_by(|a, b| (a < b) == is_ascending), "{key} {order}: {ids:?}");
        }
    }
}

fn unknown_and_empty_parameters_are_ignored(database: Database) {
    let app = start_with_tasks(database, &tasks_with_titles(["a", "b"]));
    let queries = [
        "?",
        "?&&&",
        "?=",
        "?=&=",
        "?a",
        "?a=b&c=d",
        "?_=1764579600",
        "?Status=x",
        "?user_id=bob",
        "?status[]=x",
        "?%",
        "?%ZZ=%ZZ",
        "?%FF=%FF",
        "?a=%00",
        "?limit=&offset=&page=&sort=&order=&status=&count=&page_size=",
        "?limit=%20",
        "?a;b",
        "?a=b=c",
        "?#",
    ];
    for query in queries {
        assert_eq!(titles(&app, query), ["b", "a"], "{query}");
    }
}
