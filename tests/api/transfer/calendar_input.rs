//! Input of calendars that does not follow RFC 5545, and values that need a conversion.

use serde_json::{Value, json};

use super::{assert_members, calendar, calendar_with_todo, complete, import_calendar, report, task};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    unusual_bytes_and_names_are_accepted,
    rules_are_corrected,
    empty_and_date_only_times_are_accepted,
    long_texts_are_cut_and_reported,
    a_missing_summary_becomes_a_title,
    the_due_time_follows_from_start_and_duration,
    cancelled_and_finished_tasks_are_completed,
    relative_alarms_become_reminders,
    damaged_files_are_imported_as_far_as_possible,
);

/// Imports a task with these lines and returns it.
fn imported_task(app: &App, uid: &str, lines: &str) -> Value {
    let body = calendar_with_todo(&format!("UID:{uid}\n{lines}"));
    let imported = import_calendar(app, body.as_bytes()).expect(200);
    assert_eq!((&imported["created"], &imported["rejected"]), (&json!(1), &json!([])), "{lines}: {imported}");
    task(app, uid)
}

fn unusual_bytes_and_names_are_accepted(database: Database) {
    let app = App::start(database);
    let bom = [b"\xEF\xBB\xBF", calendar_with_todo("UID:bom\nSUMMARY:t").as_bytes()].concat();
    assert_eq!(import_calendar(&app, &bom).expect(200), report(1, 0, 0));
    // lines folded within a character
    let mut folded = b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:folded\r\nSUMMARY:".to_vec();
    for byte in "ü\u{1f980}".bytes() {
        folded.extend([byte, b'\r', b'\n', b' ']);
    }
    folded.extend(b"\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
    assert_eq!(import_calendar(&app, &folded).expect(200), report(1, 0, 0));
    assert_members(&app, "folded", &json!({ "title": "ü\u{1f980}" }));
    let lower = "begin:vcalendar\nbegin:vtodo\nuid:lower\nsummary:t\ndue;value=date:20270101\nstatus:completed\nend:vtodo\nend:vcalendar";
    assert_eq!(import_calendar(&app, lower.as_bytes()).expect(200), report(1, 0, 0));
    assert_members(&app, "lower", &json!({ "due_date": "2027-01-01", "completed": true }));
    imported_task(&app, "names", "X-MS_OLK_ORIGINAL:1\nX_Y;Z_A=\"b:c\":1\nSUMMARY;X_P=1:t");
    let two_calendars = calendar_with_todo("UID:one\nSUMMARY:t") + &calendar_with_todo("UID:two\nSUMMARY:t");
    assert_eq!(import_calendar(&app, two_calendars.as_bytes()).expect(200), report(2, 0, 0));
    let title = imported_task(&app, "breaks", "SUMMARY:one\\ntwo\u{7}three")["title"].clone();
    assert_eq!(title, "one two three");
    let not_utf_8 = [
        b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:\xFC\nEND:VTODO\n",
        calendar_with_todo("UID:utf-8\nSUMMARY:t").as_bytes(),
    ]
    .concat();
    let imported = import_calendar(&app, &not_utf_8).expect(200);
    assert_eq!(imported["created"], 1, "{imported}");
    assert!(imported["rejected"][0]["detail"].as_str().unwrap().contains("Line 3"), "{imported}");
}

fn rules_are_corrected(database: Database) {
    let app = App::start(database);
    for (number, (rule, expected)) in [
        ("FREQ=WEEKLY;BYDAY=MO;", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=DAILY;COUNT=-1", "FREQ=DAILY"),
        ("FREQ=DAILY;COUNT=0;INTERVAL=1", "FREQ=DAILY;INTERVAL=1"),
        ("freq=monthly; bymonthday=1", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("FREQ=YEARLY;UNTIL=;;X-FOO=1", "FREQ=YEARLY"),
    ]
    .into_iter()
    .enumerate()
    {
        let task = imported_task(
            &app,
            &format!("rule-{number}"),
            &format!("SUMMARY:t\nDTSTART:20270101T090000Z\nRRULE:{rule}"),
        );
        assert_eq!(task["recurrence_rule"], expected, "{rule}");
        assert_eq!(task["due_date"], "2027-01-01T09:00:00Z", "the anchor is DTSTART");
    }
    let unusable = calendar_with_todo("SUMMARY:t\nRRULE:FREQ=OFTEN");
    let imported = import_calendar(&app, unusable.as_bytes()).expect(200);
    assert_eq!(imported["rejected"][0]["detail"], "recurrence_rule must be an RRULE, such as FREQ=WEEKLY;BYDAY=MO");
}

fn empty_and_date_only_times_are_accepted(database: Database) {
    let app = App::start(database);
    let empty = imported_task(&app, "empty", "SUMMARY:t\nCREATED:\nCOMPLETED:\nLAST-MODIFIED:\nDUE:\nDTSTART:");
    assert_eq!((&empty["completed"], &empty["due_date"]), (&json!(false), &json!(null)));
    let dates = imported_task(
        &app,
        "dates",
        "SUMMARY:t\nCREATED:20260101\nCOMPLETED;VALUE=DATE:20260102\nLAST-MODIFIED:20260102",
    );
    assert_eq!(
        (&dates["created_at"], &dates["completed_at"]),
        (&json!("2026-01-01T00:00:00.000Z"), &json!("2026-01-02T00:00:00.000Z"))
    );
    // unreadable times of the history are ignored, and reported
    let body = calendar_with_todo("UID:history\nSUMMARY:t\nCREATED:00001231T000000Z\nCOMPLETED:yesterday");
    let imported = import_calendar(&app, body.as_bytes()).expect(200);
    assert_eq!(
        imported["warnings"],
        json!([{ "uid": "history", "title": "t", "detail": "CREATED is not a time and is ignored; COMPLETED is not a time and is ignored." }])
    );
    assert_members(&app, "history", &json!({ "completed": true }));
}

fn long_texts_are_cut_and_reported(database: Database) {
    let app = App::start(database);
    let uid = "u".repeat(400);
    let tags: String = (0..30).map(|number| format!("{number}{},", "t".repeat(60))).collect();
    let body = calendar_with_todo(&format!(
        "UID:{uid}\nSUMMARY:{}\nDESCRIPTION:{}\nCATEGORIES:{tags}",
        "s".repeat(300),
        "d".repeat(4_000_000)
    ));
    let imported = import_calendar(&app, body.as_bytes()).expect(200);
    assert_eq!((&imported["created"], &imported["rejected"]), (&json!(1), &json!([])), "{imported}");
    assert_eq!(
        imported["warnings"][0]["detail"],
        "A very long text was cut; a tag was cut to 50 characters; the title was cut to 200 characters; the description was cut to 1000 \
         characters; only the first 20 tags are kept."
    );
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(list[0]["title"], "s".repeat(200));
    assert_eq!(list[0]["description"], "d".repeat(1000));
    let tags = list[0]["tags"].as_array().unwrap();
    assert_eq!((tags.len(), &tags[7]), (20, &json!(format!("7{}", "t".repeat(49)))));
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200)["skipped"], 1, "the shortened uid is stable");
}

fn a_missing_summary_becomes_a_title(database: Database) {
    let app = App::start(database);
    for (uid, lines, expected) in [
        ("nothing", "PRIORITY:1", "Untitled"),
        ("blank", "SUMMARY:  \nDESCRIPTION:\\n  \\n second line \\nthird", "second line"),
    ] {
        let body = calendar_with_todo(&format!("UID:{uid}\n{lines}"));
        let imported = import_calendar(&app, body.as_bytes()).expect(200);
        assert_eq!((&imported["created"], &imported["warnings"][0]["title"]), (&json!(1), &json!(expected)));
        assert_members(&app, uid, &json!({ "title": expected }));
    }
}

fn the_due_time_follows_from_start_and_duration(database: Database) {
    let app = App::start(database);
    for (number, (lines, due, rule)) in [
        ("DTSTART:20270104T090000Z\nDURATION:PT1H30M", "2027-01-04T10:30:00Z", json!(null)),
        ("DTSTART;TZID=Europe/Berlin:20270327T090000\nDURATION:P1D", "2027-03-28T07:00:00Z", json!(null)),
        ("DTSTART;TZID=Europe/Berlin:20270327T090000\nDURATION:PT24H", "2027-03-28T08:00:00Z", json!(null)),
        ("DTSTART;VALUE=DATE:20270104\nDURATION:P2D", "2027-01-06", json!(null)),
        ("DTSTART:20270104T090000Z\nDUE:20270105T090000Z\nDURATION:PT1H", "2027-01-05T09:00:00Z", json!(null)),
        ("DTSTART;VALUE=DATE:20270104\nRRULE:FREQ=WEEKLY", "2027-01-04", json!("FREQ=WEEKLY")),
        // the rule counts from DTSTART, and moves with the due date
        (
            "DTSTART:20270104T090000Z\nDUE:20270106T170000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO",
            "2027-01-06T17:00:00Z",
            json!("FREQ=WEEKLY;BYDAY=WE;WKST=WE"),
        ),
        (
            "DTSTART:20270104T090000Z\nDUE:20270106T170000Z\nRRULE:FREQ=MONTHLY;BYDAY=1MO",
            "2027-01-04T09:00:00Z",
            json!("FREQ=MONTHLY;BYDAY=1MO"),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let task = imported_task(&app, &format!("due-{number}"), &format!("SUMMARY:t\n{lines}"));
        assert_eq!((&task["due_date"], &task["recurrence_rule"]), (&json!(due), &rule), "{lines}");
    }
    assert_eq!(imported_task(&app, "start", "SUMMARY:t\nDTSTART:20270104T090000Z")["due_date"], json!(null));
    let unreadable = calendar_with_todo("SUMMARY:t\nDTSTART:20270104T090000Z\nDURATION:soon");
    assert_eq!(import_calendar(&app, unreadable.as_bytes()).expect(200)["created"], 0);
    assert_eq!(complete(&app, "due-6")[0]["due_date"], "2027-01-13T17:00:00Z");
}

fn cancelled_and_finished_tasks_are_completed(database: Database) {
    let app = App::start(database);
    for (uid, lines, completed, tags) in [
        ("cancelled", "STATUS:CANCELLED\nCATEGORIES:a", true, json!(["a", "cancelled"])),
        ("percent", "PERCENT-COMPLETE:100", true, json!([])),
        ("in-process", "STATUS:IN-PROCESS\nPERCENT-COMPLETE:100", true, json!([])),
        ("half", "STATUS:IN-PROCESS\nPERCENT-COMPLETE:50", false, json!([])),
        ("pending", "STATUS:NEEDS-ACTION", false, json!([])),
    ] {
        let task = imported_task(&app, uid, &format!("SUMMARY:t\n{lines}"));
        assert_eq!((&task["completed"], &task["tags"]), (&json!(completed), &tags), "{lines}");
    }
    let text = app.request_as("alice", "GET", "/api/tasks/export?format=ics").send().chunked_body();
    let text = String::from_utf8(text).unwrap();
    assert_eq!((text.matches("STATUS:CANCELLED").count(), text.matches("STATUS:COMPLETED").count()), (1, 2), "{text}");
}

fn relative_alarms_become_reminders(database: Database) {
    let app = App::start(database);
    let berlin = "DTSTART;TZID=Europe/Berlin:20270328T090000\nDUE;TZID=Europe/Berlin:20270328T170000";
    for (number, (lines, alarm, expected)) in [
        (berlin, "TRIGGER:-PT15M", json!("2027-03-28T06:45:00Z")),
        (berlin, "TRIGGER;RELATED=START:-PT15M", json!("2027-03-28T06:45:00Z")),
        (berlin, "TRIGGER;VALUE=DURATION;RELATED=END:-PT15M", json!("2027-03-28T14:45:00Z")),
        (berlin, "TRIGGER;RELATED=END:PT0S", json!("2027-03-28T15:00:00Z")),
        // a day is a day of the calendar: 23 hours here
        (berlin, "TRIGGER:-P1D", json!("2027-03-27T08:00:00Z")),
        ("DUE:20270104T090000Z", "TRIGGER:-PT15M", json!("2027-01-04T08:45:00Z")),
        ("DUE;VALUE=DATE:20270104", "TRIGGER:PT9H", json!("2027-01-04T09:00:00Z")),
        (
            "DUE;VALUE=DATE:20270104\nX-TASK-API-TIME-ZONE:Europe/Berlin",
            "TRIGGER;RELATED=END:PT9H",
            json!("2027-01-04T08:00:00Z"),
        ),
        ("DTSTART:20270104T090000Z\nDURATION:PT1H", "TRIGGER;RELATED=END:-PT15M", json!("2027-01-04T09:45:00Z")),
        ("DUE:20270104T090000Z", "TRIGGER;VALUE=DATE-TIME:20270101T080000Z", json!("2027-01-01T08:00:00Z")),
        ("DUE:20270104T090000Z", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z\nACTION:NONE", json!(null)),
        ("PRIORITY:1", "TRIGGER:-PT15M", json!(null)),
    ]
    .into_iter()
    .enumerate()
    {
        let lines = format!("SUMMARY:t\n{lines}\nBEGIN:VALARM\n{alarm}\nEND:VALARM");
        let task = imported_task(&app, &format!("alarm-{number}"), &lines);
        assert_eq!(task["remind_at"], expected, "{lines}");
    }
    let two = "SUMMARY:t\nDUE:20270104T090000Z\nBEGIN:VALARM\nTRIGGER:-PT1H\nEND:VALARM\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM";
    let imported = import_calendar(&app, calendar_with_todo(&format!("UID:two\n{two}")).as_bytes()).expect(200);
    assert_eq!(imported["warnings"][0]["detail"], "Only the first of several alarms is kept.");
    assert_members(&app, "two", &json!({ "remind_at": "2027-01-04T08:00:00Z" }));
}

fn damaged_files_are_imported_as_far_as_possible(database: Database) {
    let app = App::start(database);
    let good = |uid: &str| format!("BEGIN:VTODO\nUID:{uid}\nSUMMARY:t\nEND:VTODO\n");
    for (number, (body, rejected)) in [
        // the file ends within a task
        (format!("BEGIN:VCALENDAR\n{}BEGIN:VTODO\nSUMMARY:open\n", good("d0")), 1),
        // an alarm without END, and an END without BEGIN
        (
            calendar(&format!(
                "BEGIN:VTODO\nUID:d1\nSUMMARY:t\nBEGIN:VALARM\nTRIGGER:PT0S\nEND:VTODO\nEND:VALARM\n{}",
                good("d1b")
            )),
            0,
        ),
        // a calendar that ends within a task
        (calendar(&format!("{}BEGIN:VTODO\nSUMMARY:open", good("d2"))), 1),
        // no calendar around the tasks, and text between calendars
        (format!("{}\nnonsense\n{}", good("d3"), calendar(&good("d3b"))), 0),
        // lines of other components that are not NAME:value
        (calendar(&format!("BEGIN:VEVENT\nnonsense\nEND:VEVENT\n{}", good("d4"))), 0),
    ]
    .into_iter()
    .enumerate()
    {
        let imported = import_calendar(&app, body.as_bytes()).expect(200);
        assert_eq!(imported["rejected"].as_array().map(Vec::len), Some(rejected), "{body}: {imported}");
        task(&app, &format!("d{number}"));
    }
}
