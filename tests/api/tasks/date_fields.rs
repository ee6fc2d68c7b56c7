//! The members of a task that are dates, times, zones and rules.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};
use crate::tasks::text_fields::{assert_read, assert_refused, unchanged};

on_both!(
    a_due_date_is_a_day_or_an_instant,
    date_times_are_read_in_many_forms,
    a_date_that_does_not_exist_is_refused,
    a_leap_second_is_the_same_on_both_databases,
    what_is_no_date_is_refused,
    a_reminder_is_an_instant,
    a_time_zone_has_an_iana_name,
    a_recurrence_is_an_rrule_or_a_word,
    what_is_no_rrule_is_refused,
);

fn read_as(cases: &[(&str, &str)]) -> Vec<(Value, Value)> {
    cases.iter().map(|(given, read)| (json!(given), json!(read))).collect()
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|value| json!(value)).collect()
}

fn a_due_date_is_a_day_or_an_instant(database: Database) {
    let app = App::start(database);
    let days = ["2026-12-01", "2028-02-29", "2000-02-29", "1969-12-31", "0001-01-01", "9999-12-31"];
    assert_read(&app, "due_date", "due_date", &unchanged(&days));
    let instants = [
        "2026-12-01T09:00:00Z",
        "2026-12-01T00:00:00Z",
        "2026-12-01T09:00:00.123Z",
        "1969-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
    ];
    assert_read(&app, "due_date", "due_date", &unchanged(&instants));
    assert_read(&app, "due_date", "due_date", &[(json!(null), json!(null)), (json!(""), json!(null))]);
}

