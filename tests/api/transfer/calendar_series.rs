//! Repeating tasks of calendars: replaced occurrences and excluded dates.

use serde_json::json;

use super::{assert_members, calendar, complete, import_calendar, report};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    replaced_occurrences_keep_the_series_in_any_order,
    excluded_dates_are_skipped,
    a_replaced_first_occurrence_moves_the_series,
    a_series_without_occurrences_is_rejected,
    excluded_dates_are_members_of_a_task,
    excluded_dates_of_an_export_are_imported,
);

const MASTER: &str = "BEGIN:VTODO
    UID:s
    SUMMARY:weekly
    DTSTART;TZID=Europe/Berlin:20270104T090000
    DUE;TZID=Europe/Berlin:20270104T090000
    RRULE:FREQ=WEEKLY;COUNT=5
    EXDATE;TZID=Europe/Berlin:20270118T090000
    BEGIN:VALARM
    TRIGGER:-PT15M
    END:VALARM
    END:VTODO";
const MOVED: &str = "BEGIN:VTODO
    UID:s
    RECURRENCE-ID;TZID=Europe/Berlin:20270111T090000
    SUMMARY:moved
    DUE;TZID=Europe/Berlin:20270112T100000
    END:VTODO";
const DONE: &str = "BEGIN:VTODO
    UID:s
    RECURRENCE-ID:20270125T080000Z
    SUMMARY:done
    STATUS:COMPLETED
    COMPLETED:20270120T080000Z
    END:VTODO";

fn replaced_occurrences_keep_the_series_in_any_order(database: Database) {
    for order in [[MASTER, MOVED, DONE], [MOVED, MASTER, DONE], [DONE, MOVED, MASTER]] {
        let app = App::start(database);
        let body = calendar(&order.join("\n"));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(3, 0, 0));
        assert_members(
            &app,
            "s",
            &json!({
                "title": "weekly", "due_date": "2027-01-04T08:00:00Z", "recurrence_rule": "FREQ=WEEKLY;COUNT=5", "completed": false,
                "remind_at": "2027-01-04T07:45:00Z",
                "excluded_dates": ["2027-01-11T08:00:00Z", "2027-01-18T08:00:00Z", "2027-01-25T08:00:00Z"],
            }),
        );
        assert_members(
            &app,
            "s/20270111T080000Z",
            &json!({ "title": "moved", "due_date": "2027-01-12T09:00:00Z", "recurrence_rule": null }),
        );
        // an occurrence without a due date is due at its place in the series
        assert_members(
            &app,
            "s/20270125T080000Z",
            &json!({ "title": "done", "due_date": "2027-01-25T08:00:00Z", "completed_at": "2027-01-20T08:00:00.000Z" }),
        );
        let next = complete(&app, "s");
        assert_eq!(next.len(), 1);
        assert_eq!(
            (&next[0]["due_date"], &next[0]["recurrence_rule"]),
            (&json!("2027-02-01T08:00:00Z"), &json!("FREQ=WEEKLY;COUNT=1"))
        );
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(0, 0, 3));
    }
}

fn excluded_dates_are_skipped(database: Database) {
    let app = App::start(database);
    for (number, (lines, expected_due, expected_next)) in [
        // a date excludes all occurrences of the local day
        (
            "DTSTART;TZID=Asia/Tokyo:20270104T080000\nRRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20270105,20270106",
            "2027-01-03T23:00:00Z",
            "2027-01-06T23:00:00Z",
        ),
        (
            "DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20270105\nEXDATE;VALUE=DATE:20270106",
            "2027-01-04",
            "2027-01-07",
        ),
        ("DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY\nEXDATE:20270105T080000Z", "2027-01-04", "2027-01-06"),
        // the first occurrences are excluded
        (
            "DTSTART:20270104T080000Z\nRRULE:FREQ=DAILY\nEXDATE:20270104T080000Z,20270105T080000Z",
            "2027-01-06T08:00:00Z",
            "2027-01-07T08:00:00Z",
        ),
        // other times exclude nothing
        (
            "DTSTART:20270104T080000Z\nRRULE:FREQ=DAILY\nEXDATE:20270105T090000Z\nEXDATE:",
            "2027-01-04T08:00:00Z",
            "2027-01-05T08:00:00Z",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let uid = format!("x{number}");
        let body = calendar(&format!("BEGIN:VTODO\nUID:{uid}\nSUMMARY:t\n{lines}\nEND:VTODO"));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(1, 0, 0), "{lines}");
        assert_members(&app, &uid, &json!({ "due_date": expected_due }));
        assert_eq!(complete(&app, &uid)[0]["due_date"], expected_next, "{lines}");
    }
}

