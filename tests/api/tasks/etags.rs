//! `ETag`, `If-None-Match` and `If-Match`.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Request};

on_both!(
    a_task_has_a_tag_that_changes_with_every_write,
    a_known_task_is_not_sent_again,
    a_write_for_another_version_is_refused,
    an_if_match_may_have_thousands_of_tags,
    unknown_comes_before_stale,
    of_parallel_writes_for_one_version_one_wins,
);

fn create(app: &App) -> (String, String) {
    let answer = app.by("alice", "POST", "/api/alice/tasks").json(&json!({ "title": "t" })).send();
    let id = answer.expect(201)["id"].clone();
    (format!("/api/alice/tasks/{id}"), answer.header("etag").unwrap().to_owned())
}

fn a_task_has_a_tag_that_changes_with_every_write(database: Database) {
    let app = App::start(database);
    let (path, tag) = create(&app);
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(tag, format!("\"{id}-1\""));
    assert_eq!(app.by("alice", "GET", &path).send().header("etag"), Some(tag.as_str()));
    for (version, method) in ["PUT", "PATCH"].into_iter().enumerate() {
        let answer = app.by("alice", method, &path).json(&json!({})).send();
        assert_eq!(answer.header("etag"), Some(format!("\"{id}-{}\"", version + 2).as_str()));
    }
    let toggled = app.by("alice", "PATCH", &format!("{path}/complete")).send();
    assert_eq!(toggled.header("etag"), Some(format!("\"{id}-4\"").as_str()));
}

fn a_known_task_is_not_sent_again(database: Database) {
    let app = App::start(database);
    let (path, tag) = create(&app);
    let get = |tags: &str| app.by("alice", "GET", &path).header("If-None-Match", tags).send();
    for known in [tag.as_str(), &format!("W/{tag}"), "*", &format!("\"x\", {tag}")] {
        let answer = get(known);
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, Some(tag.as_str())), "{known}");
        assert!(answer.header("x-request-id").is_some() && answer.header("cache-control").is_some());
    }
    for unknown in ["\"1-99\"", "", "nonsense", tag.trim_matches('"')] {
        get(unknown).expect(200);
    }
    app.request("GET", &path).header("If-None-Match", &tag).send().expect(401);
    app.by("alice", "PATCH", &path).json(&json!({})).send().expect(200);
    get(&tag).expect(200);
}

fn a_write_for_another_version_is_refused(database: Database) {
    let app = App::start(database);
    let writes: [fn(&App, &str) -> Request; 4] = [
        |app, path| app.by("alice", "PUT", path).json(&json!({ "title": "changed" })),
        |app, path| app.by("alice", "PATCH", path).json(&json!({ "title": "changed" })),
        |app, path| app.by("alice", "PATCH", &format!("{path}/complete")),
        |app, path| app.by("alice", "DELETE", path),
    ];
    for write in writes {
        let (path, tag) = create(&app);
        let before = app.by("alice", "GET", &path).send().expect(200);
        let other = tag.replace("-1\"", "-2\"");
        for stale in [other.as_str(), &format!("W/{tag}"), "\"\"", "nonsense", "", "\"999-1\""] {
            let problem = write(&app, &path).header("If-Match", stale).send().expect(412);
            assert_eq!(problem["error"]["code"], "precondition_failed", "{stale}");
        }
        assert_eq!(app.by("alice", "GET", &path).send().expect(200), before, "nothing was written");
        write(&app, &path).header("If-Match", &format!("{other}, {tag}")).send().expect(200);
    }
    let (path, _) = create(&app);
    app.by("alice", "PATCH", &path).header("If-Match", "*").json(&json!({})).send().expect(200);
}

fn an_if_match_may_have_thousands_of_tags(database: Database) {
    let app = App::start(database);
    let writes: [fn(&App, &str) -> Request; 3] = [
        |app, path| app.by("alice", "PATCH", path).json(&json!({})),
        |app, path| app.by("alice", "PATCH", &format!("{path}/complete")),
        |app, path| app.by("alice", "DELETE", path),
    ];
    for write in writes {
        let (path, tag) = create(&app);
        let others = (2..5_002).map(|version| tag.replace("-1\"", &format!("-{version}\"")));
        let others = others.collect::<Vec<_>>().join(", ");
        write(&app, &path).header("If-Match", &others).send().expect(412);
        write(&app, &path).header("If-Match", &format!("{others}, {tag}")).send().expect(200);
    }
}

fn unknown_comes_before_stale(database: Database) {
    let app = App::start(database);
    let (path, tag) = create(&app);
    app.by("alice", "DELETE", &path).header("If-Match", &tag).send().expect(200);
    app.by("alice", "PATCH", &path).header("If-Match", &tag).json(&json!({})).send().expect(404);
    app.by("alice", "PATCH", &path).header("If-Match", "*").json(&json!({})).send().expect(404);
    let (hers, tag) = create(&app);
    let his = hers.replace("/alice/", "/bob/");
    for condition in [tag.as_str(), "\"0-0\"", "*"] {
        app.by("bob", "DELETE", &his).header("If-Match", condition).send().expect(404);
    }
    // a body that cannot be taken is told before the condition
    app.by("alice", "PATCH", &hers).header("If-Match", "\"0-0\"").json(&json!({ "title": "" })).send().expect(422);
}

fn of_parallel_writes_for_one_version_one_wins(database: Database) {
    let app = App::start(database);
    let (path, tag) = create(&app);
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let body = json!({ "title": format!("writer {number}") });
            let request = app.by("alice", "PUT", &path).header("If-Match", &tag).json(&body);
            std::thread::spawn(move || request.send().status)
        })
        .collect();
    let mut statuses: Vec<u16> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(app.by("alice", "GET", &path).send().expect(200)["version"], 2);
}