/// Those of RFC 3339, of `<input type="datetime-local">`, of Python's `isoformat` and of JavaScript's `toISOString`.
const FORMS: [(&str, &str); 17] = [
    ("2026-12-01T09:00", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00Z", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00:30", "2026-12-01T09:00:30Z"),
    ("2026-12-01t09:00:30z", "2026-12-01T09:00:30Z"),
    ("2026-12-01 09:00", "2026-12-01T09:00:00Z"),
    ("2026-12-01 09:00:30", "2026-12-01T09:00:30Z"),
    ("2026-12-01 09:00:30+02:00", "2026-12-01T07:00:30Z"),
    ("2026-12-01T09:00:00+00:00", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00:00-00:00", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00:00+01:00", "2026-12-01T08:00:00Z"),
    ("2026-12-01T09:00-05:30", "2026-12-01T14:30:00Z"),
    ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
    ("2028-03-01T00:30:00+01:00", "2028-02-29T23:30:00Z"),
    ("2026-12-01T09:00:00.000Z", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00:00.5", "2026-12-01T09:00:00.500Z"),
    ("2026-12-01T09:00:00.123456+01:00", "2026-12-01T08:00:00.123Z"),
    ("2026-12-01T09:00:00.123456789Z", "2026-12-01T09:00:00.123Z"),
];

fn date_times_are_read_in_many_forms(database: Database) {
    let app = App::start(database);
    assert_read(&app, "due_date", "due_date", &read_as(&FORMS));
    assert_read(&app, "remind_at", "remind_at", &read_as(&FORMS));
}

fn a_date_that_does_not_exist_is_refused(database: Database) {
    let app = App::start(database);
    let days = ["2026-02-30", "2027-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31"];
    assert_refused(&app, "due_date", &texts(&days));
    let times = [
        "2026-02-30T09:00:00Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T25:00",
        "2026-12-01T23:60:00Z",
        "2026-12-01T23:59:61Z",
        "2026-12-01T09:00:00+25:00",
    ];
    assert_refused(&app, "due_date", &texts(&times));
    // what could not be written with four digits, also by way of its offset
    let years = [
        "0000-01-01",
        "-0001-01-01",
        "+2026-12-01",
        "10000-01-01",
        "12026-12-01T09:00:00Z",
        "26-12-01",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+00:01",
    ];
    assert_refused(&app, "due_date", &texts(&years));
}

/// RFC 3339 allows it, PostgreSQL's type and JavaScript's `Date` do not know it: it is the second that follows.
fn a_leap_second_is_the_same_on_both_databases(database: Database) {
    let app = App::start(database);
    let cases =
        [("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("2016-12-31T18:59:60-05:00", "2017-01-01T00:00:00Z")];
    assert_read(&app, "due_date", "due_date", &read_as(&cases));
}

fn what_is_no_date_is_refused(database: Database) {
    let app = App::start(database);
    let values = [
        "tomorrow",
        "1",
        "1764579600",
        "20261201",
        "2026",
        "2026-12",
        "2026-1-1",
        "2026-12-1",
        "2026 - 12 - 01",
        "01/12/2026",
        "2026/12/01",
        "2026-12-01T",
        "2026-12-01T09",
        "2026-12-01T9:00",
        "2026-12-01T09:0",
        "2026-12-01T09:00:00.Z",
        "2026-12-01T09:00:00ZZ",
        "2026-12-01T09:00:00+01:00Z",
        "2026-12-01T09:00:00Z and more",
        "2026-12-01T09:00:00 Europe/Vienna",
        "2026-12-01  09:00",
        "Tue, 01 Dec 2026 09:00:00 GMT",
        "2026-12-01T09:00:00Z\0",
        "\u{ff12}026-12-01",
        "2026-12-01T09:00:00\u{2212}01:00",
    ];
    assert_refused(&app, "due_date", &texts(&values));
    assert_refused(&app, "remind_at", &texts(&values));
    let types = [json!(20261201), json!(1.5), json!(true), json!(["2026-12-01"]), json!({ "date": "2026-12-01" })];
    assert_refused(&app, "due_date", &types);
    assert_refused(&app, "remind_at", &types);
}

fn a_reminder_is_an_instant(database: Database) {
    let app = App::start(database);
    assert_read(&app, "remind_at", "remind_at", &unchanged(&["2026-12-01T09:00:00Z", "2026-12-01T09:00:00.123Z"]));
    assert_read(&app, "remind_at", "remind_at", &[(json!(null), json!(null)), (json!(""), json!(null))]);
    assert_refused(&app, "remind_at", &texts(&["2026-02-30T09:00:00Z", "9999-12-31T23:59:59-00:01"]));
}

fn a_time_zone_has_an_iana_name(database: Database) {
    let app = App::start(database);
    let names = ["UTC", "Europe/Vienna", "Europe/Kyiv", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+1"];
    assert_read(&app, "time_zone", "time_zone", &unchanged(&names));
    assert_read(&app, "time_zone", "time_zone", &[(json!(null), json!(null)), (json!(""), json!(null))]);
    let wrong =
        ["Mars/Olympus_Mons", "Vienna", "+01:00", "UTC+1", "../../etc/passwd", "Europe/Vienna\0", "Europe/ Vienna"];
    assert_refused(&app, "time_zone", &texts(&wrong));
    assert_refused(&app, "time_zone", &[json!(1), json!(false), json!(["UTC"])]);
}

fn a_recurrence_is_an_rrule_or_a_word(database: Database) {
    let app = App::start(database);
    let rules = [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO",
        "BYDAY=MO;FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
        "FREQ=DAILY;COUNT=10",
        "FREQ=DAILY;UNTIL=20261231T235959Z",
        // of an all-day task, and of one in its own zone (RFC 5545 section 3.3.10)
        "FREQ=DAILY;UNTIL=20261231",
        "FREQ=DAILY;UNTIL=20261231T235959",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=30",
    ];
    assert_read(&app, "recurrence_rule", "recurrence_rule", &unchanged(&rules));
    let read = [
        ("daily", "FREQ=DAILY"),
        ("Weekly", "FREQ=WEEKLY"),
        ("MONTHLY", "FREQ=MONTHLY"),
        ("yEaRlY", "FREQ=YEARLY"),
        ("RRULE:FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3"),
        ("rrule:freq=weekly;byday=mo,fr", "FREQ=WEEKLY;BYDAY=MO,FR"),
    ];
    assert_read(&app, "recurrence_rule", "recurrence_rule", &read_as(&read));
    let cleared = [(json!(null), json!(null)), (json!(""), json!(null))];
    assert_read(&app, "recurrence_rule", "recurrence_rule", &cleared);
}

fn what_is_no_rrule_is_refused(database: Database) {
    let app = App::start(database);
    let wrong = [
        "sometimes",
        "hello world",
        "FREQ",
        "FREQ=",
        "FREQ=FORTNIGHTLY",
        "BYDAY=MO",
        "RRULE:",
        "RRULE:RRULE:FREQ=DAILY",
        "FREQ=DAILY;",
        "FREQ=DAILY;;COUNT=1",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;FOO=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=some",
        "FREQ=DAILY;COUNT=3;UNTIL=20261231T000000Z",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYSETPOS=1",
        "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY",
        "FREQ=DAILY\r\nSUMMARY:x",
        "FREQ=DAILY\0",
    ];
    assert_refused(&app, "recurrence_rule", &texts(&wrong));
    let long = format!("FREQ=MONTHLY;BYMONTHDAY=1{}", ",1".repeat(5000));
    assert_refused(
        &app,
        "recurrence_rule",
        &[json!(long), json!(7), json!(["FREQ=DAILY"]), json!({ "freq": "daily" })],
    );
}