fn a_replaced_first_occurrence_moves_the_series(database: Database) {
    let app = App::start(database);
    let first = MOVED.replace("20270111T090000", "20270104T090000");
    let body = calendar(&format!("{first}\n{MASTER}"));
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(2, 0, 0));
    assert_members(
        &app,
        "s",
        &json!({ "due_date": "2027-01-11T08:00:00Z", "remind_at": "2027-01-11T07:45:00Z", "recurrence_rule": "FREQ=WEEKLY;COUNT=4" }),
    );
}

fn a_series_without_occurrences_is_rejected(database: Database) {
    let app = App::start(database);
    let body = calendar(
        "BEGIN:VTODO\nUID:s\nSUMMARY:t\nDTSTART;VALUE=DATE:20270104\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20270104,20270105\nEND:VTODO",
    );
    let imported = import_calendar(&app, body.as_bytes()).expect(200);
    assert_eq!((&imported["created"], &imported["rejected"][0]["uid"]), (&json!(0), &json!("s")));
}

fn excluded_dates_are_members_of_a_task(database: Database) {
    let app = App::start(database);
    let task = json!({
        "title": "t", "due_date": "2999-01-04", "recurrence_rule": "FREQ=DAILY", "time_zone": "Europe/Berlin",
        "excluded_dates": ["2999-01-05", "2999-01-05", "2999-01-06T08:00:00+01:00"],
    });
    let created = app.create("alice", &task);
    assert_eq!(created["excluded_dates"], json!(["2999-01-05", "2999-01-06T07:00:00Z"]));
    let path = format!("/api/tasks/{}", created["id"]);
    let changed = app.request_as("alice", "PATCH", &path).json(&json!({ "title": "u" })).send().expect(200);
    assert_eq!(changed["excluded_dates"], created["excluded_dates"]);
    let completed = json!({ "completed": true, "excluded_dates": ["2999-01-05", "2999-01-07"] });
    app.request_as("alice", "PATCH", &path).json(&completed).send().expect(200);
    let next = app.request_as("alice", "GET", "/api/tasks?status=pending").send().expect(200);
    assert_eq!(
        (&next[0]["due_date"], &next[0]["excluded_dates"]),
        (&json!("2999-01-06"), &completed["excluded_dates"])
    );
    for (value, is_valid) in [
        (json!(null), true),
        (json!([]), true),
        (json!("2999-01-05"), false),
        (json!(["soon"]), false),
        (json!([1]), false),
        (json!((1..=100).map(|day| format!("2999-01-01T00:00:{:02}.{:03}Z", day % 60, day)).collect::<Vec<_>>()), true),
        (json!((0..=100).map(|day| format!("{}-01-01", 2000 + day)).collect::<Vec<_>>()), false),
    ] {
        let response = app
            .request_as("alice", "POST", "/api/tasks")
            .json(&json!({ "title": "t", "excluded_dates": value }))
            .send();
        assert_eq!(response.status, if is_valid { 201 } else { 422 }, "{value}");
    }
}

fn excluded_dates_of_an_export_are_imported(database: Database) {
    let app = App::start(database);
    app.create(
        "alice",
        &json!({
            "title": "t", "due_date": "2027-01-04T08:00:00Z", "recurrence_rule": "FREQ=DAILY", "time_zone": "Europe/Berlin",
            "excluded_dates": ["2027-01-05", "2027-01-06T08:00:00Z"],
        }),
    );
    let calendar = app.request_as("alice", "GET", "/api/tasks/export?format=ics").send().chunked_body();
    let text = String::from_utf8(calendar.clone()).unwrap();
    // EXDATE has the type of DTSTART
    for day in ["20270105", "20270106"] {
        assert!(text.contains(&format!("EXDATE;TZID=Europe/Berlin:{day}T090000\r\n")), "{text}");
    }
    let imported = app
        .request_as("bob", "POST", "/api/tasks/import")
        .header("Content-Type", "text/calendar")
        .body(&calendar)
        .send();
    assert_eq!(imported.expect(200), report(1, 0, 0));
    let tasks = app.request_as("bob", "GET", "/api/tasks").send().expect(200);
    assert_eq!(tasks[0]["excluded_dates"], json!(["2027-01-05T08:00:00Z", "2027-01-06T08:00:00Z"]));
    assert_eq!(tasks[0]["due_date"], "2027-01-04T08:00:00Z");
}
