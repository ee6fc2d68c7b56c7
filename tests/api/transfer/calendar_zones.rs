//! Time zones of imported calendars, and of exported ones.

use serde_json::json;

use super::{assert_members, calendar, calendar_with_todo, complete, import_calendar, report};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    names_of_zones_are_recognized_in_all_forms,
    skipped_and_repeated_times_are_those_of_rfc_5545,
    a_vtimezone_describes_any_other_zone,
    a_zone_without_a_source_rejects_the_task,
    floating_times_are_in_the_default_zone,
    an_export_has_the_zones_of_its_times,
);

fn names_of_zones_are_recognized_in_all_forms(database: Database) {
    let app = App::start(database);
    for (number, (zone, expected_due, expected_zone)) in [
        ("Europe/Berlin", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("europe/BERLIN", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("/MOZILLA.org/20070129_1/europe/berlin", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        (
            "/citadel.org/20190914_1/America/Argentina/Buenos_Aires",
            "2027-07-01T12:00:00Z",
            "America/Argentina/Buenos_Aires",
        ),
        ("W. Europe Standard Time", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("\"W. Europe Standard Time\"", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("w. europe standard time", "2027-07-01T07:00:00Z", "Europe/Berlin"),
        ("Pacific Standard Time", "2027-07-01T16:00:00Z", "America/Los_Angeles"),
        ("Tokyo Standard Time", "2027-07-01T00:00:00Z", "Asia/Tokyo"),
        ("US Eastern Standard Time", "2027-07-01T13:00:00Z", "America/Indiana/Indianapolis"),
        ("Newfoundland Standard Time", "2027-07-01T11:30:00Z", "America/St_Johns"),
    ]
    .into_iter()
    .enumerate()
    {
        let uid = format!("zone-{number}");
        let body = calendar_with_todo(&format!("UID:{uid}\nSUMMARY:t\nDUE;TZID={zone}:20270701T090000"));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(1, 0, 0), "{zone}");
        assert_members(&app, &uid, &json!({ "due_date": expected_due, "time_zone": expected_zone }));
    }
}

fn skipped_and_repeated_times_are_those_of_rfc_5545(database: Database) {
    let app = App::start(database);
    for (number, (zone, local, expected)) in [
        ("Europe/Berlin", "20270328T023000", "2027-03-28T01:30:00Z"),
        ("W. Europe Standard Time", "20270328T023000", "2027-03-28T01:30:00Z"),
        ("America/Santiago", "20270905T000000", "2027-09-05T04:00:00Z"),
        ("Australia/Lord_Howe", "20271003T021500", "2027-10-02T15:45:00Z"),
        ("America/New_York", "20270314T023000", "2027-03-14T07:30:00Z"),
        ("Europe/Berlin", "20271031T023000", "2027-10-31T00:30:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let uid = format!("time-{number}");
        let body = calendar_with_todo(&format!("UID:{uid}\nSUMMARY:t\nDUE;TZID={zone}:{local}"));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(1, 0, 0), "{zone}");
        assert_members(&app, &uid, &json!({ "due_date": expected }));
    }
}

/// Central European time under this name.
fn central_europe(name: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE
         TZID:{name}
         BEGIN:STANDARD
         DTSTART:16011028T030000
         RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
         TZOFFSETFROM:+0200
         TZOFFSETTO:+0100
         END:STANDARD
         BEGIN:DAYLIGHT
         DTSTART:16010325T020000
         RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
         TZOFFSETFROM:+0100
         TZOFFSETTO:+0200
         END:DAYLIGHT
         END:VTIMEZONE"
    )
}

fn a_vtimezone_describes_any_other_zone(database: Database) {
    let app = App::start(database);
    let name = "(UTC+01:00) Amsterdam, Berlin, Rome";
    let todo = format!(
        "BEGIN:VTODO
         UID:weekly
         SUMMARY:t
         DTSTART;TZID=\"{name}\":20270322T090000
         RRULE:FREQ=WEEKLY
         END:VTODO
         BEGIN:VTODO
         UID:gap
         SUMMARY:t
         DUE;TZID=\"{name}\":20270328T023000
         END:VTODO"
    );
    // the definition may follow the tasks
    let definition = central_europe(&name.replace(',', "\\,"));
    let body = calendar(&format!("{todo}\n{definition}"));
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(2, 0, 0));
    assert_members(&app, "weekly", &json!({ "due_date": "2027-03-22T08:00:00Z", "time_zone": "Europe/Amsterdam" }));
    assert_members(&app, "gap", &json!({ "due_date": "2027-03-28T01:30:00Z" }));
    assert_eq!(complete(&app, "weekly")[0]["due_date"], "2027-03-29T07:00:00Z");
    // offsets that no IANA zone has: a time is exact, and a series is rejected
    let odd = "BEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0317\nTZOFFSETTO:+0317\nEND:STANDARD\n\
               END:VTIMEZONE\nBEGIN:VTODO\nUID:odd\nSUMMARY:t\nDUE;TZID=odd:20270101T031700\nEND:VTODO\nBEGIN:VTODO\nUID:odd-series\nSUMMARY:t\n\
               DUE;TZID=Odd:20270101T031700\nRRULE:FREQ=DAILY\nEND:VTODO";
    let imported = import_calendar(&app, calendar(odd).as_bytes()).expect(200);
    assert_eq!((&imported["created"], &imported["rejected"][0]["uid"]), (&json!(1), &json!("odd-series")));
    assert_members(&app, "odd", &json!({ "due_date": "2027-01-01T00:00:00Z", "time_zone": null }));
}

fn a_zone_without_a_source_rejects_the_task(database: Database) {
    let app = App::start(database);
    for property in ["DUE", "DTSTART", "EXDATE", "RECURRENCE-ID", "CREATED"] {
        let body = calendar_with_todo(&format!(
            "UID:x\nSUMMARY:t\n{property};TZID=Nowhere/Land:20270101T090000\nRRULE:FREQ=DAILY"
        ));
        let imported = import_calendar(&app, body.as_bytes()).expect(200);
        let detail = imported["rejected"][0]["detail"].as_str().unwrap_or_else(|| panic!("{property}: {imported}"));
        assert!(detail.contains("\"Nowhere/Land\"") && detail.contains("VTIMEZONE"), "{property}: {detail}");
        assert_eq!(imported["created"], 0, "{property}");
    }
    let alarm = "SUMMARY:t\nBEGIN:VALARM\nTRIGGER;VALUE=DATE-TIME;TZID=Nowhere:20270101T090000\nEND:VALARM";
    assert_eq!(import_calendar(&app, calendar_with_todo(alarm).as_bytes()).expect(200)["created"], 0);
    // definitions that cannot be read are no source
    for definition in [
        "TZID:Nowhere",
        "TZID:Nowhere\nBEGIN:STANDARD\nEND:STANDARD",
        "TZID:Nowhere\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:later\nEND:STANDARD",
        "TZID:Nowhere\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD",
    ] {
        let body = calendar(&format!(
            "BEGIN:VTIMEZONE\n{definition}\nEND:VTIMEZONE\nBEGIN:VTODO\nSUMMARY:t\nDUE;TZID=Nowhere:20270101T090000\nEND:VTODO"
        ));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200)["created"], 0, "{definition}");
    }
}

