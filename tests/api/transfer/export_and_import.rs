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
    an_invalid_strict_import_reports_the_error_and_changes_nothing,
    a_partial_import_reports_the_rejected_tasks,
    a_file_without_tasks_is_422,
    uids_are_scoped_to_their_user,
);

const MEDIA_TYPES: [(&str, &str); 2] = [("json", "application/json"), ("ics", "text/calendar")];

/// Creates eleven tasks with values that are hard to convert.
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
        json!({
            "title": "weekly", "due_date": "2027-10-31T01:30:00.5Z", "time_zone": "Europe/Vienna", "recurrence_rule": "FREQ=WEEKLY",
            "excluded_dates": ["2027-11-07T01:30:00.500Z", "2027-11-14T01:30:00.500Z"],
        }),
        json!({ "title": "second of two equal hours", "due_date": "2027-10-31T01:30:00Z", "time_zone": "Europe/Vienna" }),
        json!({ "title": "all-day", "due_date": "2027-01-31", "time_zone": "Asia/Tokyo", "recurrence_rule": "FREQ=MONTHLY;BYMONTHDAY=-1",
            "excluded_dates": ["2027-02-28"] }),
        json!({ "title": "without a due date", "recurrence_rule": "FREQ=DAILY", "time_zone": "Asia/Tokyo" }),
        json!({ "title": "monthly", "due_date": "2027-01-30", "recurrence_rule": "monthly" }),
        json!({ "title": "yearly", "due_date": "2028-02-29T23:30:00Z", "time_zone": "Europe/Vienna", "recurrence_rule": "yearly" }),
        json!({ "title": "cancelled", "completed": true, "tags": ["cancelled", "x"] }),
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
    for (user, created, skipped) in [("alice", 0, 11), ("bob", 11, 0), ("bob", 0, 11)] {
        let imported = import(&app, user, media_type, &body).expect(200);
        let expected = json!({ "created": created, "updated": 0, "skipped": skipped, "rejected": [] });
        assert_eq!(imported, expected, "{user}");
    }
    assert_eq!(exported_tasks(&app, "bob"), exported_tasks(&app, "alice"));
}

fn a_csv_export_escapes_formulas(database: Database) {
    let app = App::start(database);
    create_tasks(&app);
    let formula = json!({ "title": "=HYPERLINK(\"x\")", "description": "\n=1+1" });
    app.request_as("alice", "POST", "/api/tasks").json(&formula).send().expect(201);
    let full_width = json!({ "title": "\u{ff1d}1+1", "description": "a;=1+1", "tags": ["\u{ff0b}1"] });
    app.request_as("alice", "POST", "/api/tasks").json(&full_width).send().expect(201);
    let response = export(&app, "alice", "csv");
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = String::from_utf8(response.chunked_body()).unwrap();
    assert!(text.starts_with("id,uid,title,description,status,completed_at,priority,tags,due_date,"), "{text}");
    assert!(text.contains("\"comma, semicolon; colon: backslash \\ \"\"quotes\"\" ü 🦀\""), "{text}");
    assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\",\"'\n=1+1\",pending,"), "{text}");
    assert!(text.contains(",'\u{ff1d}1+1,\"a;=1+1\",pending,,medium,'\u{ff0b}1,"), "{text}");
    assert_eq!(text.matches("\r\n").count(), 14);
    let with_bom = app.request_as("alice", "GET", "/api/tasks/export?format=csv&bom=true").send().chunked_body();
    assert_eq!(String::from_utf8(with_bom).unwrap(), format!("\u{feff}{text}"));
    assert!(
        export(&app, "alice", "json&bom=true").chunked_body().starts_with(b"["),
        "a mark before JSON makes it invalid"
    );
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
    assert_eq!(imported, json!({ "created": 2, "updated": 0, "skipped": 0, "rejected": [] }));
    let list = exported_tasks(&app, "alice");
    let first = list.iter().find(|task| task["uid"] == "first@other").unwrap();
    assert_eq!((&first["title"], &first["tags"]), (&json!("Water the plants, all"), &json!(["home", "green,blue"])));
    assert_eq!((&first["due_date"], &first["time_zone"]), (&json!("2026-12-01T08:00:00Z"), &json!("Europe/Vienna")));
    assert_eq!(first["remind_at"], "2026-12-01T07:45:00Z");
    assert_eq!((&first["priority"], &first["created_at"]), (&json!("high"), &json!("2026-01-01T00:00:00.000Z")));
    let second = list.iter().find(|task| task["uid"] == "second@other").unwrap();
    assert_eq!((&second["completed"], &second["due_date"]), (&json!(true), &json!("2026-12-02")));
    assert_eq!(second["completed_at"], "2026-11-03T12:00:00.000Z");
}

