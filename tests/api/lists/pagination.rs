//! Lists in parts: limits, the way to the next part, counts, and what a list is wrapped in.

use serde_json::{Value, json};

use crate::lists::listing::{fill, titles};
use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    a_limit_cuts_the_list,
    a_bad_limit_is_refused,
    the_links_lead_through_the_whole_list,
    a_link_keeps_what_was_asked_for,
    offsets_and_page_numbers_skip,
    a_count_is_made_when_it_is_asked_for,
    a_list_comes_in_the_shape_that_is_configured,
    a_shaped_list_tells_the_total_of_all_pages,
);

const MANY: usize = 7;

/// A service with seven tasks of alice, `t1` the oldest, the odd ones completed.
fn with_seven(database: Database, settings: &[(&str, &str)]) -> App {
    let app = App::start_with(database, settings);
    let tasks: Vec<Value> =
        (1..=MANY).map(|number| json!({ "title": format!("t{number}"), "completed": number % 2 == 1 })).collect();
    fill(&app, &tasks);
    app
}

/// The titles from `t{first}` down to `t{last}`.
fn down(first: usize, last: usize) -> Vec<String> {
    (last..=first).rev().map(|number| format!("t{number}")).collect()
}

fn get(app: &App, path: &str) -> Answer {
    let answer = app.by("alice", "GET", path).send();
    answer.expect(200);
    answer
}

/// Where the next part is, as its `Link` says.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    let (target, parameters) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(parameters, "; rel=\"next\"");
    Some(target.to_owned())
}

fn a_limit_cuts_the_list(database: Database) {
    let app = with_seven(database, &[("MAX_LIST", "5")]);
    for (limit, last) in [("1", 7), ("3", 5), ("5", 3), ("6", 3), ("1000", 3), ("9223372036854775807", 3)] {
        assert_eq!(titles(&app, &format!("?limit={limit}")), down(7, last), "limit={limit}");
    }
    // a whole number of any size is above MAX_LIST
    assert_eq!(titles(&app, "?limit=99999999999999999999"), down(7, 3));
    assert_eq!(titles(&app, ""), down(7, 3), "MAX_LIST without a limit");
    assert_eq!(titles(&app, "?limit="), down(7, 3), "an empty one is none");
    assert_eq!(titles(&app, "?status=completed&limit=2"), ["t7", "t5"]);
    assert_eq!(titles(&app, "?sort=title&limit=2"), ["t1", "t2"]);
}

fn a_bad_limit_is_refused(database: Database) {
    let app = with_seven(database, &[]);
    for value in ["0", "-1", "abc", "1.5", "1e3", "0x10", "ten", "5;", "%EF%BC%95", "-99999999999999999999"] {
        let answer = app.by("alice", "GET", &format!("/api/tasks?limit={value}")).send();
        assert_eq!(answer.wrong(), ["limit"], "{value}");
    }
    for name in ["offset", "skip", "page", "page_size"] {
        for value in ["abc", "1.5", "-1"] {
            let answer = app.by("alice", "GET", &format!("/api/tasks?{name}={value}")).send();
            assert_eq!(answer.wrong(), [name], "{value}");
        }
    }
}

/// Follows the links to the end; gives the titles of each part.
fn parts(app: &App, first: &str) -> Vec<Vec<String>> {
    let mut parts = Vec::new();
    let mut path = Some(first.to_owned());
    while let Some(this) = path {
        let answer = get(app, &this);
        let list = answer.json();
        parts.push(list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect());
        path = next(&answer);
        assert!(parts.len() <= MANY, "the links do not end");
    }
    parts
}

fn the_links_lead_through_the_whole_list(database: Database) {
    let app = with_seven(database, &[("MAX_LIST", "3")]);
    let by_three = [down(7, 5), down(4, 2), down(1, 1)];
    for path in
        ["/api/alice/tasks", "/api/tasks/", "/api/tasks?limit=3", "/api/tasks?limit=50", "/api/tasks?page_size=3"]
    {
        assert_eq!(parts(&app, path), by_three, "{path}");
    }
    assert_eq!(parts(&app, "/api/tasks?limit=1").len(), MANY);
    let ascending = parts(&app, "/api/tasks?sort=title&limit=2");
    assert_eq!(ascending, [vec!["t1", "t2"], vec!["t3", "t4"], vec!["t5", "t6"], vec!["t7"]]);
    assert_eq!(parts(&app, "/api/tasks?filter=done&limit=2"), [["t7", "t5"], ["t3", "t1"]], "no empty part at the end");
    assert_eq!(parts(&app, "/api/tasks?page=1&page_size=3"), by_three);
    assert_eq!(parts(&app, "/api/tasks?offset=5&limit=1"), [["t2"], ["t1"]]);
}

