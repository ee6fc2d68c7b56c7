//! Isolation of users in references outside the path: bulk operations, idempotency keys, cursors, series, uids.

use serde_json::{Value, json};

use crate::database::user_isolation::TwoUsers;
use crate::on_both;
use crate::support::Database;

on_both!(data_of_another_user_is_unreachable_by_reference);

fn data_of_another_user_is_unreachable_by_reference(database: Database) {
    let users = TwoUsers::start(database);
    let app = &users.app;
    for id in &users.ids {
        for operation in [
            json!({ "op": "update", "id": id, "title": "stolen" }),
            json!({ "op": "update", "id": id, "version": 1, "title": "stolen" }),
            json!({ "op": "complete", "id": id }),
            json!({ "op": "delete", "id": id }),
        ] {
            // also after a valid operation of mallory, which must be rolled back
            for operations in [json!([operation]), json!([{ "op": "create", "title": "half" }, operation])] {
                let response = app
                    .request_as("mallory", "POST", "/api/tasks/bulk")
                    .json(&json!({ "operations": operations }))
                    .send();
                users.assert_hides_alice(&response, &operation.to_string());
                response.expect(404);
            }
        }
        for query in [format!("series={id}"), format!("series={id}&deleted=true"), format!("user_id=alice&series={id}")]
        {
            for path in ["/api/tasks", "/api/mallory/tasks"] {
                assert_eq!(
                    app.request_as("mallory", "GET", &format!("{path}?{query}")).send().expect(200),
                    json!([]),
                    "{query}"
                );
            }
        }
    }
    let list = app.request_as("mallory", "GET", "/api/tasks?q=half").send().expect(200);
    assert_eq!(list, json!([]), "the whole bulk request was rolled back");
    users.assert_untouched("bulk and series");

    // alice's key: a key of mallory, with a separate stored response
    let alices_task = app.request_as("alice", "GET", &format!("/api/tasks/{}", users.ids[5])).send().expect(200);
    for key in ["the-same-key", "alice/the-same-key", "alice\u{1f}the-same-key", "alice:the-same-key"] {
        let response = app
            .request_as("mallory", "POST", "/api/tasks")
            .header("Idempotency-Key", key)
            .json(&json!({ "title": "mine", "user_id": "alice" }))
            .send();
        users.assert_hides_alice(&response, key);
        assert_ne!(response.header("idempotent-replayed"), Some("true"), "{key}");
        assert_ne!(
            response.header("etag").unwrap_or_default(),
            format!("\"{}-{}\"", alices_task["id"], alices_task["version"])
        );
    }
    users.assert_untouched("an Idempotency-Key");

    // alice's cursors, in each sort order
    for query in ["", "&sort=title", "&sort=due_date", "&sort=-priority", "&deleted=true", "&count=exact"] {
        let page = app.request_as("alice", "GET", &format!("/api/tasks?limit=1{query}")).send();
        let Some(link) = page.header("link") else { continue };
        let cursor = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap();
        for path in ["/api/tasks", "/api/mallory/tasks"] {
            let response = app.request_as("mallory", "GET", &format!("{path}?limit=1{query}&cursor={cursor}")).send();
            users.assert_hides_alice(&response, query);
            response.expect(422);
        }
    }

    // alice's uids in an import: they neither match nor change alice's tasks
    for (uid, created) in [("the-same-uid", 0), ("only-hers", 1)] {
        let body =
            json!([{ "title": "mine", "uid": uid, "user_id": "alice", "id": users.ids[0], "series_id": users.ids[3] }]);
        let response = app.request_as("mallory", "POST", "/api/tasks/import").json(&body).send();
        assert_eq!(
            response.expect(200),
            json!({ "created": created, "updated": 0, "skipped": 1 - created, "rejected": [] })
        );
    }
    let export = app.request_as("alice", "GET", "/api/tasks/export").send().chunked_json();
    let uids: Vec<&Value> = export.as_array().unwrap().iter().map(|task| &task["uid"]).collect();
    let body: Vec<Value> = uids.iter().map(|uid| json!({ "title": "mine", "uid": uid })).collect();
    let response = app.request_as("mallory", "POST", "/api/tasks/import").json(&json!(body)).send().expect(200);
    assert_eq!(
        response,
        json!({ "created": uids.len() - 1, "updated": 0, "skipped": 1, "rejected": [] }),
        "only the uid that mallory also has is skipped"
    );
    users.assert_untouched("an import");
}
