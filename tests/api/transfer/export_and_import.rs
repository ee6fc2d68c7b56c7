//! Export and import of tasks as JSON, iCalendar and CSV.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    a_json_export_is_imported_completely_and_once,
    a_calendar_export_is_imported_completely_and_once,
    a_csv_export_escapes_formulas,
    an_export_supports_filters_and_many_pages,
    calendars_of_other_programs_are_imported,
    an_invalid_import_reports_the_error_and_changes_nothing,
    uids_are_scoped_to_their_user,
);

const MEDIA_TYPES: [(&str, &str); 2] = [("json", "application/json"), ("ics", "text/calendar")];

/// Creates four tasks with values that are hard to convert.
fn create_tasks(app: &App) {
    for task in [
        json!({ "title": "plain" }),
        json!({
            "title": "comma, semicolon; colon: backslash \\ \"quotes\" ü 🦀",
            "description": "first line\nsecond\\nline, third;\ttab, and words enough to be folded over more than one line of the file 🦀🦀🦀",
            "priority": "high", "tags": ["a,b", "c;d", "e\\f", "🦀"], "due_date": "2026-12-01T09:30:00.123Z",
            "time_zone": "Europe/Vienna", "remind_at": "2026-12-01T09:00:00.007Z",
            "recurrence_rule": "FREQ=WEEKLY;BYDAY=MO,WE", "repeat_from": "completion",
        }),
        json!({ "title": "done", "completed": true, "priority": "none", "due_date": "2026-12-01", "description": "" }),
        json!({ "title": "low", "priority": "low", "tags": ["x"] }),
    ] {
        app.request_as("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201);
    }
}

fn export(app: &App, user: &str, format: &str) -> Response {
    let response = app.request_as(user, "GET", &format!("/api/{user}/tasks/export?format={format}")).send();
    assert_eq!(response.status, 200);
    response
}

fn import(app: &App, user: &str, media_type: &str, body: &[u8]) -> Response {
    app.request_as(user, "POST", &format!("/api/{user}/tasks/import"))
        .header("Content-Type", media_type)
        .body(body)
        .send()
}

/// Returns the tasks of this user as exported, without ids and versions of the stored rows.
fn exported_tasks(app: &App, user: &str) -> Vec<Value> {
    let mut list = export(app, user, "json").chunked_json();
    for task in list.as_array_mut().unwrap() {
        for key in ["id", "user_id", "version", "updated_at"] {
            task.as_object_mut().unwrap().remove(key).unwrap();
        }
    }
    list.as_array().unwrap().clone()
}

fn a_json_export_is_imported_completely_and_once(database: Database) {
    assert_round_trip(database, MEDIA_TYPES[0]);
}

fn a_calendar_export_is_imported_completely_and_once(database: Database) {
    assert_round_trip(database, MEDIA_TYPES[1]);
}

fn assert_round_trip(database: Database, (format, media_type): (&str, &str)) {
    let app = App::start(database);
    create_tasks(&app);
    let exported = export(&app, "alice", format);
    assert!(exported.header("content-type").unwrap().starts_with(media_type));
    assert_eq!(
        exported.header("content-disposition"),
        Some(format!("attachment; filename=\"tasks.{format}\"").as_str())
    );
    let body = exported.chunked_body();
    // an import by the same user skips all tasks, by another user creates all, and then skips all
    for (user, created, skipped) in [("alice", 0, 4), ("bob", 4, 0), ("bob", 0, 4)] {
        let imported = import(&app, user, media_type, &body).expect(200);
        assert_eq!(imported, json!({ "created": created, "skipped": skipped }), "{user}");
    }
    assert_eq!(exported_tasks(&app, "bob"), exported_tasks(&app, "alice"));
}

fn a_csv_export_escapes_formulas(database: Database) {
    let app = App::start(database);
    create_tasks(&app);
    app.request_as("alice", "POST", "/api/tasks").json(&json!({ "title": "=HYPERLINK(\"x\")" })).send().expect(201);
    let response = export(&app, "alice", "csv");
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = String::from_utf8(response.chunked_body()).unwrap();
    assert!(text.starts_with("id,uid,title,description,status,completed_at,priority,tags,due_date,"), "{text}");
    assert!(text.contains("\"comma, semicolon; colon: backslash \\ \"\"quotes\"\" ü 🦀\""), "{text}");
    assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{text}");
    assert_eq!(text.matches("\r\n").count(), 6);
}

fn an_export_supports_filters_and_many_pages(database: Database) {
    let app = App::start(database);
    assert_eq!(exported_tasks(&app, "alice"), Vec::<Value>::new());
    let tasks: Vec<Value> =
        (0..1201).map(|number| json!({ "title": format!("t{number:04}"), "completed": number % 3 == 0 })).collect();
    let imported = import(&app, "alice", "application/json", json!(tasks).to_string().as_bytes()).expect(200);
    assert_eq!(imported["created"], 1201);
    let all = exported_tasks(&app, "alice");
    let titles: Vec<&str> = all.iter().map(|task| task["title"].as_str().unwrap()).collect();
    assert!(titles.len() == 1201 && titles.is_sorted(), "each task once, in order");
    let completed = app.request_as("alice", "GET", "/api/alice/tasks/export?status=completed").send().chunked_json();
    assert_eq!(completed.as_array().unwrap().len(), 401);
    app.request_as("alice", "GET", "/api/alice/tasks/export?format=pdf").send().expect(422);
}

fn calendars_of_other_programs_are_imported(database: Database) {
    let app = App::start(database);
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Other//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Vienna\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:event\r\nSUMMARY:Not to do\r\nEND:VEVENT\r\n\
        BEGIN:VTODO\r\nUID:first@other\r\nDTSTAMP:20261101T100000Z\r\nSUMMARY:Water the \r\n plants\\, all\r\n\
        DUE;TZID=Europe/Vienna:20261201T090000\r\nCATEGORIES:home,green\\,blue\r\nPRIORITY:2\r\nCREATED:20260101T000000Z\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VTODO\r\n\
        BEGIN:VTODO\r\nUID:second@other\r\nSUMMARY:Done\r\nDUE;VALUE=DATE:20261202\r\nCOMPLETED:20261103T120000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let imported = import(&app, "alice", "text/calendar; charset=utf-8", calendar.as_bytes()).expect(200);
    assert_eq!(imported, json!({ "created": 2, "skipped": 0 }));
    let list = exported_tasks(&app, "alice");
    let first = list.iter().find(|task| task["uid"] == "first@other").unwrap();
    assert_eq!((&first["title"], &first["tags"]), (&json!("Water the plants, all"), &json!(["home", "green,blue"])));
    assert_eq!((&first["due_date"], &first["time_zone"]), (&json!("2026-12-01T08:00:00Z"), &json!("Europe/Vienna")));
    assert_eq!((&first["priority"], &first["created_at"]), (&json!("high"), &json!("2026-01-01T00:00:00.000Z")));
    let second = list.iter().find(|task| task["uid"] == "second@other").unwrap();
    assert_eq!((&second["completed"], &second["due_date"]), (&json!(true), &json!("2026-12-02")));
    assert_eq!(second["completed_at"], "2026-11-03T12:00:00.000Z");
}

fn an_invalid_import_reports_the_error_and_changes_nothing(database: Database) {
    let app = App::start(database);
    let pointer = |media_type: &str, body: &str| {
        let problem = import(&app, "alice", media_type, body.as_bytes()).expect(422);
        problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let json_type = "application/json";
    for (body, expected_pointer) in [
        (json!([{ "title": "good" }, { "title": "" }]), "#/1/title"),
        (json!({ "tasks": [{ "title": "t", "created_at": "yesterday" }] }), "#/0/created_at"),
        (json!([{ "title": "t", "uid": "" }]), "#/0/uid"),
        (json!(["t"]), "#/0"),
        (json!({ "title": "t" }), "#"),
    ] {
        assert_eq!(pointer(json_type, &body.to_string()), expected_pointer);
    }
    let calendar = |todo: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:ok\r\nEND:VTODO\r\nBEGIN:VTODO\r\n{todo}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        )
    };
    assert_eq!(pointer("text/calendar", &calendar("UID:x")), "#/1/title");
    assert_eq!(pointer("text/calendar", &calendar("SUMMARY:t\r\nDUE:soon")), "#/1/due_date");
    assert_eq!(pointer("text/calendar", &calendar("SUMMARY:t\r\nRRULE:FREQ=OFTEN")), "#/1/recurrence_rule");
    let malformed = import(&app, "alice", "text/calendar", calendar("nonsense").as_bytes()).expect(400);
    assert!(malformed["detail"].as_str().unwrap().contains("Line 6"), "{malformed}");
    for (media_type, body, status) in [
        ("text/calendar", "no calendar", 400),
        ("text/calendar", "BEGIN:VCALENDAR\r\n", 400),
        (json_type, "[{\"title\":\"t\",\"title\":\"t\"}]", 400),
        ("text/csv", "title\r\nt", 415),
        ("text/plain", "[]", 415),
    ] {
        import(&app, "alice", media_type, body.as_bytes()).expect(status);
    }
    let small_limit_app = App::start_with(database, &[("IMPORT_LIMIT", "1024")]);
    import(&small_limit_app, "alice", json_type, &[b' '; 1025]).expect(413);
    assert_eq!(exported_tasks(&app, "alice"), Vec::<Value>::new());
}

fn uids_are_scoped_to_their_user(database: Database) {
    let app = App::start(database);
    let body = json!([{ "title": "t", "uid": "same" }, { "title": "again", "uid": "same" }]).to_string();
    for user in ["alice", "bob"] {
        assert_eq!(
            import(&app, user, "application/json", body.as_bytes()).expect(200),
            json!({ "created": 1, "skipped": 1 })
        );
    }
    app.request_as("bob", "POST", "/api/alice/tasks/import").json(&json!([])).send().expect(403);
    app.request_as("bob", "GET", "/api/alice/tasks/export").send().expect(403);
}