fn a_link_keeps_what_was_asked_for(database: Database) {
    let app = with_seven(database, &[]);
    let path = "/api/alice/tasks?filter=todo&sort=title&order=desc&x=a%26b%3D%C3%A4+c&count=exact&limit=2";
    let link = next(&get(&app, path)).unwrap();
    let (base, query) = link.split_once('?').unwrap();
    assert_eq!(base, "/api/alice/tasks");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for pair in [("filter", "todo"), ("sort", "title"), ("order", "desc"), ("x", "a&b=\u{e4} c"), ("limit", "2")] {
        let found = pairs.iter().filter(|(name, value)| (name.as_str(), value.as_str()) == pair).count();
        assert_eq!(found, 1, "{pair:?} in {link}");
    }
    let last = get(&app, &link);
    assert_eq!(last.json()[0]["title"], "t2");
    assert_eq!((next(&last), last.header("x-total-count")), (None, Some("3")));
    // an owner whose id has to be escaped
    for number in 0..2 {
        let task = json!({ "title": format!("{number}") });
        app.by("a b/\u{e4}", "POST", "/api/a%20b%2F%C3%A4/tasks").json(&task).send().expect(201);
    }
    let first = app.by("a b/\u{e4}", "GET", "/api/a%20b%2F%C3%A4/tasks?limit=1").send();
    assert_eq!(app.by("a b/\u{e4}", "GET", &next(&first).unwrap()).send().expect(200)[0]["title"], "0");
}

fn offsets_and_page_numbers_skip(database: Database) {
    let app = with_seven(database, &[]);
    let cases = [
        ("?offset=0", down(7, 1)),
        ("?offset=5", down(2, 1)),
        ("?skip=5", down(2, 1)),
        ("?skip=5&limit=1", down(2, 2)),
        ("?offset=7", vec![]),
        ("?offset=9223372036854775807", vec![]),
        ("?page=1&page_size=3", down(7, 5)),
        ("?page=2&page_size=3", down(4, 2)),
        ("?page=3&page_size=3", down(1, 1)),
        ("?page=2&limit=3", down(4, 2)),
        ("?page=4&page_size=3", vec![]),
        ("?page=9223372036854775807&page_size=3", vec![]),
        ("?page_size=2", down(7, 6)),
        ("?offset=&skip=5", down(2, 1)),
        ("?offset=5&skip=5", down(2, 1)),
    ];
    for (query, expected) in cases {
        assert_eq!(titles(&app, query), expected, "{query}");
    }
    assert_eq!(next(&get(&app, "/api/tasks?offset=7")), None);
    app.by("alice", "GET", "/api/tasks?offset=1&skip=2").send().wrong();
    app.by("alice", "GET", "/api/tasks?page=0&page_size=0").send().wrong();
}

fn a_count_is_made_when_it_is_asked_for(database: Database) {
    let app = with_seven(database, &[]);
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
    let none = app.by("carol", "GET", "/api/tasks?count=exact").send();
    assert_eq!((none.expect(200), none.header("x-total-count")), (json!([]), Some("0")));
    let head = app.by("alice", "HEAD", "/api/tasks?count=exact&limit=2").send();
    assert_eq!((head.header("x-total-count"), next(&head).is_some()), (Some("7"), true));
}

/// The tasks and the total that a list of this shape holds.
fn unwrapped(shape: &str, list: &Value) -> (Vec<String>, Value) {
    let inside = if shape == "data" { &list["data"] } else { list };
    if shape == "data" {
        assert_eq!(list["success"], true);
    }
    let tasks = inside["tasks"].as_array().unwrap_or_else(|| panic!("{list}"));
    let titles = tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect();
    (titles, inside["total"].clone())
}

fn a_list_comes_in_the_shape_that_is_configured(database: Database) {
    let app = with_seven(database, &[("LIST_SHAPE", "array")]);
    assert_eq!(titles(&app, ""), down(7, 1));
    for shape in ["tasks", "data"] {
        let app = App::start_with(database, &[("LIST_SHAPE", shape)]);
        let empty = get(&app, "/api/alice/tasks").json();
        assert_eq!(unwrapped(shape, &empty), (vec![], json!(0)));
        let task = app.create("alice", &json!({ "title": "one" }));
        for path in ["/api/alice/tasks", "/api/tasks/"] {
            let list = get(&app, path).json();
            assert_eq!(unwrapped(shape, &list), (vec!["one".to_owned()], json!(1)));
            let tasks = if shape == "data" { &list["data"]["tasks"] } else { &list["tasks"] };
            assert_eq!(tasks[0], task, "a task itself is never wrapped");
        }
        assert_eq!(get(&app, &format!("/api/tasks/{}", task["id"])).json(), task);
    }
}

fn a_shaped_list_tells_the_total_of_all_pages(database: Database) {
    for shape in ["tasks", "data"] {
        let app = with_seven(database, &[("LIST_SHAPE", shape), ("MAX_LIST", "5")]);
        let cases = [
            ("", down(7, 3), 7),
            ("?limit=2", down(7, 6), 7),
            ("?limit=2&offset=6", down(1, 1), 7),
            ("?offset=50", vec![], 7),
            ("?status=pending&limit=1", down(6, 6), 3),
            ("?status=pending&limit=1&offset=9", vec![], 3),
        ];
        for (query, expected, total) in cases {
            let answer = get(&app, &format!("/api/tasks{query}"));
            assert_eq!(unwrapped(shape, &answer.json()), (expected, json!(total)), "{shape} {query}");
            assert_eq!(answer.header("x-total-count"), None, "nobody asked");
        }
        let counted = get(&app, "/api/tasks?count=exact&limit=2");
        assert_eq!((counted.header("x-total-count"), next(&counted).is_some()), (Some("7"), true));
    }
}