fn floating_times_are_in_the_default_zone(database: Database) {
    let app = App::start(database);
    let todo = |uid: &str| format!("BEGIN:VTODO\nUID:{uid}\nSUMMARY:t\nDUE:20270701T090000\nEND:VTODO");
    for (uid, zone, expected_due, expected_zone) in [
        ("none", "", "2027-07-01T09:00:00Z", json!(null)),
        ("iana", "X-WR-TIMEZONE:Europe/Berlin", "2027-07-01T07:00:00Z", json!("Europe/Berlin")),
        ("windows", "X-WR-TIMEZONE:Tokyo Standard Time", "2027-07-01T00:00:00Z", json!("Asia/Tokyo")),
    ] {
        let body = calendar(&format!("{zone}\n{}", todo(uid)));
        assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(1, 0, 0), "{zone}");
        assert_members(&app, uid, &json!({ "due_date": expected_due, "time_zone": expected_zone }));
    }
    // the zone may follow the tasks, and holds for its calendar alone
    let body = calendar(&format!("{}\nX-WR-TIMEZONE:Asia/Tokyo", todo("after"))) + &calendar(&todo("other"));
    assert_eq!(import_calendar(&app, body.as_bytes()).expect(200), report(2, 0, 0));
    assert_members(&app, "after", &json!({ "due_date": "2027-07-01T00:00:00Z" }));
    assert_members(&app, "other", &json!({ "due_date": "2027-07-01T09:00:00Z" }));
    let unknown = calendar(&format!("X-WR-TIMEZONE:Nowhere\n{}", todo("unknown")));
    let imported = import_calendar(&app, unknown.as_bytes()).expect(200);
    assert!(imported["rejected"][0]["detail"].as_str().unwrap().contains("\"Nowhere\""), "{imported}");
}

fn an_export_has_the_zones_of_its_times(database: Database) {
    let app = App::start(database);
    for task in [
        json!({ "title": "weekly", "due_date": "2027-07-01T07:00:00Z", "time_zone": "Europe/Berlin", "recurrence_rule": "FREQ=WEEKLY" }),
        json!({ "title": "once", "due_date": "2027-07-01T07:00:00Z", "time_zone": "Europe/Berlin" }),
        json!({ "title": "day", "due_date": "2027-07-01", "time_zone": "Asia/Tokyo", "recurrence_rule": "FREQ=WEEKLY" }),
        json!({ "title": "utc", "due_date": "2027-07-01T07:00:00Z", "recurrence_rule": "FREQ=DAILY" }),
    ] {
        app.create("alice", &task);
    }
    let text = app.request_as("alice", "GET", "/api/tasks/export?format=ics").send().chunked_body();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n").count(), 1, "{text}");
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1, "{text}");
    assert!(text.find("BEGIN:VTIMEZONE") < text.find("BEGIN:VTODO"), "{text}");
    assert_eq!(text.matches("DUE;TZID=Europe/Berlin:20270701T090000\r\n").count(), 2, "{text}");
    assert_eq!(text.matches("DTSTART;TZID=Europe/Berlin:20270701T090000\r\n").count(), 1, "{text}");
    assert_eq!(text.matches("DTSTART;VALUE=DATE:20270701\r\n").count(), 1, "{text}");
    assert_eq!(text.matches("DTSTART:20270701T070000Z\r\n").count(), 1, "{text}");
    // the last day of shorter months, for programs that do not know SKIP
    let monthly = app.create("bob", &json!({ "title": "monthly", "due_date": "2027-01-31", "recurrence_rule": "monthly" }));
    assert_eq!(monthly["recurrence_rule"], "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD");
    let text = app.request_as("bob", "GET", "/api/tasks/export?format=ics").send().chunked_body();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1\r\n"), "{text}");
}
