//! Paging by cursor: to the end, without loss or repetition, and only by cursors that were given for this very list.

use serde_json::json;

use crate::on_both;
use crate::support::{Answer, App, Database, jwt};

on_both!(
    every_order_is_paged_to_its_end,
    rows_that_come_and_go_neither_repeat_nor_lose_others,
    a_cursor_is_good_for_its_own_list_alone,
    a_changed_cursor_is_refused,
);

fn create(app: &App, task: serde_json::Value) -> i64 {
    app.by("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201)["id"].as_i64().unwrap()
}

fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    let (target, relation) = link.split_once(';').expect("a link has a relation");
    assert_eq!(relation.trim(), "rel=\"next\"");
    Some(target.trim_matches(['<', '>']).to_owned())
}

fn ids(answer: &Answer) -> Vec<i64> {
    answer.expect(200).as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect()
}

/// Follows the links from this path to the end.
fn all_pages(app: &App, path: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut path = Some(path.to_owned());
    while let Some(page) = path {
        let answer = app.by("alice", "GET", &page).send();
        found.extend(ids(&answer));
        path = next(&answer);
        assert!(found.len() <= 100, "the pages go round in a circle");
    }
    found
}

/// Tasks whose keys repeat, so that only the id tells them apart, and of which some are never due.
fn many(app: &App) {
    for number in 0..17 {
        let title = ["b", "A", "ä", "a"][number % 4];
        let priority = ["low", "high", "none"][number % 3];
        let due = [None, Some("2026-12-01"), Some("2026-12-01T00:00:00Z"), Some("2026-11-30T23:59:59Z")][number % 4];
        create(app, json!({ "title": title, "priority": priority, "due_date": due, "completed": number % 2 == 0 }));
    }
}

fn every_order_is_paged_to_its_end(database: Database) {
    let app = App::start(database);
    many(&app);
    for sort in ["created_at", "updated_at", "due_date", "priority", "title"] {
        for order in ["asc", "desc"] {
            for filter in ["", "&status=pending", "&due=any"] {
                let path = format!("/api/alice/tasks?sort={sort}&order={order}{filter}");
                let whole = ids(&app.by("alice", "GET", &path).send());
                for limit in [1, 3, 16, 17] {
                    assert_eq!(all_pages(&app, &format!("{path}&limit={limit}")), whole, "{path}&limit={limit}");
                }
                assert_eq!(all_pages(&app, &format!("{path}&limit=3&offset=2")), whole[2..], "{path} from an offset");
            }
        }
    }
}

fn rows_that_come_and_go_neither_repeat_nor_lose_others(database: Database) {
    let app = App::start(database);
    let there: Vec<i64> = (0..10).map(|number| create(&app, json!({ "title": format!("t{number}") }))).collect();
    let first = app.by("alice", "GET", "/api/alice/tasks?limit=4").send();
    assert_eq!(ids(&first), [there[9], there[8], there[7], there[6]]);
    // one more at the top, the last one seen is gone, and so is one that is still to come
    create(&app, json!({ "title": "new" }));
    for id in [there[6], there[4]] {
        app.by("alice", "DELETE", &format!("/api/alice/tasks/{id}")).send().expect(200);
    }
    let rest = all_pages(&app, &next(&first).unwrap());
    assert_eq!(rest, [there[5], there[3], there[2], there[1], there[0]]);
}

fn a_cursor_is_good_for_its_own_list_alone(database: Database) {
    let app = App::start(database);
    many(&app);
    let answer = app.by("alice", "GET", "/api/alice/tasks?limit=2&status=pending&q=a&time_zone=Europe/Vienna").send();
    let path = next(&answer).unwrap();
    let cursor = path.split("cursor=").nth(1).unwrap();
    app.by("alice", "GET", &path).send().expect(200);
    // the same under other names, in another order, with another page size, at the other path
    let same = format!("/api/tasks?completed=false&search=a&limit=5&cursor={cursor}&time_zone=Europe/Vienna");
    app.by("alice", "GET", &same).send().expect(200);
    for other in
        ["", "&status=pending", "&status=completed&q=a", "&status=pending&q=b", "&status=pending&q=a&sort=title"]
    {
        let path = format!("/api/alice/tasks?cursor={cursor}&time_zone=Europe/Vienna{other}");
        app.by("alice", "GET", &path).send().expect(422);
    }
    let bobs = path.replace("/alice/", "/bob/");
    app.request("GET", &bobs).bearer(&jwt("bob")).send().expect(422);
}

fn a_changed_cursor_is_refused(database: Database) {
    let app = App::start(database);
    many(&app);
    let path = next(&app.by("alice", "GET", "/api/alice/tasks?limit=2").send()).unwrap();
    let (before, cursor) = path.split_once("cursor=").unwrap();
    for at in 0..cursor.len() {
        let mut changed = cursor.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let path = format!("{before}cursor={}", String::from_utf8(changed).unwrap());
        let problem = app.by("alice", "GET", &path).send().expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "cursor");
    }
    for wrong in ["A", "%00", &cursor[1..], &format!("{cursor}A"), "eyJtIjpbbnVsbCwxXX0"] {
        app.by("alice", "GET", &format!("{before}cursor={wrong}")).send().expect(422);
    }
}
