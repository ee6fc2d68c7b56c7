//! Date, date-time, time zone and recurrence rule members of a task.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};
use crate::tasks::text_fields::{assert_rejected, assert_stored_as, unchanged};

on_both!(
    a_due_date_is_a_day_or_an_instant,
    date_times_are_accepted_in_many_formats,
    a_nonexistent_date_is_rejected,
    a_leap_second_becomes_the_next_second_on_both_databases,
    an_invalid_date_format_is_rejected,
    a_reminder_is_an_instant,
    a_time_zone_is_an_iana_name,
    a_recurrence_rule_is_an_rrule_or_a_frequency_word,
    an_invalid_rrule_is_rejected,
);

fn stored_as(cases: &[(&str, &str)]) -> Vec<(Value, Value)> {
    cases.iter().map(|(input, stored)| (json!(input), json!(stored))).collect()
}

fn json_texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|value| json!(value)).collect()
}

fn a_due_date_is_a_day_or_an_instant(database: Database) {
    let app = App::start(database);
    let days = ["2026-12-01", "2028-02-29", "2000-02-29", "1969-12-31", "0001-01-01", "9999-12-31"];
    assert_stored_as(&app, "due_date", "due_date", &unchanged(&days));
    let instants = [
        "2026-12-01T09:00:00Z",
        "2026-12-01T00:00:00Z",
        "2026-12-01T09:00:00.123Z",
        "1969-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
    ];
    assert_stored_as(&app, "due_date", "due_date", &unchanged(&instants));
    assert_stored_as(&app, "due_date", "due_date", &[(json!(null), json!(null)), (json!(""), json!(null))]);
}

/// Formats of RFC 3339, `<input type="datetime-local">`, Python's `isoformat` and JavaScript's `toISOString`.
const DATE_TIME_FORMATS: [(&str, &str); 17] = [
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

fn date_times_are_accepted_in_many_formats(database: Database) {
    let app = App::start(database);
    assert_stored_as(&app, "due_date", "due_date", &stored_as(&DATE_TIME_FORMATS));
    assert_stored_as(&app, "remind_at", "remind_at", &stored_as(&DATE_TIME_FORMATS));
}

fn a_nonexistent_date_is_rejected(database: Database) {
    let app = App::start(database);
    let days = ["2026-02-30", "2027-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31"];
    assert_rejected(&app, "due_date", &json_texts(&days));
    let times = [
        "2026-02-30T09:00:00Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T25:00",
        "2026-12-01T23:60:00Z",
        "2026-12-01T23:59:61Z",
        "2026-12-01T09:00:00+25:00",
    ];
    assert_rejected(&app, "due_date", &json_texts(&times));
    // years outside 0001 to 9999, also as a result of the offset
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
    assert_rejected(&app, "due_date", &json_texts(&years));
}

/// RFC 3339 allows leap seconds. PostgreSQL's type and JavaScript's `Date` do not: the next second is stored.
fn a_leap_second_becomes_the_next_second_on_both_databases(database: Database) {
    let app = App::start(database);
    let cases =
        [("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("2016-12-31T18:59:60-05:00", "2017-01-01T00:00:00Z")];
    assert_stored_as(&app, "due_date", "due_date", &stored_as(&cases));
}

fn an_invalid_date_format_is_rejected(database: Database) {
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
    assert_rejected(&app, "due_date", &json_texts(&values));
    assert_rejected(&app, "remind_at", &json_texts(&values));
    let types = [json!(20261201), json!(1.5), json!(true), json!(["2026-12-01"]), json!({ "date": "2026-12-01" })];
    assert_rejected(&app, "due_date", &types);
    assert_rejected(&app, "remind_at", &types);
}

fn a_reminder_is_an_instant(database: Database) {
    let app = App::start(database);
    assert_stored_as(&app, "remind_at", "remind_at", &unchanged(&["2026-12-01T09:00:00Z", "2026-12-01T09:00:00.123Z"]));
    assert_stored_as(&app, "remind_at", "remind_at", &[(json!(null), json!(null)), (json!(""), json!(null))]);
    assert_rejected(&app, "remind_at", &json_texts(&["2026-02-30T09:00:00Z", "9999-12-31T23:59:59-00:01"]));
}

fn a_time_zone_is_an_iana_name(database: Database) {
    let app = App::start(database);
    let names = ["UTC", "Europe/Vienna", "Europe/Kyiv", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/GMT+1"];
    assert_stored_as(&app, "time_zone", "time_zone", &unchanged(&names));
    assert_stored_as(&app, "time_zone", "time_zone", &[(json!(null), json!(null)), (json!(""), json!(null))]);
    let invalid =
        ["Mars/Olympus_Mons", "Vienna", "+01:00", "UTC+1", "../../etc/passwd", "Europe/Vienna\0", "Europe/ Vienna"];
    assert_rejected(&app, "time_zone", &json_texts(&invalid));
    assert_rejected(&app, "time_zone", &[json!(1), json!(false), json!(["UTC"])]);
}

fn a_recurrence_rule_is_an_rrule_or_a_frequency_word(database: Database) {
    let app = App::start(database);
    let rules = [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO",
        "BYDAY=MO;FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
        "FREQ=DAILY;COUNT=10",
        "FREQ=DAILY;UNTIL=20261231T235959Z",
        // for an all-day task, and for local time (RFC 5545 section 3.3.10)
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
    assert_stored_as(&app, "recurrence_rule", "recurrence_rule", &unchanged(&rules));
    let stored = [
        ("daily", "FREQ=DAILY"),
        ("Weekly", "FREQ=WEEKLY"),
        ("MONTHLY", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
        ("yEaRlY", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD"),
        ("RRULE:FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3"),
        ("rrule:freq=weekly;byday=mo,fr", "FREQ=WEEKLY;BYDAY=MO,FR"),
    ];
    assert_stored_as(&app, "recurrence_rule", "recurrence_rule", &stored_as(&stored));
    let cleared = [(json!(null), json!(null)), (json!(""), json!(null))];
    assert_stored_as(&app, "recurrence_rule", "recurrence_rule", &cleared);
}

fn an_invalid_rrule_is_rejected(database: Database) {
    let app = App::start(database);
    let invalid = [
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
    assert_rejected(&app, "recurrence_rule", &json_texts(&invalid));
    let long = format!("FREQ=MONTHLY;BYMONTHDAY=1{}", ",1".repeat(5000));
    assert_rejected(
        &app,
        "recurrence_rule",
        &[json!(long), json!(7), json!(["FREQ=DAILY"]), json!({ "freq": "daily" })],
    );
}
