//! `ETag`, `If-None-Match` and `If-Match`.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Request};

on_both!(
    every_write_changes_the_etag,
    a_matching_if_none_match_is_304,
    a_stale_if_match_is_412,
    a_weak_tag_of_the_task_matches,
    a_412_says_what_is_wrong_with_the_tag,
    an_if_match_may_have_thousands_of_tags,
    a_missing_task_is_404_for_every_if_match,
    one_of_parallel_writes_for_one_version_succeeds,
);

fn create(app: &App) -> (String, String) {
    let response = app.request_as("alice", "POST", "/api/alice/tasks").json(&json!({ "title": "t" })).send();
    let id = response.expect(201)["id"].clone();
    (format!("/api/alice/tasks/{id}"), response.header("etag").unwrap().to_owned())
}

fn every_write_changes_the_etag(database: Database) {
    let app = App::start(database);
    let (path, etag) = create(&app);
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(etag, format!("\"{id}-1\""));
    assert_eq!(app.request_as("alice", "GET", &path).send().header("etag"), Some(etag.as_str()));
    for (version, method) in ["PUT", "PATCH"].into_iter().enumerate() {
        let response = app.request_as("alice", method, &path).json(&json!({})).send();
        assert_eq!(response.header("etag"), Some(format!("\"{id}-{}\"", version + 2).as_str()));
    }
    let toggled = app.request_as("alice", "PATCH", &format!("{path}/complete")).send();
    assert_eq!(toggled.header("etag"), Some(format!("\"{id}-4\"").as_str()));
}

fn a_matching_if_none_match_is_304(database: Database) {
    let app = App::start(database);
    let (path, etag) = create(&app);
    let get = |etags: &str| app.request_as("alice", "GET", &path).header("If-None-Match", etags).send();
    for matching in [etag.as_str(), &format!("W/{etag}"), "*", &format!("\"x\", {etag}")] {
        let response = get(matching);
        assert_eq!(
            (response.status, response.body.len(), response.header("etag")),
            (304, 0, Some(etag.as_str())),
            "{matching}"
        );
        assert!(response.header("x-request-id").is_some() && response.header("cache-control").is_some());
    }
    for unmatched in ["\"1-99\"", "", "nonsense", etag.trim_matches('"')] {
        get(unmatched).expect(200);
    }
    app.request("GET", &path).header("If-None-Match", &etag).send().expect(401);
    app.request_as("alice", "PATCH", &path).json(&json!({})).send().expect(200);
    get(&etag).expect(200);
}

fn a_stale_if_match_is_412(database: Database) {
    let app = App::start(database);
    let writes: [fn(&App, &str) -> Request; 4] = [
        |app, path| app.request_as("alice", "PUT", path).json(&json!({ "title": "changed" })),
        |app, path| app.request_as("alice", "PATCH", path).json(&json!({ "title": "changed" })),
        |app, path| app.request_as("alice", "PATCH", &format!("{path}/complete")),
        |app, path| app.request_as("alice", "DELETE", path),
    ];
    for write in writes {
        let (path, etag) = create(&app);
        let before = app.request_as("alice", "GET", &path).send().expect(200);
        let stale_etag = etag.replace("-1\"", "-2\"");
        for if_match in [stale_etag.as_str(), &format!("W/{stale_etag}"), "\"\"", "nonsense", "", "\"999-1\""] {
            let problem = write(&app, &path).header("If-Match", if_match).send().expect(412);
            assert_eq!(problem["error"]["code"], "precondition_failed", "{if_match}");
        }
        assert_eq!(app.request_as("alice", "GET", &path).send().expect(200), before, "nothing was written");
        write(&app, &path).header("If-Match", &format!("{stale_etag}, {etag}")).send().expect(200);
    }
    let (path, _) = create(&app);
    app.request_as("alice", "PATCH", &path).header("If-Match", "*").json(&json!({})).send().expect(200);
}

/// The writes that evaluate `If-Match`, on a path of a task.
const CONDITIONAL_WRITES: [fn(&App, &str) -> Request; 6] = [
    |app, path| app.request_as("alice", "PUT", path).json(&json!({ "title": "changed" })),
    |app, path| app.request_as("alice", "PATCH", path).json(&json!({ "title": "changed" })),
    |app, path| app.request_as("alice", "PATCH", &format!("{path}/complete")),
    |app, path| app.request_as("alice", "POST", &format!("{path}/complete")),
    |app, path| app.request_as("alice", "PATCH", &format!("{path}/status")).json(&json!({ "status": "completed" })),
    |app, path| app.request_as("alice", "DELETE", path),
];

