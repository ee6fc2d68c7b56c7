//! Directions of `sort`, tags with commas, and errors that say what a parameter accepts.

use serde_json::json;

use crate::lists::listing::{start_with_tasks, titles};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_sort_has_a_usual_direction_and_two_prefixes,
    names_in_camel_case_are_accepted,
    a_comma_within_a_tag_is_escaped,
    a_wrong_parameter_says_what_is_accepted,
);

fn a_sort_has_a_usual_direction_and_two_prefixes(database: Database) {
    let app = start_with_tasks(
        database,
        &[
            json!({ "title": "a", "priority": "low", "due_date": "2026-12-03" }),
            json!({ "title": "b", "priority": "high", "due_date": "2026-12-01" }),
            json!({ "title": "c", "priority": "medium", "due_date": "2026-12-02" }),
        ],
    );
    for (key, usual, ascending, descending) in [
        ("created_at", "cba", "abc", "cba"),
        ("updated_at", "cba", "abc", "cba"),
        ("priority", "bca", "acb", "bca"),
        ("due_date", "bca", "bca", "acb"),
        ("title", "abc", "abc", "cba"),
    ] {
        for (sort, expected) in [
            (key.to_owned(), usual),
            (format!("+{key}"), ascending),
            (format!("%2B{key}"), ascending),
            (format!("%2b{key}"), ascending),
            (format!("-{key}"), descending),
            (format!("{key}_asc"), ascending),
            (format!("{key}_desc"), descending),
            (format!("+{key}&order=desc"), descending),
            (format!("-{key}&order=asc"), ascending),
        ] {
            assert_eq!(titles(&app, &format!("?sort={sort}")).concat(), expected, "{sort}");
        }
    }
}

fn names_in_camel_case_are_accepted(database: Database) {
    let app = start_with_tasks(
        database,
        &[json!({ "title": "a", "due_date": "2026-12-03" }), json!({ "title": "b", "due_date": "2026-12-01" })],
    );
    for (query, expected) in [
        ("sort=dueDate", "ba"),
        ("sortBy=dueDate&sortOrder=desc", "ab"),
        ("sort_by=createdAt&order=asc", "ab"),
        ("sort=-updatedAt", "ba"),
        ("dueBefore=2026-12-02", "b"),
        ("dueAfter=2026-12-02&timeZone=UTC", "a"),
        ("updatedSince=2026-01-01T00:00:01Z", "b"),
        ("page=2&pageSize=1", "a"),
    ] {
        assert_eq!(titles(&app, &format!("?{query}")).concat(), expected, "{query}");
    }
}

fn a_comma_within_a_tag_is_escaped(database: Database) {
    let app = App::start(database);
    for (title, tags) in [
        ("one", json!(["a,b"])),
        ("two", json!(["a", "b"])),
        ("three", json!(["a,b", "c", ","])),
        ("four", json!(["a\\", "b"])),
        ("five", json!(["a\\,b"])),
    ] {
        app.create("alice", &json!({ "title": title, "tags": tags }));
    }
    for (query, expected) in [
        (r"tags=a\,b", vec!["one", "three"]),
        (r"tags=a\\,b", vec!["one", "three"]),
        (r"tags=a%5C%2Cb", vec!["one", "three"]),
        (r"tags=a\,b,c", vec!["three"]),
        (r"tag=c&tag=a\,b", vec!["three"]),
        (r"tags=\,", vec!["three"]),
        ("tags=a,b", vec!["two"]),
        (r"tags=a\&tags=b", vec!["four"]),
        (r"tags=b,a\", vec!["four"]),
        (r"tags=a\\\,b", vec!["five"]),
    ] {
        assert_eq!(titles(&app, &format!("?sort=%2Bcreated_at&{query}")), expected, "{query}");
    }
}

/// A wrong value of each parameter, and the text about accepted values.
fn a_wrong_parameter_says_what_is_accepted(database: Database) {
    let app = App::start(database);
    let day_or_instant = "must be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)";
    for (query, accepted) in [
        ("status=someday", "must be all, pending or completed"),
        ("completed=1", "must be all, pending or completed"),
        ("priority=high,urgent", "must be low, medium, high or none"),
        ("tags=%00", "must be at most 50 characters long, without NUL"),
        ("search=%00", "must not contain NUL"),
        ("due=someday", "must be today, week, overdue, any or none"),
        ("due_before=soon", day_or_instant),
        ("due_date_from=31.12.2026", day_or_instant),
        ("overdue=1", "must be true or false"),
        ("deleted=yes", "must be true or false"),
        ("time_zone=Mars", "must be an IANA time zone, such as Europe/Vienna"),
        ("updated_since=2026-12-01", "must be a date-time (2026-12-01T09:00:00Z)"),
        ("series=x", "must be a whole number from 1"),
        ("limit=0", "must be a whole number from 1 to 1000"),
        ("page=-1", "must be a whole number from 1"),
        ("page_size=many", "must be a whole number from 1 to 1000"),
        ("offset=-1", "must be a whole number from 0"),
        (
            "status=pending&completed=true",
            "conflicts with another value of this parameter or its aliases; send one value",
        ),
    ] {
        let problem = app.request_as("alice", "GET", &format!("/api/tasks?{query}")).send().expect(422);
        assert_eq!(problem["errors"][0]["detail"], accepted, "{query}");
        assert!(problem["detail"].as_str().unwrap().contains(accepted), "{query}");
    }
    let export = app.request_as("alice", "GET", "/api/tasks/export?format=pdf").send().expect(422);
    assert_eq!(export["detail"], "format must be json, csv or ics");
    let delete = app.request_as("alice", "DELETE", "/api/tasks/1?permanent=maybe").send().expect(422);
    assert_eq!(delete["detail"], "permanent must be true or false");
}
