//! Cursor pagination: no task is skipped or repeated, and a cursor is valid only for its own list.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Response, jwt};

on_both!(
    pages_of_every_sort_order_equal_the_full_list,
    inserts_and_deletes_between_pages_neither_repeat_nor_skip_tasks,
    a_cursor_for_another_filter_sort_or_user_is_422,
    a_modified_cursor_is_422,
);

fn create(app: &App, task: serde_json::Value) -> i64 {
    app.request_as("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201)["id"].as_i64().unwrap()
}

fn next_path(response: &Response) -> Option<String> {
    let link = response.header("link")?;
    let (target, relation) = link.split_once(';').expect("a link has a relation");
    assert_eq!(relation.trim(), "rel=\"next\"");
    Some(target.trim_matches(['<', '>']).to_owned())
}

fn ids(response: &Response) -> Vec<i64> {
    response.expect(200).as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect()
}

/// Follows the `next` links from this path to the last page; returns the ids of all tasks.
fn ids_of_all_pages(app: &App, path: &str) -> Vec<i64> {
    let mut ids_of_pages = Vec::new();
    let mut path = Some(path.to_owned());
    while let Some(page) = path {
        let response = app.request_as("alice", "GET", &page).send();
        ids_of_pages.extend(ids(&response));
        path = next_path(&response);
        assert!(ids_of_pages.len() <= 100, "the pages form a loop");
    }
    ids_of_pages
}

/// Creates 17 tasks whose sort keys repeat; only the id makes the order unique. Some have no due date.
fn create_tasks_with_equal_keys(app: &App) {
    for number in 0..17 {
        let title = ["b", "A", "ä", "a"][number % 4];
        let priority = ["low", "high", "none"][number % 3];
        let due = [None, Some("2026-12-01"), Some("2026-12-01T00:00:00Z"), Some("2026-11-30T23:59:59Z")][number % 4];
        create(app, json!({ "title": title, "priority": priority, "due_date": due, "completed": number % 2 == 0 }));
    }
}

fn pages_of_every_sort_order_equal_the_full_list(database: Database) {
    let app = App::start(database);
    create_tasks_with_equal_keys(&app);
    for sort in ["created_at", "updated_at", "due_date", "priority", "title"] {
        for order in ["asc", "desc"] {
            for filter in ["", "&status=pending", "&due=any"] {
                let path = format!("/api/alice/tasks?sort={sort}&order={order}{filter}");
                let full_list = ids(&app.request_as("alice", "GET", &path).send());
                for limit in [1, 3, 16, 17] {
                    assert_eq!(
                        ids_of_all_pages(&app, &format!("{path}&limit={limit}")),
                        full_list,
                        "{path}&limit={limit}"
                    );
                }
                assert_eq!(
                    ids_of_all_pages(&app, &format!("{path}&limit=3&offset=2")),
                    full_list[2..],
                    "{path} from an offset"
                );
            }
        }
    }
}

fn inserts_and_deletes_between_pages_neither_repeat_nor_skip_tasks(database: Database) {
    let app = App::start(database);
    let created: Vec<i64> = (0..10).map(|number| create(&app, json!({ "title": format!("t{number}") }))).collect();
    let first = app.request_as("alice", "GET", "/api/alice/tasks?limit=4").send();
    assert_eq!(ids(&first), [created[9], created[8], created[7], created[6]]);
    // a new first task; the last task of the first page and a task of a later page are deleted
    create(&app, json!({ "title": "new" }));
    for id in [created[6], created[4]] {
        app.request_as("alice", "DELETE", &format!("/api/alice/tasks/{id}")).send().expect(200);
    }
    let remaining = ids_of_all_pages(&app, &next_path(&first).unwrap());
    assert_eq!(remaining, [created[5], created[3], created[2], created[1], created[0]]);
}

fn a_cursor_for_another_filter_sort_or_user_is_422(database: Database) {
    let app = App::start(database);
    create_tasks_with_equal_keys(&app);
    let response =
        app.request_as("alice", "GET", "/api/alice/tasks?limit=2&status=pending&q=a&time_zone=Europe/Vienna").send();
    let path = next_path(&response).unwrap();
    let cursor = path.split("cursor=").nth(1).unwrap();
    app.request_as("alice", "GET", &path).send().expect(200);
    // the same filter under other names, in another order, with another page size, on the other path
    let equivalent = format!("/api/tasks?completed=false&search=a&limit=5&cursor={cursor}&time_zone=Europe/Vienna");
    app.request_as("alice", "GET", &equivalent).send().expect(200);
    for parameters in
        ["", "&status=pending", "&status=completed&q=a", "&status=pending&q=b", "&status=pending&q=a&sort=title"]
    {
        let path = format!("/api/alice/tasks?cursor={cursor}&time_zone=Europe/Vienna{parameters}");
        app.request_as("alice", "GET", &path).send().expect(422);
    }
    let bobs_path = path.replace("/alice/", "/bob/");
    app.request("GET", &bobs_path).bearer(&jwt("bob")).send().expect(422);
}

fn a_modified_cursor_is_422(database: Database) {
    let app = App::start(database);
    create_tasks_with_equal_keys(&app);
    let path = next_path(&app.request_as("alice", "GET", "/api/alice/tasks?limit=2").send()).unwrap();
    let (prefix, cursor) = path.split_once("cursor=").unwrap();
    for index in 0..cursor.len() {
        let mut modified = cursor.as_bytes().to_vec();
        modified[index] = if modified[index] == b'A' { b'B' } else { b'A' };
        let path = format!("{prefix}cursor={}", String::from_utf8(modified).unwrap());
        let problem = app.request_as("alice", "GET", &path).send().expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "cursor");
    }
    for invalid in ["A", "%00", &cursor[1..], &format!("{cursor}A"), "eyJtIjpbbnVsbCwxXX0"] {
        app.request_as("alice", "GET", &format!("{prefix}cursor={invalid}")).send().expect(422);
    }
}