/// A compressing proxy turns strong tags into weak ones.
fn a_weak_tag_of_the_task_matches(database: Database) {
    let app = App::start(database);
    for write in CONDITIONAL_WRITES {
        let (path, etag) = create(&app);
        write(&app, &path).header("If-Match", &format!("\"x\", W/{etag}")).send().expect(200);
    }
    let (path, etag) = create(&app);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let restore = || app.request_as("alice", "POST", &format!("{path}/restore"));
    restore().header("If-Match", &format!("W/{etag}")).send().expect(412);
    restore().header("If-Match", &format!("W/{}", etag.replace("-1\"", "-2\""))).send().expect(200);
}

fn a_412_says_what_is_wrong_with_the_tag(database: Database) {
    let app = App::start(database);
    for write in CONDITIONAL_WRITES {
        let (path, etag) = create(&app);
        let unquoted = etag.trim_matches('"');
        for (if_match, words) in [
            (unquoted, "such as \"7-3\" with its double quotes"),
            (&format!("\"{unquoted}-gzip\""), "such as \"7-3\" with its double quotes"),
            ("1", "such as \"7-3\" with its double quotes"),
            ("\"999999-1\"", "the tag of another task"),
            (
                &etag.replace("-1\"", "-9\""),
                "The task has another version than If-Match; read the task again, and send its new ETag.",
            ),
        ] {
            let problem = write(&app, &path).header("If-Match", if_match).send().expect(412);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(words) && !detail.contains("has been changed"), "{if_match}: {detail}");
        }
        assert_eq!(app.request_as("alice", "GET", &path).send().expect(200)["version"], 1);
    }
}

fn an_if_match_may_have_thousands_of_tags(database: Database) {
    let app = App::start(database);
    let writes: [fn(&App, &str) -> Request; 3] = [
        |app, path| app.request_as("alice", "PATCH", path).json(&json!({})),
        |app, path| app.request_as("alice", "PATCH", &format!("{path}/complete")),
        |app, path| app.request_as("alice", "DELETE", path),
    ];
    for write in writes {
        let (path, etag) = create(&app);
        let stale_etags = (2..5_002).map(|version| etag.replace("-1\"", &format!("-{version}\"")));
        let stale_etags = stale_etags.collect::<Vec<_>>().join(", ");
        write(&app, &path).header("If-Match", &stale_etags).send().expect(412);
        write(&app, &path).header("If-Match", &format!("{stale_etags}, {etag}")).send().expect(200);
    }
}

fn a_missing_task_is_404_for_every_if_match(database: Database) {
    let app = App::start(database);
    let (path, etag) = create(&app);
    app.request_as("alice", "DELETE", &path).header("If-Match", &etag).send().expect(200);
    app.request_as("alice", "PATCH", &path).header("If-Match", &etag).json(&json!({})).send().expect(404);
    app.request_as("alice", "PATCH", &path).header("If-Match", "*").json(&json!({})).send().expect(404);
    let (alices_path, etag) = create(&app);
    let bobs_path = alices_path.replace("/alice/", "/bob/");
    for if_match in [etag.as_str(), "\"0-0\"", "*"] {
        app.request_as("bob", "DELETE", &bobs_path).header("If-Match", if_match).send().expect(404);
    }
    // the body is validated before the condition
    app.request_as("alice", "PATCH", &alices_path)
        .header("If-Match", "\"0-0\"")
        .json(&json!({ "title": "" }))
        .send()
        .expect(422);
}

fn one_of_parallel_writes_for_one_version_succeeds(database: Database) {
    let app = App::start(database);
    let (path, etag) = create(&app);
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let body = json!({ "title": format!("writer {number}") });
            let request = app.request_as("alice", "PUT", &path).header("If-Match", &etag).json(&body);
            std::thread::spawn(move || request.send().status)
        })
        .collect();
    let mut statuses: Vec<u16> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(app.request_as("alice", "GET", &path).send().expect(200)["version"], 2);
}