fn an_invalid_strict_import_reports_the_error_and_changes_nothing(database: Database) {
    let app = App::start(database);
    let import_strictly = |media_type: &str, body: &str| {
        let request = app.request_as("alice", "POST", "/api/alice/tasks/import?strict=true");
        request.header("Content-Type", media_type).body(body.as_bytes()).send()
    };
    let pointer = |media_type: &str, body: &str| {
        let problem = import_strictly(media_type, body).expect(422);
        problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let json_type = "application/json";
    for (body, expected_pointer) in [
        (json!([{ "title": "good" }, { "title": "" }]), "#/1/title"),
        (json!({ "tasks": [{ "title": "t", "created_at": "yesterday" }] }), "#/0/created_at"),
        (json!([{ "title": "t", "uid": "" }]), "#/0/uid"),
        (json!([{ "title": "t", "excluded_dates": ["soon"] }]), "#/0/excluded_dates"),
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
    assert_eq!(pointer("text/calendar", &calendar("SUMMARY:t\r\nDUE:soon")), "#/1/due_date");
    assert_eq!(pointer("text/calendar", &calendar("SUMMARY:t\r\nRRULE:FREQ=OFTEN")), "#/1/recurrence_rule");
    assert_eq!(pointer("text/calendar", &calendar("SUMMARY:t\r\nUID:a\r\nRRULE:FREQ=OFTEN")), "#/1/recurrence_rule");
    let malformed = import_strictly("text/calendar", &calendar("nonsense")).expect(400);
    assert!(malformed["detail"].as_str().unwrap().contains("Line 6"), "{malformed}");
    for (media_type, body, status) in [
        ("text/calendar", "no calendar", 400),
        ("text/calendar", "BEGIN:VCALENDAR\r\n", 400),
        ("text/calendar", "BEGIN:VCALENDAR\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", 400),
        (json_type, "[{\"title\":\"t\",\"title\":\"t\"}]", 400),
        ("text/csv", "title\r\nt", 415),
        ("text/plain", "[]", 415),
    ] {
        import_strictly(media_type, body).expect(status);
    }
    let unknown_value =
        app.request_as("alice", "POST", "/api/alice/tasks/import?strict=perhaps").json(&json!([])).send();
    assert_eq!(unknown_value.error_pointers(), ["strict"]);
    let small_limit_app = App::start_with(database, &[("IMPORT_LIMIT", "1024")]);
    import(&small_limit_app, "alice", json_type, &[b' '; 1025]).expect(413);
    assert_eq!(exported_tasks(&app, "alice"), Vec::<Value>::new());
}

fn a_partial_import_reports_the_rejected_tasks(database: Database) {
    let app = App::start(database);
    let list = json!([
        { "title": "good", "uid": "a" }, { "title": "", "uid": "b" }, "t", { "title": "bad", "due_date": "soon" }, { "title": "good too" },
    ]);
    assert_eq!(
        import(&app, "alice", "application/json", list.to_string().as_bytes()).expect(200),
        json!({ "created": 2, "updated": 0, "skipped": 0, "rejected": [
            { "uid": "b", "title": "", "detail": "title must not be empty" },
            { "uid": null, "title": null, "detail": "The task must be a JSON object" },
            { "uid": null, "title": "bad", "detail": "due_date must be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)" },
        ] })
    );
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:c\r\nSUMMARY:soon\r\nDUE:soon\r\nEND:VTODO\r\nBEGIN:VTODO\r\nSUMMARY:line\r\n\
        nonsense\r\nEND:VTODO\r\nBEGIN:VTODO\r\nSUMMARY:open\r\nBEGIN:VTODO\r\nUID:d\r\nSUMMARY:good\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    assert_eq!(
        import(&app, "alice", "text/calendar", calendar.as_bytes()).expect(200),
        json!({ "created": 1, "updated": 0, "skipped": 0, "rejected": [
            { "uid": "c", "title": "soon", "detail": "due_date must be a date (20261201) or a time (20261201T093000Z) in the years 1 to 9999" },
            { "uid": null, "title": "line", "detail": "Line 9 of the calendar (folded lines counted as one) is not NAME:value." },
            { "uid": null, "title": "open", "detail": "The task has no END:VTODO: line 13 begins another one." },
        ] })
    );
    let titles: Vec<Value> = exported_tasks(&app, "alice").iter().map(|task| task["title"].clone()).collect();
    assert_eq!(titles, ["good", "good too", "good"]);
    let many = format!("[{}0]", "0,".repeat(2999));
    let report = import(&app, "alice", "application/json", many.as_bytes()).expect(200);
    assert_eq!((report["rejected"].as_array().map(Vec::len), &report["more_rejected"]), (Some(1000), &json!(2000)));
}

fn a_file_without_tasks_is_422(database: Database) {
    let app = App::start(database);
    for (body, expected) in [
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "The calendar has no tasks (VTODO)"),
        (
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:e\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            "The calendar has no tasks (VTODO); its events (VEVENT: 1) are not imported",
        ),
    ] {
        for strict in ["false", "true"] {
            let request = app.request_as("alice", "POST", &format!("/api/tasks/import?strict={strict}"));
            let problem = request.header("Content-Type", "text/calendar").body(body.as_bytes()).send().expect(422);
            assert_eq!(problem["detail"], expected);
        }
    }
}

fn uids_are_scoped_to_their_user(database: Database) {
    let app = App::start(database);
    let body = json!([{ "title": "t", "uid": "same" }, { "title": "again", "uid": "same" }]).to_string();
    for user in ["alice", "bob"] {
        assert_eq!(
            import(&app, user, "application/json", body.as_bytes()).expect(200),
            json!({ "created": 1, "updated": 0, "skipped": 1, "rejected": [] })
        );
    }
    app.request_as("bob", "POST", "/api/alice/tasks/import").json(&json!([])).send().expect(403);
    app.request_as("bob", "GET", "/api/alice/tasks/export").send().expect(403);
}
