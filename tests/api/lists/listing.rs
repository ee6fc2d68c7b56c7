//! Lists: what they filter, how they are ordered, and how they are paged.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_list_is_newest_first,
    done_or_not_is_filtered_under_four_names,
    an_unknown_value_of_a_filter_is_refused,
    names_of_one_filter_must_agree,
    each_key_sorts_in_both_directions,
    an_order_wins_over_the_sorts_own_direction,
    an_unknown_sort_is_ignored,
    tasks_that_are_never_due_come_last,
    ties_are_broken_by_id,
    what_is_not_known_is_ignored,
);

/// The titles of a list, in its order.
#[track_caller]
pub fn titles(app: &App, query: &str) -> Vec<String> {
    let list = app.by("alice", "GET", &format!("/api/alice/tasks{query}")).send().expect(200);
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

/// A service with these tasks of alice, and one of bob that nobody else may see.
pub fn with_tasks(database: Database, tasks: &[Value]) -> App {
    let app = App::start(database);
    fill(&app, tasks);
    app
}

/// Creates these tasks of alice, and one of bob that nobody else may see. They are a second apart: the clock's own steps may be
/// too short to tell two of them from each other.
pub fn fill(app: &App, tasks: &[Value]) {
    app.create("bob", &json!({ "title": "not hers" }));
    for (number, task) in tasks.iter().enumerate() {
        let id = app.create("alice", task)["id"].clone();
        let at = format!("2026-01-01 00:{:02}:{:02}", number / 60, number % 60);
        app.execute(&format!("UPDATE tasks SET created_at = '{at}', updated_at = '{at}' WHERE id = {id}"));
    }
}

fn titled<const N: usize>(titles: [&str; N]) -> [Value; N] {
    titles.map(|title| json!({ "title": title }))
}

fn a_list_is_newest_first(database: Database) {
    let app = with_tasks(database, &titled(["first", "second", "third"]));
    assert_eq!(titles(&app, ""), ["third", "second", "first"]);
    // a write moves nothing
    let list = app.by("alice", "GET", "/api/tasks").send().expect(200);
    app.by("alice", "PUT", &format!("/api/tasks/{}", list[2]["id"])).json(&json!({})).send().expect(200);
    assert_eq!(titles(&app, ""), ["third", "second", "first"]);
    assert_eq!(app.by("carol", "GET", "/api/carol/tasks").send().expect(200), json!([]));
}

const NAMES: [&str; 4] = ["status", "status_filter", "filter", "completed"];

fn with_open_and_done(database: Database) -> App {
    with_tasks(database, &[json!({ "title": "open" }), json!({ "title": "done", "completed": true })])
}

fn done_or_not_is_filtered_under_four_names(database: Database) {
    let app = with_open_and_done(database);
    let values: [(&[&str], &[&str]); 3] = [
        (&["pending", "active", "incomplete", "todo", "false", "Pending", "FALSE"], &["open"]),
        (&["completed", "complete", "done", "true", "Done", "TRUE", "%63ompleted"], &["done"]),
        (&["all", "ALL", ""], &["done", "open"]),
    ];
    for name in NAMES {
        for (words, expected) in values {
            for word in words {
                assert_eq!(titles(&app, &format!("?{name}={word}")), expected, "{name}={word}");
            }
        }
        assert_eq!(titles(&app, &format!("?{name}")), ["done", "open"], "{name} without a value");
    }
}

fn an_unknown_value_of_a_filter_is_refused(database: Database) {
    let app = with_open_and_done(database);
    for name in NAMES {
        for value in ["someday", "1", "null", "undefined", "pending,completed", "%FF", "pending%00"] {
            let answer = app.by("alice", "GET", &format!("/api/tasks?{name}={value}")).send();
            assert_eq!(answer.wrong(), [name], "{value}");
        }
    }
    let all = app.by("alice", "GET", "/api/tasks?status=x&limit=0&offset=-1").send();
    let mut wrong = all.wrong();
    wrong.sort();
    assert_eq!(wrong, ["limit", "offset", "status"]);
}

fn names_of_one_filter_must_agree(database: Database) {
    let app = with_open_and_done(database);
    let agreeing = [
        "?status=pending&completed=false",
        "?filter=todo&status_filter=ACTIVE&status=",
        "?status=pending&status=pending",
    ];
    for query in agreeing {
        assert_eq!(titles(&app, query), ["open"], "{query}");
    }
    let contradicting = [
        "?status=pending&completed=true",
        "?status=all&completed=true",
        "?filter=done&status_filter=todo",
        "?status=pending&status=completed",
    ];
    for query in contradicting {
        app.by("alice", "GET", &format!("/api/tasks{query}")).send().wrong();
    }
    assert_eq!(titles(&app, "?order=desc&sort_order=DESC&sort=title"), ["open", "done"]);
    app.by("alice", "GET", "/api/tasks?order=asc&sort_order=desc").send().wrong();
    app.by("alice", "GET", "/api/tasks?sort=title&sort_by=priority").send().wrong();
}

/// Each key orders these in another way; the titles say where each stands under it, counted from the lowest.
fn with_different_orders(database: Database) -> App {
    let tasks = [
        json!({ "title": "b", "priority": "none", "due_date": "2026-03-01" }),
        json!({ "title": "B", "priority": "high", "due_date": "2026-02-01" }),
        json!({ "title": "\u{e4}", "priority": "low", "due_date": "2026-01-01" }),
        json!({ "title": "a", "priority": "medium", "due_date": "2026-02-01T00:00:01Z" }),
    ];
    let app = with_tasks(database, &tasks);
    // written last of all
    let first = app.by("alice", "GET", "/api/tasks?order=asc").send().expect(200)[0]["id"].clone();
    app.by("alice", "PUT", &format!("/api/tasks/{first}")).json(&json!({})).send().expect(200);
    app
}

/// Ascending. Titles by letters whatever their case, and by code points, so that both databases agree.
const ASCENDING: [(&str, [&str; 4]); 5] = [
    ("created_at", ["b", "B", "\u{e4}", "a"]),
    ("updated_at", ["B", "\u{e4}", "a", "b"]),
    ("due_date", ["\u{e4}", "B", "a", "b"]),
    ("priority", ["b", "\u{e4}", "a", "B"]),
    ("title", ["a", "b", "B", "\u{e4}"]),
];

fn reversed<const N: usize>(mut list: [&str; N]) -> [&str; N] {
    list.reverse();
    list
}

fn each_key_sorts_in_both_directions(database: Database) {
    let app = with_different_orders(database);
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
        assert_eq!(titles(&app, &any_case), by_default, "enumerations are read in any case: {any_case}");
    }
}

