//! List pagination: limits, `Link` headers, total counts, and `LIST_SHAPE`.

use serde_json::{Value, json};

use crate::lists::listing::{create_tasks, titles};
use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    a_limit_bounds_the_page_size,
    an_invalid_limit_is_422,
    following_the_links_returns_the_full_list,
    a_link_keeps_the_query_parameters,
    offset_and_page_skip_tasks,
    the_total_count_is_returned_on_request,
    list_shape_sets_the_response_format,
    a_wrapped_list_contains_the_total_of_all_pages,
);

const TASK_COUNT: usize = 7;

/// Starts a service with seven tasks of alice. `t1` is the oldest, and odd numbers are completed.
fn start_with_seven_tasks(database: Database, settings: &[(&str, &str)]) -> App {
    let app = App::start_with(database, settings);
    let tasks: Vec<Value> =
        (1..=TASK_COUNT).map(|number| json!({ "title": format!("t{number}"), "completed": number % 2 == 1 })).collect();
    create_tasks(&app, &tasks);
    app
}

/// Returns the titles from `t{first}` down to `t{last}`.
fn titles_down(first: usize, last: usize) -> Vec<String> {
    (last..=first).rev().map(|number| format!("t{number}")).collect()
}

fn get(app: &App, path: &str) -> Response {
    let response = app.request_as("alice", "GET", path).send();
    response.expect(200);
    response
}

/// Returns the path of the next page from the `Link` header.
fn next_path(response: &Response) -> Option<String> {
    let link = response.header("link")?;
    let (target, parameters) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(parameters, "; rel=\"next\"");
    Some(target.to_owned())
}

fn a_limit_bounds_the_page_size(database: Database) {
    let app = start_with_seven_tasks(database, &[("MAX_LIST", "5")]);
    for (limit, last) in [("1", 7), ("3", 5), ("5", 3), ("6", 3), ("1000", 3), ("9223372036854775807", 3)] {
        assert_eq!(titles(&app, &format!("?limit={limit}")), titles_down(7, last), "limit={limit}");
    }
    // an integer beyond 64 bits is bounded by MAX_LIST
    assert_eq!(titles(&app, "?limit=99999999999999999999"), titles_down(7, 3));
    assert_eq!(titles(&app, ""), titles_down(7, 3), "MAX_LIST without a limit");
    assert_eq!(titles(&app, "?limit="), titles_down(7, 3), "an empty limit is ignored");
    assert_eq!(titles(&app, "?status=completed&limit=2"), ["t7", "t5"]);
    assert_eq!(titles(&app, "?sort=title&limit=2"), ["t1", "t2"]);
}

fn an_invalid_limit_is_422(database: Database) {
    let app = start_with_seven_tasks(database, &[]);
    for value in ["0", "-1", "abc", "1.5", "1e3", "0x10", "ten", "5;", "%EF%BC%95", "-99999999999999999999"] {
        let response = app.request_as("alice", "GET", &format!("/api/tasks?limit={value}")).send();
        assert_eq!(response.error_pointers(), ["limit"], "{value}");
    }
    for name in ["offset", "skip", "page", "page_size"] {
        for value in ["abc", "1.5", "-1"] {
            let response = app.request_as("alice", "GET", &format!("/api/tasks?{name}={value}")).send();
            assert_eq!(response.error_pointers(), [name], "{value}");
        }
    }
}

/// Follows the links to the last page; returns the titles of each page.
fn pages(app: &App, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = Some(first.to_owned());
    while let Some(current) = path {
        let response = get(app, &current);
        let list = response.json();
        pages.push(list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect());
        path = next_path(&response);
        assert!(pages.len() <= TASK_COUNT, "the links form a loop");
    }
    pages
}

