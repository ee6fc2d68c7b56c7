//! The number of tasks of each user, and the quota.

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database};

on_both!(instances_never_exceed_the_quota, a_rejected_create_takes_no_sequence_number);

/// Creates run in parallel on two instances, with other users' creates. Near the limit tasks are deleted, which makes room.
fn instances_never_exceed_the_quota(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "25"), ("POOL_SIZE", "4"), ("POOL_WAIT", "30s")]);
    let second = App::serve(app.config.clone(), app.url.clone(), tempfile::tempdir().unwrap());
    let apps = [&app, &second];
    let stored = |user: &str| {
        let list = |query: &str| {
            let list = app.request_as(user, "GET", &format!("/api/tasks?{query}")).send().expect(200);
            list.as_array().unwrap().len()
        };
        list("") + list("deleted=true")
    };
    let created: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|number| {
                let app = apps[number % 2];
                scope.spawn(move || {
                    let mut created = 0;
                    for round in 0..12 {
                        let post = |user: &str| {
                            app.request_as(user, "POST", "/api/tasks").json(&json!({ "title": "t" })).send()
                        };
                        let response = post("alice");
                        assert!([201, 409].contains(&response.status), "{response:?}");
                        if response.status == 201 {
                            created += 1;
                            if round % 3 == 0 {
                                let path = format!("/api/tasks/{}?permanent=true", response.json()["id"]);
                                app.request_as("alice", "DELETE", &path).send().expect(200);
                                created -= 1;
                            }
                        }
                        if number == 0 {
                            post("bob").expect(201);
                        }
                    }
                    created
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer")).sum()
    });
    assert_eq!((created, stored("alice"), stored("bob")), (25, 25, 12));
    for app in apps {
        app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send().expect(409);
        let imports: Vec<_> = (0..14).map(|number| json!({ "uid": number.to_string(), "title": "t" })).collect();
        app.request_as("bob", "POST", "/api/tasks/import").json(&json!(imports)).send().expect(409);
    }
    assert_eq!((stored("alice"), stored("bob")), (25, 12));
}

fn a_rejected_create_takes_no_sequence_number(database: Database) {
    let app = App::start_with(database, &[("TASK_QUOTA", "1")]);
    app.create("alice", &json!({ "title": "t" }));
    let token = || {
        let changes = app.request_as("alice", "GET", "/api/tasks/changes?since=now").send().expect(200);
        changes["next"].as_str().unwrap().to_owned()
    };
    let before = token();
    app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "t" })).send().expect(409);
    assert_eq!(token(), before);
}
