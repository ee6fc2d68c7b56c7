//! Calendars in the forms that other programs write. The files are in `tests/data/calendars`.

use serde_json::{Value, json};

use super::{assert_members, complete, import_calendar, report};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    evolution,
    thunderbird,
    outlook,
    apple,
    nextcloud,
    tasks_org,
    two_do,
    home_assistant,
    todoist,
    all_files_are_skipped_when_imported_again,
);

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/calendars/{name}.ics", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Imports a file into an empty database.
fn import_file(database: Database, name: &str, expected: &Value) -> App {
    let app = App::start(database);
    let mut imported = import_calendar(&app, &file(name)).expect(200);
    imported.as_object_mut().unwrap().remove("warnings");
    assert_eq!(&imported, expected, "{name}");
    app
}

fn evolution(database: Database) {
    let app = import_file(database, "evolution", &report(2, 0, 0));
    assert_members(
        &app,
        "3f1c8a5e0b7d4c2f9a61@evolution",
        &json!({
            "title": "Prepare the yearly accounts", "description": "Receipts, invoices;\nand the bank statements",
            "due_date": "2027-01-04T16:00:00Z", "time_zone": "Europe/Berlin", "remind_at": "2027-01-04T07:45:00Z",
            "tags": ["Business", "Important"], "priority": "high", "completed": false, "created_at": "2026-11-01T18:00:00.000Z",
        }),
    );
    assert_members(
        &app,
        "77aa10c4e9b24f0d8d35@evolution",
        &json!({ "due_date": "2026-12-10", "completed": true, "completed_at": "2026-11-03T00:00:00.000Z" }),
    );
}

fn thunderbird(database: Database) {
    let app = import_file(database, "thunderbird", &report(3, 0, 0));
    let series = "b6c2f0d8-41f5-4c89-9f3e-6a7a6d1f2e10";
    assert_members(
        &app,
        series,
        &json!({
            "title": "Water the office plants", "due_date": "2027-01-04T08:00:00Z", "recurrence_rule": "FREQ=WEEKLY;BYDAY=MO",
            "time_zone": "Europe/Berlin", "remind_at": "2027-01-04T07:30:00Z",
            "excluded_dates": ["2027-01-11T08:00:00Z", "2027-01-18T08:00:00Z"],
        }),
    );
    assert_members(
        &app,
        &format!("{series}/20270111T080000Z"),
        &json!({ "title": "Water the office plants (moved)", "due_date": "2027-01-12T08:00:00Z", "recurrence_rule": null }),
    );
    assert_members(
        &app,
        "0d4b4c1a-7cf8-4a11-8a58-0f7be3d8c9aa",
        &json!({ "completed": true, "status": "completed", "tags": ["cancelled"] }),
    );
    let next = complete(&app, series);
    assert_eq!((next.len(), &next[0]["due_date"]), (1, &json!("2027-01-25T08:00:00Z")), "two occurrences are excluded");
}

fn outlook(database: Database) {
    let uid = "040000008200E00074C5B7101A82E00800000000";
    let mut expected = report(2, 0, 0);
    expected["rejected"] = json!([{
        "uid": format!("{uid}EEEE"), "title": "A zone without a definition",
        "detail": "due_date has the time zone \"Tasmania Research Time\", which is neither an IANA name nor a Windows name, and which no \
                   VTIMEZONE of the calendar describes",
    }]);
    let app = import_file(database, "outlook", &expected);
    assert_members(
        &app,
        &format!("{uid}B0A1C2D3E4F5DA01000000000000000010000000A1B2C3D4E5F60718293A4B5C6D7E8F90"),
        &json!({ "title": "Send the offer", "due_date": "2027-07-01T09:30:00Z", "time_zone": "Europe/Berlin", "priority": "high" }),
    );
    assert_members(
        &app,
        &format!("{uid}FFFF"),
        &json!({
            "due_date": "2027-01-04T23:00:00Z", "time_zone": "America/New_York",
            "recurrence_rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU",
        }),
    );
}

fn apple(database: Database) {
    let app = import_file(database, "apple", &report(3, 0, 0));
    let uid = "5A0F7C33-0E3C-4B0B-8D6B-2C1E4F1D9A0";
    assert_members(
        &app,
        &format!("{uid}1"),
        &json!({
            "due_date": "2027-01-05T07:00:00Z", "time_zone": "Europe/Vienna", "recurrence_rule": "FREQ=WEEKLY;INTERVAL=2",
            "remind_at": "2027-01-05T07:00:00Z", "priority": "medium",
        }),
    );
    assert_members(&app, &format!("{uid}2"), &json!({ "remind_at": null, "due_date": null, "priority": "low" }));
    assert_members(
        &app,
        &format!("{uid}3"),
        &json!({ "completed": true, "completed_at": "2026-11-10T09:00:00.000Z", "due_date": "2026-12-20", "time_zone": "Europe/Vienna" }),
    );
}