fn following_the_links_returns_the_full_list(database: Database) {
    let app = start_with_seven_tasks(database, &[("MAX_LIST", "3")]);
    let by_three = [titles_down(7, 5), titles_down(4, 2), titles_down(1, 1)];
    for path in
        ["/api/alice/tasks", "/api/tasks/", "/api/tasks?limit=3", "/api/tasks?limit=50", "/api/tasks?page_size=3"]
    {
        assert_eq!(pages(&app, path), by_three, "{path}");
    }
    assert_eq!(pages(&app, "/api/tasks?limit=1").len(), TASK_COUNT);
    let ascending = pages(&app, "/api/tasks?sort=title&limit=2");
    assert_eq!(ascending, [vec!["t1", "t2"], vec!["t3", "t4"], vec!["t5", "t6"], vec!["t7"]]);
    assert_eq!(pages(&app, "/api/tasks?filter=done&limit=2"), [["t7", "t5"], ["t3", "t1"]], "no empty page at the end");
    assert_eq!(pages(&app, "/api/tasks?page=1&page_size=3"), by_three);
    assert_eq!(pages(&app, "/api/tasks?offset=5&limit=1"), [["t2"], ["t1"]]);
}

fn a_link_keeps_the_query_parameters(database: Database) {
    let app = start_with_seven_tasks(database, &[]);
    let path = "/api/alice/tasks?filter=todo&sort=title&order=desc&x=a%26b%3D%C3%A4+c&count=exact&limit=2";
    let link = next_path(&get(&app, path)).unwrap();
    let (base, query) = link.split_once('?').unwrap();
    assert_eq!(base, "/api/alice/tasks");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for pair in [("filter", "todo"), ("sort", "title"), ("order", "desc"), ("x", "a&b=\u{e4} c"), ("limit", "2")] {
        let occurrences = pairs.iter().filter(|(name, value)| (name.as_str(), value.as_str()) == pair).count();
        assert_eq!(occurrences, 1, "{pair:?} in {link}");
    }
    let last_page = get(&app, &link);
    assert_eq!(last_page.json()[0]["title"], "t2");
    assert_eq!((next_path(&last_page), last_page.header("x-total-count")), (None, Some("3")));
    // a user id that needs percent-encoding
    for number in 0..2 {
        let task = json!({ "title": format!("{number}") });
        app.request_as("a b/\u{e4}", "POST", "/api/a%20b%2F%C3%A4/tasks").json(&task).send().expect(201);
    }
    let first = app.request_as("a b/\u{e4}", "GET", "/api/a%20b%2F%C3%A4/tasks?limit=1").send();
    assert_eq!(app.request_as("a b/\u{e4}", "GET", &next_path(&first).unwrap()).send().expect(200)[0]["title"], "0");
}

fn offset_and_page_skip_tasks(database: Database) {
    let app = start_with_seven_tasks(database, &[]);
    let cases = [
        ("?offset=0", titles_down(7, 1)),
        ("?offset=5", titles_down(2, 1)),
        ("?skip=5", titles_down(2, 1)),
        ("?skip=5&limit=1", titles_down(2, 2)),
        ("?offset=7", vec![]),
        ("?offset=9223372036854775807", vec![]),
        ("?page=1&page_size=3", titles_down(7, 5)),
        ("?page=2&page_size=3", titles_down(4, 2)),
        ("?page=3&page_size=3", titles_down(1, 1)),
        ("?page=2&limit=3", titles_down(4, 2)),
        ("?page=4&page_size=3", vec![]),
        ("?page=9223372036854775807&page_size=3", vec![]),
        ("?page_size=2", titles_down(7, 6)),
        ("?offset=&skip=5", titles_down(2, 1)),
        ("?offset=5&skip=5", titles_down(2, 1)),
    ];
    for (query, expected) in cases {
        assert_eq!(titles(&app, query), expected, "{query}");
    }
    assert_eq!(next_path(&get(&app, "/api/tasks?offset=7")), None);
    app.request_as("alice", "GET", "/api/tasks?offset=1&skip=2").send().error_pointers();
    app.request_as("alice", "GET", "/api/tasks?page=0&page_size=0").send().error_pointers();
}

