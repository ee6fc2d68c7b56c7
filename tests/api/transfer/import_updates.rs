//! Repeated imports: newer tasks are updated, deleted tasks are restored, and all others are unchanged.

use serde_json::json;

use super::{assert_members, calendar, calendar_with_todo, import_calendar, report, task};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_higher_sequence_or_a_later_modification_updates_the_task,
    an_older_modification_does_not_undo_a_change,
    a_deleted_task_is_restored,
    the_newest_of_several_revisions_is_imported,
    an_own_export_changes_nothing,
);

/// Returns a calendar with one revision of a task.
fn revision(title: &str, lines: &str) -> String {
    calendar_with_todo(&format!("UID:r\nSUMMARY:{title}\n{lines}"))
}

fn a_higher_sequence_or_a_later_modification_updates_the_task(database: Database) {
    let app = App::start(database);
    let first =
        revision("first", "DESCRIPTION:old\nCATEGORIES:a\nLAST-MODIFIED:20260101T000000Z\nDUE:20270101T080000Z");
    assert_eq!(import_calendar(&app, first.as_bytes()).expect(200), report(1, 0, 0));
    for (title, lines, is_updated) in [
        ("same", "LAST-MODIFIED:20260101T000000Z", false),
        ("earlier", "LAST-MODIFIED:20251231T000000Z", false),
        ("unknown", "PRIORITY:1", false),
        ("later", "LAST-MODIFIED:20260102T000000Z\nSTATUS:COMPLETED\nCOMPLETED:20260102T000000Z", true),
        ("later again", "LAST-MODIFIED:20260103T000000Z\nDUE;VALUE=DATE:20270105", true),
        ("sequence", "SEQUENCE:2", true),
        ("lower", "SEQUENCE:1\nLAST-MODIFIED:20270101T000000Z", false),
        ("same sequence", "SEQUENCE:2", false),
        ("higher", "SEQUENCE:3\nLAST-MODIFIED:20260101T000000Z", true),
    ] {
        let before = task(&app, "r");
        let imported = import_calendar(&app, revision(title, lines).as_bytes()).expect(200);
        assert_eq!(imported, report(0, usize::from(is_updated), usize::from(!is_updated)), "{title}");
        let after = task(&app, "r");
        match is_updated {
            true => assert_eq!((&after["title"], &after["id"]), (&json!(title), &before["id"])),
            false => assert_eq!(after, before, "{title}"),
        }
        match title {
            "later" => assert_members(
                &app,
                "r",
                &json!({ "completed_at": "2026-01-02T00:00:00.000Z", "description": null, "tags": [], "due_date": null, "version": 2 }),
            ),
            "later again" => {
                assert_members(&app, "r", &json!({ "completed": false, "due_date": "2027-01-05", "version": 3 }))
            }
            _ => {}
        }
    }
}

fn an_older_modification_does_not_undo_a_change(database: Database) {
    let app = App::start(database);
    let first = revision("first", "LAST-MODIFIED:20260101T000000Z");
    import_calendar(&app, first.as_bytes()).expect(200);
    let path = format!("/api/tasks/{}", task(&app, "r")["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "title": "changed here" })).send().expect(200);
    let before_the_change = revision("second", "LAST-MODIFIED:20260102T000000Z");
    assert_eq!(import_calendar(&app, before_the_change.as_bytes()).expect(200), report(0, 0, 1));
    assert_members(&app, "r", &json!({ "title": "changed here" }));
    let after_the_change = revision("third", "LAST-MODIFIED:29990101T000000Z");
    assert_eq!(import_calendar(&app, after_the_change.as_bytes()).expect(200), report(0, 1, 0));
    assert_members(&app, "r", &json!({ "title": "third" }));
}

fn a_deleted_task_is_restored(database: Database) {
    let app = App::start(database);
    let body = revision("deleted", "LAST-MODIFIED:20260101T000000Z");
    import_calendar(&app, body.as_bytes()).expect(200);
    let before = task(&app, "r");
    let path = format!("/api/tasks/{}", before["id"]);
    app.request_as("alice", "DELETE", &path).send().expect(200);
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([]));
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(0, 1, 0));
    assert_members(&app, "r", &json!({ "id": before["id"], "title": "deleted", "version": 3 }));
    // a newer revision is restored and updated
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let newer = revision("newer", "SEQUENCE:1");
    assert_eq!(import_calendar(&app, newer.as_bytes()).expect(200), report(0, 1, 0));
    assert_members(&app, "r", &json!({ "id": before["id"], "title": "newer" }));
    assert_eq!(import_calendar(&app, newer.as_bytes()).expect(200), report(0, 0, 1));
    // the JSON of an export too
    app.request_as("alice", "DELETE", &path).send().expect(200);
    let list = json!([{ "title": "newer", "uid": "r" }]);
    assert_eq!(app.request_as("alice", "POST", "/api/tasks/import").json(&list).send().expect(200), report(0, 1, 0));
    // another user's import changes nothing
    app.request_as("alice", "DELETE", &path).send().expect(200);
    assert_eq!(app.request_as("bob", "POST", "/api/tasks/import").json(&list).send().expect(200), report(1, 0, 0));
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200), json!([]));
}

fn the_newest_of_several_revisions_is_imported(database: Database) {
    let app = App::start(database);
    let todo = |title: &str, lines: &str| format!("BEGIN:VTODO\nUID:r\nSUMMARY:{title}\n{lines}\nEND:VTODO\n");
    let body =
        calendar(&[todo("second", "SEQUENCE:2"), todo("third", "SEQUENCE:3"), todo("first", "SEQUENCE:1")].concat());
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(1, 0, 2));
    assert_members(&app, "r", &json!({ "title": "third" }));
}

fn an_own_export_changes_nothing(database: Database) {
    let app = App::start(database);
    app.create("alice", &json!({ "title": "t", "due_date": "2027-01-01", "recurrence_rule": "FREQ=DAILY" }));
    let export = || app.request_as("alice", "GET", "/api/tasks/export?format=ics").send().chunked_body();
    let old = export();
    assert_eq!(import_calendar(&app, &old).expect(200), report(0, 0, 1));
    let id = app.request_as("alice", "GET", "/api/tasks").send().expect(200)[0]["id"].clone();
    app.request_as("alice", "PATCH", &format!("/api/tasks/{id}"))
        .json(&json!({ "title": "changed" }))
        .send()
        .expect(200);
    assert_eq!(import_calendar(&app, &old).expect(200), report(0, 0, 1));
    assert_eq!(import_calendar(&app, &export()).expect(200), report(0, 0, 1));
    assert_eq!(app.request_as("alice", "GET", "/api/tasks").send().expect(200)[0]["title"], "changed");
}
