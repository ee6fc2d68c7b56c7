//! Titles sort by the Unicode collation, the same on both databases.

use serde_json::{Value, json};

use crate::lists::listing::{start_with_tasks, titles};
use crate::on_both;
use crate::support::Database;

on_both!(titles_sort_by_the_unicode_collation, pages_follow_the_collation, long_and_equal_titles_have_a_total_order);

/// Titles in the root order of CLDR: punctuation, digits, then letters of each script. Case and accents only break ties.
const SORTED: [&str; 24] = [
    "_draft",
    "-note",
    "(aside)",
    "#tag",
    "10 eggs",
    "2 eggs",
    "äpfel",
    "Äpfel",
    "apple",
    "Apple",
    "apples",
    "cote",
    "coté",
    "côte",
    "côté",
    "naïve",
    "straße",
    "strasse x",
    "Zebra",
    "Ωmega",
    "Яблоко",
    "אבג",
    "あいう",
    "中文",
];

fn shuffled() -> Vec<Value> {
    // 7 and 24 have no common divisor
    (0..SORTED.len()).map(|number| json!({ "title": SORTED[number * 7 % SORTED.len()] })).collect()
}

fn titles_sort_by_the_unicode_collation(database: Database) {
    let app = start_with_tasks(database, &shuffled());
    assert_eq!(titles(&app, "?sort=title"), SORTED);
    assert_eq!(titles(&app, "?sort=%2Btitle"), SORTED);
    let mut descending = SORTED;
    descending.reverse();
    assert_eq!(titles(&app, "?sort=-title"), descending);
    assert_eq!(titles(&app, "?sort=title&order=desc"), descending);
    // an update moves the task
    let list = app.request_as("alice", "GET", "/api/tasks?search=Zebra").send().expect(200);
    let path = format!("/api/tasks/{}", list[0]["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "title": "äpfeln" })).send().expect(200);
    let position = titles(&app, "?sort=title").iter().position(|title| title == "äpfeln");
    assert_eq!(position, Some(8));
}

fn pages_follow_the_collation(database: Database) {
    let app = start_with_tasks(database, &shuffled());
    for (query, mut expected) in [("sort=title", SORTED.to_vec()), ("sort=-title", SORTED.to_vec())] {
        if query == "sort=-title" {
            expected.reverse();
        }
        let mut read = Vec::new();
        let mut path = format!("/api/tasks?{query}&limit=5");
        loop {
            let page = app.request_as("alice", "GET", &path).send();
            read.extend(page.expect(200).as_array().unwrap().iter().map(|task| task["title"].clone()));
            let Some(link) = page.header("link") else { break };
            path = link.split(['<', '>']).nth(1).unwrap().to_owned();
        }
        assert_eq!(read, expected, "{query}");
    }
}

fn long_and_equal_titles_have_a_total_order(database: Database) {
    let long = |last: &str| format!("{}{last}", "\u{fdfa}".repeat(199));
    let (first, second) = (long("a"), long("b"));
    let tasks: Vec<Value> =
        [&second, "same", &first, "same", "same"].iter().map(|title| json!({ "title": title })).collect();
    let app = start_with_tasks(database, &tasks);
    assert_eq!(titles(&app, "?sort=title"), ["same", "same", "same", &first, &second]);
    let ids = |query: &str| {
        let list = app.request_as("alice", "GET", &format!("/api/tasks?{query}&search=same")).send().expect(200);
        list.as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert!(ids("sort=title").is_sorted() && ids("sort=-title").iter().rev().is_sorted());
}