fn the_total_count_is_returned_on_request(database: Database) {
    let app = start_with_seven_tasks(database, &[]);
    let cases = [
        ("", None),
        ("?limit=2", None),
        ("?count=", None),
        ("?count=exact", Some("7")),
        ("?count=exact&limit=2", Some("7")),
        ("?count=exact&limit=2&offset=6", Some("7")),
        ("?count=exact&offset=100", Some("7")),
        ("?count=exact&status=completed", Some("4")),
        ("?count=exact&status=completed&limit=1", Some("4")),
        ("?count=exact&status=pending&page=9&page_size=1", Some("3")),
    ];
    for (query, expected) in cases {
        assert_eq!(get(&app, &format!("/api/tasks{query}")).header("x-total-count"), expected, "{query}");
    }
    let empty_list = app.request_as("carol", "GET", "/api/tasks?count=exact").send();
    assert_eq!((empty_list.expect(200), empty_list.header("x-total-count")), (json!([]), Some("0")));
    let head = app.request_as("alice", "HEAD", "/api/tasks?count=exact&limit=2").send();
    assert_eq!((head.header("x-total-count"), next_path(&head).is_some()), (Some("7"), true));
}

/// Returns the titles and the total of a list of this shape.
fn unwrap_list(shape: &str, list: &Value) -> (Vec<String>, Value) {
    let list_object = if shape == "data" { &list["data"] } else { list };
    if shape == "data" {
        assert_eq!(list["success"], true);
    }
    let tasks = list_object["tasks"].as_array().unwrap_or_else(|| panic!("{list}"));
    let titles = tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect();
    (titles, list_object["total"].clone())
}

fn list_shape_sets_the_response_format(database: Database) {
    let app = start_with_seven_tasks(database, &[("LIST_SHAPE", "array")]);
    assert_eq!(titles(&app, ""), titles_down(7, 1));
    for shape in ["tasks", "data"] {
        let app = App::start_with(database, &[("LIST_SHAPE", shape)]);
        let empty = get(&app, "/api/alice/tasks").json();
        assert_eq!(unwrap_list(shape, &empty), (vec![], json!(0)));
        let task = app.create("alice", &json!({ "title": "one" }));
        for path in ["/api/alice/tasks", "/api/tasks/"] {
            let list = get(&app, path).json();
            assert_eq!(unwrap_list(shape, &list), (vec!["one".to_owned()], json!(1)));
            let tasks = if shape == "data" { &list["data"]["tasks"] } else { &list["tasks"] };
            assert_eq!(tasks[0], task, "a task itself is never wrapped");
        }
        assert_eq!(get(&app, &format!("/api/tasks/{}", task["id"])).json(), task);
    }
}

fn a_wrapped_list_contains_the_total_of_all_pages(database: Database) {
    for shape in ["tasks", "data"] {
        let app = start_with_seven_tasks(database, &[("LIST_SHAPE", shape), ("MAX_LIST", "5")]);
        let cases = [
            ("", titles_down(7, 3), 7),
            ("?limit=2", titles_down(7, 6), 7),
            ("?limit=2&offset=6", titles_down(1, 1), 7),
            ("?offset=50", vec![], 7),
            ("?status=pending&limit=1", titles_down(6, 6), 3),
            ("?status=pending&limit=1&offset=9", vec![], 3),
        ];
        for (query, expected, total) in cases {
            let response = get(&app, &format!("/api/tasks{query}"));
            assert_eq!(unwrap_list(shape, &response.json()), (expected, json!(total)), "{shape} {query}");
            assert_eq!(response.header("x-total-count"), None, "count was not requested");
        }
        let counted = get(&app, "/api/tasks?count=exact&limit=2");
        assert_eq!((counted.header("x-total-count"), next_path(&counted).is_some()), (Some("7"), true));
    }
}