fn an_order_wins_over_the_sorts_own_direction(database: Database) {
    let app = with_different_orders(database);
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
    assert_eq!(titles(&app, "?order=asc"), ASCENDING[0].1, "the default key, the other way round");
    assert_eq!(titles(&app, "?order=&sort=title"), ASCENDING[4].1, "an empty order is none");
}

fn an_unknown_sort_is_ignored(database: Database) {
    let app = with_tasks(database, &titled(["b", "a", "c"]));
    for sort in ["relevance", "-", "-relevance", "id;DROP TABLE tasks", "_asc", "user_id", "title_up", "", "%FF"] {
        assert_eq!(titles(&app, &format!("?sort={}", sort.replace(' ', "%20"))), ["c", "a", "b"], "{sort}");
    }
    assert_eq!(titles(&app, "?sort=relevance&order=asc"), ["b", "a", "c"]);
}

fn tasks_that_are_never_due_come_last(database: Database) {
    let tasks = [
        json!({ "title": "never" }),
        json!({ "title": "late", "due_date": "2026-12-01" }),
        json!({ "title": "neither" }),
        json!({ "title": "soon", "due_date": "2026-01-01T09:00:00Z" }),
    ];
    let app = with_tasks(database, &tasks);
    assert_eq!(titles(&app, "?sort=due_date"), ["soon", "late", "never", "neither"]);
    assert_eq!(titles(&app, "?sort=-due_date"), ["late", "soon", "neither", "never"]);
    assert_eq!(titles(&app, "?sort=due_date&order=desc"), ["late", "soon", "neither", "never"]);
}

/// An order that is the same every time is what paging rests on.
fn ties_are_broken_by_id(database: Database) {
    let names = ["1", "2", "3", "4", "5"];
    let tasks: Vec<Value> = names.iter().map(|_| json!({ "title": "x", "due_date": "2026-01-01" })).collect();
    let app = with_tasks(database, &tasks);
    app.execute("UPDATE tasks SET created_at = '2026-01-01 00:00:00', updated_at = '2026-01-01 00:00:00'");
    let ids = |query: &str| -> Vec<i64> {
        let list = app.by("alice", "GET", &format!("/api/tasks{query}")).send().expect(200);
        list.as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect()
    };
    for key in ["created_at", "updated_at", "due_date", "priority", "title"] {
        for (order, rising) in [("asc", true), ("desc", false)] {
            let ids = ids(&format!("?sort={key}&order={order}"));
            assert_eq!(ids.len(), names.len());
            assert!(ids.is_sorted_by(|a, b| (a < b) == rising), "{key} {order}: {ids:?}");
        }
    }
}

fn what_is_not_known_is_ignored(database: Database) {
    let app = with_tasks(database, &titled(["a", "b"]));
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