fn nextcloud(database: Database) {
    let app = import_file(database, "nextcloud", &report(2, 0, 0));
    let uid = "1c6f9a4e-2f7b-4f2a-9d58-5b8e5a7b1d1";
    // the due time does not exist: the clock moves from 02:00 to 03:00
    assert_members(
        &app,
        &format!("{uid}1"),
        &json!({
            "due_date": "2027-03-28T01:30:00Z", "time_zone": "Europe/Berlin", "remind_at": "2027-03-27T02:30:00Z", "completed": false,
            "created_at": "2026-11-01T09:15:00.000Z",
        }),
    );
    assert_members(&app, &format!("{uid}2"), &json!({ "due_date": "2027-02-10", "completed": true }));
}

fn tasks_org(database: Database) {
    let app = import_file(database, "tasks-org", &report(2, 0, 0));
    assert_members(
        &app,
        "4823091165510021233",
        &json!({
            "due_date": "2027-01-04T08:30:00Z", "time_zone": "Europe/Lisbon", "recurrence_rule": "FREQ=DAILY",
            "remind_at": "2027-01-04T08:30:00Z", "tags": ["Health", "Every day"], "priority": "high",
        }),
    );
    assert_members(
        &app,
        "4823091165510021234",
        &json!({
            "title": "Ask for the price", "description": "Ask for the price\nand the delivery time", "due_date": "2027-01-15",
            "priority": "none",
        }),
    );
    let next = complete(&app, "4823091165510021233");
    assert_eq!(next[0]["due_date"], "2027-01-05T08:30:00Z");
}

fn two_do(database: Database) {
    let app = import_file(database, "2do", &report(2, 0, 0));
    let uid = "2do-7F2C1B90-30AA-4C6B-9C77-F60B5B8F1E0";
    assert_members(
        &app,
        &format!("{uid}1"),
        &json!({
            "title": "Renew the passport", "due_date": "2027-03-01", "priority": "high", "tags": ["travel", "papers"],
            "remind_at": "2027-02-27T09:00:00Z", "created_at": "2026-11-01T00:00:00.000Z",
        }),
    );
    assert_members(
        &app,
        &format!("{uid}2"),
        &json!({ "due_date": "2027-01-31", "recurrence_rule": "FREQ=MONTHLY;BYMONTHDAY=-1" }),
    );
    assert_eq!(complete(&app, &format!("{uid}2"))[0]["due_date"], "2027-02-28");
}

fn home_assistant(database: Database) {
    let app = import_file(database, "home-assistant", &report(2, 0, 0));
    let uid = "0c2f6f40-dbb0-11ef-9d6e-0242ac11000";
    assert_members(
        &app,
        &format!("{uid}2"),
        &json!({ "due_date": "2027-01-08T00:00:00Z", "time_zone": "America/New_York", "description": "The one in the hall" }),
    );
    assert_members(
        &app,
        &format!("{uid}3"),
        &json!({ "due_date": "2026-11-07", "completed_at": "2026-11-06T08:00:00.000Z" }),
    );
}

fn todoist(database: Database) {
    let app = App::start(database);
    let imported = import_calendar(&app, &file("todoist")).expect(200);
    assert_eq!((&imported["created"], &imported["rejected"][0]["uid"]), (&json!(2), &json!("8213009213@todoist.com")));
    let warning = &imported["warnings"][0];
    assert_eq!(warning["uid"], "8213009211@todoist.com");
    assert_eq!(warning["detail"], "The title was cut to 200 characters; the description was cut to 1000 characters.");
    let (title, description) =
        (format!("Read {}", "the report about übergreifende Planung ".repeat(8)), "äöü\u{1f980} ".repeat(260));
    let start = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    assert_members(
        &app,
        "8213009211@todoist.com",
        &json!({
            "title": start(&title, 200).trim_end(), "description": start(&description, 1000),
            // 09:00 in Santiago, in summer
            "due_date": "2027-01-04T12:00:00Z", "time_zone": "America/Santiago",
        }),
    );
    assert_members(
        &app,
        "8213009212@todoist.com",
        &json!({ "due_date": "2027-01-05", "time_zone": "America/Santiago" }),
    );
}

fn all_files_are_skipped_when_imported_again(database: Database) {
    let app = App::start(database);
    let folder = std::fs::read_dir(format!("{}/tests/data/calendars", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter_map(|name| name.strip_suffix(".ics").map(str::to_owned)).collect();
    assert_eq!(names.len(), 9);
    for name in names {
        let first = import_calendar(&app, &file(&name)).expect(200);
        let again = import_calendar(&app, &file(&name)).expect(200);
        assert_eq!(
            (&again["created"], &again["updated"], &again["skipped"]),
            (&json!(0), &json!(0), &first["created"]),
            "{name}"
        );
        assert_eq!(again["rejected"], first["rejected"], "{name}");
    }
}
