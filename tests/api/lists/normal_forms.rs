//! Unicode normal forms: search, tags and statistics do not distinguish them. Responses have the form of the client.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_search_finds_each_normal_form,
    a_tag_matches_each_normal_form,
    statistics_count_each_normal_form_together,
    equal_tags_of_one_task_are_one_tag,
    responses_have_the_form_of_the_client,
);

/// The same text in NFC and in NFD.
const FORMS: [(&str, &str); 4] = [
    ("caf\u{e9}", "cafe\u{301}"),
    ("\u{ac01}", "\u{1100}\u{1161}\u{11a8}"),
    ("\u{1e69}", "s\u{307}\u{323}"),
    ("\u{c5}ngstr\u{f6}m", "A\u{30a}ngstro\u{308}m"),
];

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Returns the titles of a list, oldest first.
fn titles(app: &App, query: &str) -> Vec<Value> {
    let list = app.request_as("alice", "GET", &format!("/api/tasks?sort=%2Bcreated_at&{query}")).send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].clone()).collect()
}

fn a_search_finds_each_normal_form(database: Database) {
    let app = App::start(database);
    for (nfc, nfd) in FORMS {
        let (first, second) = (format!("title {nfc}"), format!("title {nfd}"));
        app.create("alice", &json!({ "title": first }));
        app.create("alice", &json!({ "title": second }));
        app.create("alice", &json!({ "title": format!("description {}", nfc.len()), "description": nfc }));
        app.create("alice", &json!({ "title": format!("description {}", nfd.len()), "description": nfd }));
        let expected = [
            json!(first),
            json!(second),
            json!(format!("description {}", nfc.len())),
            json!(format!("description {}", nfd.len())),
        ];
        for text in [nfc, nfd, &nfc.to_uppercase(), &nfd.to_uppercase(), &nfd.to_lowercase()] {
            assert_eq!(titles(&app, &format!("search={}", encoded(text))), expected, "{text}");
        }
    }
    // an accent is a difference
    assert_eq!(titles(&app, "search=cafe"), Vec::<Value>::new());
}

fn a_tag_matches_each_normal_form(database: Database) {
    let app = App::start(database);
    for (nfc, nfd) in FORMS {
        app.create("alice", &json!({ "title": "nfc", "tags": [nfc, "other"] }));
        app.create("alice", &json!({ "title": "nfd", "tags": ["other", nfd] }));
        for tag in [nfc, nfd] {
            assert_eq!(titles(&app, &format!("tags={}", encoded(tag))), ["nfc", "nfd"], "{tag}");
            assert_eq!(titles(&app, &format!("tags={},other", encoded(tag))), ["nfc", "nfd"], "{tag}");
            assert_eq!(titles(&app, &format!("tags={},missing", encoded(tag))), Vec::<Value>::new(), "{tag}");
        }
        // both forms are one tag
        assert_eq!(titles(&app, &format!("tags={},{}", encoded(nfc), encoded(nfd))), ["nfc", "nfd"]);
    }
}

fn statistics_count_each_normal_form_together(database: Database) {
    let app = App::start(database);
    for (nfc, nfd) in FORMS {
        for tag in [nfc, nfd, nfd] {
            app.create("alice", &json!({ "title": "t", "tags": [tag] }));
        }
    }
    let stats = app.request_as("alice", "GET", "/api/tasks/stats").send().expect(200);
    let expected: Value =
        FORMS.iter().map(|(nfc, _)| ((*nfc).to_owned(), json!(3))).collect::<serde_json::Map<_, _>>().into();
    assert_eq!(stats["by_tag"], expected);
}

fn equal_tags_of_one_task_are_one_tag(database: Database) {
    let app = App::start(database);
    for (nfc, nfd) in FORMS {
        assert_eq!(app.create("alice", &json!({ "title": "t", "tags": [nfd, nfc, "x"] }))["tags"], json!([nfd, "x"]));
    }
}

fn responses_have_the_form_of_the_client(database: Database) {
    let app = App::start(database);
    for text in FORMS.into_iter().flat_map(|(nfc, nfd)| [nfc, nfd]) {
        let task = app.create("alice", &json!({ "title": text, "description": text, "tags": [text] }));
        let read = app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200);
        assert_eq!((&read["title"], &read["description"], &read["tags"]), (&json!(text), &json!(text), &json!([text])));
    }
}
