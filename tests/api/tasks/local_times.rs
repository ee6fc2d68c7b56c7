//! Recurring tasks keep their local times across clock changes and shorter months.
//!
//! The dates are in 2090: a due date in the past skips occurrences.

use chrono::{Months, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    a_reminder_keeps_its_local_distance,
    a_skipped_time_moves_on_that_day_only,
    a_moved_due_time_does_not_change_its_reminder,
    monthly_and_yearly_use_the_last_day_of_a_shorter_month,
    skip_selects_the_day_for_a_missing_date,
    an_unchanged_update_keeps_the_start_of_a_series,
    a_changed_due_date_starts_the_rule,
    a_start_that_an_older_version_left_is_ignored,
    an_export_keeps_the_start_of_a_series,
    rules_from_the_completion_use_the_last_day_of_a_shorter_month,
);

fn create(app: &App, task: &Value) -> Value {
    app.request_as("alice", "POST", "/api/tasks").json(task).send().expect(201)
}

fn patch(app: &App, task: &Value, body: &Value) -> Value {
    app.request_as("alice", "PATCH", &format!("/api/tasks/{}", task["id"])).json(body).send().expect(200)
}

/// Completes a task, and returns its next occurrence.
fn complete(app: &App, task: &Value) -> Value {
    let completed = patch(app, task, &json!({ "completed": true }));
    let path = format!("/api/tasks?status=pending&series={}", completed["series_id"]);
    let pending = app.request_as("alice", "GET", &path).send().expect(200);
    pending.as_array().unwrap().first().unwrap_or_else(|| panic!("{completed} has no next occurrence")).clone()
}

/// Returns a member of the next occurrences of a new task.
fn next(app: &App, task: &Value, member: &str, count: usize) -> Vec<String> {
    let mut task = create(app, task);
    let occurrences = (0..count).map(|_| {
        task = complete(app, &task);
        task[member].as_str().unwrap_or("null").to_owned()
    });
    occurrences.collect()
}

fn a_reminder_keeps_its_local_distance(database: Database) {
    let app = App::start(database);
    // 09:00 in Berlin
    let task = json!({
        "title": "t", "due_date": "2090-01-04", "remind_at": "2090-01-04T08:00:00Z", "time_zone": "Europe/Berlin",
        "recurrence_rule": "monthly",
    });
    let summer = 4..=10;
    let expected: Vec<String> = (2..=12)
        .map(|month| format!("2090-{month:02}-04T{:02}:00:00Z", if summer.contains(&month) { 7 } else { 8 }))
        .collect();
    assert_eq!(next(&app, &task, "remind_at", 11), expected);
    for (zone, due, remind_at, rule, expected) in [
        // 09:00 on the day before
        ("Asia/Kolkata", "2090-01-04", "2090-01-03T03:30:00Z", "weekly", "2090-01-10T03:30:00Z"),
        // the day before in UTC
        ("Pacific/Kiritimati", "2090-01-04", "2090-01-03T19:00:00Z", "daily", "2090-01-04T19:00:00Z"),
        ("Etc/GMT+12", "2090-01-04", "2090-01-04T21:00:00Z", "daily", "2090-01-05T21:00:00Z"),
        // clocks change by half an hour
        ("Australia/Lord_Howe", "2090-09-30", "2090-09-29T22:30:00Z", "daily", "2090-09-30T22:00:00Z"),
        // two hours before a due time
        ("Europe/Berlin", "2090-03-25T08:00:00Z", "2090-03-25T06:00:00Z", "daily", "2090-03-26T05:00:00Z"),
        // a day and five minutes before: the clock changes in between
        ("Europe/Berlin", "2090-03-26T08:00:00Z", "2090-03-25T08:55:00Z", "daily", "2090-03-26T07:55:00Z"),
        // after the due time
        ("America/New_York", "2090-01-04T12:00:00Z", "2090-01-04T13:00:00Z", "daily", "2090-01-05T13:00:00Z"),
    ] {
        let task = json!({ "title": "t", "due_date": due, "remind_at": remind_at, "time_zone": zone, "recurrence_rule": rule });
        assert_eq!(next(&app, &task, "remind_at", 1), [expected], "{zone} {remind_at}");
    }
}

fn a_skipped_time_moves_on_that_day_only(database: Database) {
    let app = App::start(database);
    for (zone, due, expected) in [
        // 02:30: on 26 March 03:30
        (
            "Europe/Berlin",
            "2090-03-24T01:30:00Z",
            ["2090-03-25T01:30:00Z", "2090-03-26T01:30:00Z", "2090-03-27T00:30:00Z", "2090-03-28T00:30:00Z"],
        ),
        // midnight: on 3 September 01:00
        (
            "America/Santiago",
            "2090-09-01T04:00:00Z",
            ["2090-09-02T04:00:00Z", "2090-09-03T04:00:00Z", "2090-09-04T03:00:00Z", "2090-09-05T03:00:00Z"],
        ),
        // 02:15: on 1 October 02:45
        (
            "Australia/Lord_Howe",
            "2090-09-28T15:45:00Z",
            ["2090-09-29T15:45:00Z", "2090-09-30T15:45:00Z", "2090-10-01T15:15:00Z", "2090-10-02T15:15:00Z"],
        ),
        // 23:30: on 25 March 00:30 of the next day
        (
            "America/Nuuk",
            "2090-03-24T01:30:00Z",
            ["2090-03-25T01:30:00Z", "2090-03-26T01:30:00Z", "2090-03-27T00:30:00Z", "2090-03-28T00:30:00Z"],
        ),
        // 02:30 occurs twice on 29 October
        (
            "Europe/Berlin",
            "2090-10-27T00:30:00Z",
            ["2090-10-28T00:30:00Z", "2090-10-29T00:30:00Z", "2090-10-30T01:30:00Z", "2090-10-31T01:30:00Z"],
        ),
    ] {
        let task = json!({ "title": "t", "due_date": due, "time_zone": zone, "recurrence_rule": "daily" });
        assert_eq!(next(&app, &task, "due_date", 4), expected, "{zone} {due}");
    }
    // weekly on Sunday at 02:30
    let task = json!({ "title": "t", "due_date": "2090-03-19T01:30:00Z", "time_zone": "Europe/Berlin", "recurrence_rule": "weekly" });
    assert_eq!(next(&app, &task, "due_date", 2), ["2090-03-26T01:30:00Z", "2090-04-02T00:30:00Z"]);
}

fn a_moved_due_time_does_not_change_its_reminder(database: Database) {
    let app = App::start(database);
    // due at 02:30, reminder at 20:00 the day before
    let task = json!({
        "title": "t", "due_date": "2090-03-25T01:30:00Z", "remind_at": "2090-03-24T19:00:00Z", "time_zone": "Europe/Berlin",
        "recurrence_rule": "daily",
    });
    assert_eq!(
        next(&app, &task, "remind_at", 3),
        ["2090-03-25T19:00:00Z", "2090-03-26T18:00:00Z", "2090-03-27T18:00:00Z"]
    );
    // due at 04:00, reminder at 02:30
    let task = json!({
        "title": "t", "due_date": "2090-03-25T03:00:00Z", "remind_at": "2090-03-25T01:30:00Z", "time_zone": "Europe/Berlin",
        "recurrence_rule": "daily",
    });
    assert_eq!(
        next(&app, &task, "remind_at", 3),
        ["2090-03-26T01:30:00Z", "2090-03-27T00:30:00Z", "2090-03-28T00:30:00Z"]
    );
}

fn monthly_and_yearly_use_the_last_day_of_a_shorter_month(database: Database) {
    let app = App::start(database);
    for (rule, due, expected) in [
        ("monthly", "2090-01-31", ["2090-02-28", "2090-03-31", "2090-04-30", "2090-05-31"]),
        ("Monthly", "2090-01-29", ["2090-02-28", "2090-03-29", "2090-04-29", "2090-05-29"]),
        ("yearly", "2088-02-29", ["2089-02-28", "2090-02-28", "2091-02-28", "2092-02-29"]),
        // a plain RRULE skips months and years (RFC 5545)
        ("FREQ=MONTHLY", "2090-01-31", ["2090-03-31", "2090-05-31", "2090-07-31", "2090-08-31"]),
        ("FREQ=YEARLY", "2080-02-29", ["2084-02-29", "2088-02-29", "2092-02-29", "2096-02-29"]),
    ] {
        let task = json!({ "title": "t", "due_date": due, "recurrence_rule": rule });
        assert_eq!(next(&app, &task, "due_date", 4), expected, "{rule} {due}");
    }
    // 23:30 on the 31st in New York is on the 1st in UTC
    let task = json!({ "title": "t", "due_date": "2090-02-01T04:30:00Z", "time_zone": "America/New_York", "recurrence_rule": "monthly" });
    assert_eq!(
        next(&app, &task, "due_date", 3),
        ["2090-03-01T04:30:00Z", "2090-04-01T03:30:00Z", "2090-05-01T03:30:00Z"]
    );
}

fn skip_selects_the_day_for_a_missing_date(database: Database) {
    let app = App::start(database);
    for (rule, stored) in [
        ("FREQ=MONTHLY;SKIP=BACKWARD", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
        ("rscale=gregorian;freq=monthly;skip=forward", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD"),
        ("FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=OMIT", "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=OMIT"),
        ("RSCALE=GREGORIAN;FREQ=DAILY", "RSCALE=GREGORIAN;FREQ=DAILY"),
    ] {
        assert_eq!(create(&app, &json!({ "title": "t", "recurrence_rule": rule }))["recurrence_rule"], stored);
    }
    for rule in [
        "FREQ=MONTHLY;SKIP=SIDEWAYS",
        "RSCALE=HEBREW;FREQ=MONTHLY;SKIP=BACKWARD",
        "FREQ=DAILY;SKIP=",
        "RSCALE=;FREQ=DAILY",
    ] {
        let body = json!({ "title": "t", "recurrence_rule": rule });
        app.request_as("alice", "POST", "/api/tasks").json(&body).send().expect(422);
    }
    for (rule, due, expected) in [
        ("FREQ=MONTHLY;BYMONTHDAY=30,31;SKIP=BACKWARD", "2090-01-31", ["2090-02-28", "2090-03-30", "2090-03-31"]),
        ("FREQ=MONTHLY;SKIP=FORWARD", "2090-01-31", ["2090-03-01", "2090-03-31", "2090-05-01"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD", "2090-02-01", ["2090-03-01", "2090-03-31", "2090-04-01"]),
        ("FREQ=MONTHLY;INTERVAL=3;SKIP=BACKWARD", "2090-01-31", ["2090-04-30", "2090-07-31", "2090-10-31"]),
        (
            "FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=31;SKIP=BACKWARD",
            "2090-02-28",
            ["2090-04-30", "2091-02-28", "2091-04-30"],
        ),
        ("FREQ=YEARLY;SKIP=FORWARD", "2088-02-29", ["2089-03-01", "2090-03-01", "2091-03-01"]),
        ("FREQ=YEARLY;BYYEARDAY=366;SKIP=BACKWARD", "2090-12-31", ["2091-12-31", "2092-12-31", "2093-12-31"]),
        ("FREQ=MONTHLY;SKIP=BACKWARD;UNTIL=20900401", "2090-01-31", ["2090-02-28", "2090-03-31", "end"]),
        ("FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3", "2090-01-31", ["2090-02-28", "2090-03-31", "end"]),
    ] {
        let mut task = create(&app, &json!({ "title": "t", "due_date": due, "recurrence_rule": rule }));
        for date in expected {
            if date == "end" {
                assert_eq!(patch(&app, &task, &json!({ "completed": true }))["completed"], true);
                let path = format!("/api/tasks?status=pending&series={}", task["series_id"]);
                assert_eq!(app.request_as("alice", "GET", &path).send().expect(200), json!([]), "{rule}");
            } else {
                task = complete(&app, &task);
                assert_eq!(task["due_date"], date, "{rule}");
            }
        }
    }
}

/// Front ends send the whole task back.
fn an_unchanged_update_keeps_the_start_of_a_series(database: Database) {
    let app = App::start(database);
    let task = create(&app, &json!({ "title": "t", "due_date": "2090-01-31", "recurrence_rule": "monthly" }));
    let mut february = complete(&app, &task);
    february["title"] = json!("renamed");
    let path = format!("/api/tasks/{}", february["id"]);
    let renamed = app.request_as("alice", "PUT", &path).json(&february).send().expect(200);
    let march = complete(&app, &renamed);
    assert_eq!((&march["title"], &march["due_date"]), (&json!("renamed"), &json!("2090-03-31")));
}

fn a_changed_due_date_starts_the_rule(database: Database) {
    let app = App::start(database);
    for (change, expected) in [
        (json!({ "due_date": "2090-02-27" }), "2090-03-27"),
        (json!({ "recurrence_rule": "FREQ=MONTHLY" }), "2090-03-28"),
        (json!({ "recurrence_rule": "weekly" }), "2090-03-07"),
    ] {
        let task = create(&app, &json!({ "title": "t", "due_date": "2090-01-31", "recurrence_rule": "monthly" }));
        let february = complete(&app, &task);
        assert_eq!(complete(&app, &patch(&app, &february, &change))["due_date"], expected, "{change}");
    }
    // 03:30 on the day of the clock change becomes 09:00
    let task = json!({ "title": "t", "due_date": "2090-03-25T01:30:00Z", "time_zone": "Europe/Berlin", "recurrence_rule": "daily" });
    let moved = complete(&app, &create(&app, &task));
    let changed = patch(&app, &moved, &json!({ "due_date": "2090-03-26T07:00:00Z" }));
    assert_eq!(complete(&app, &changed)["due_date"], "2090-03-27T07:00:00Z");
    // in another zone, the same instant is another local time
    let moved = complete(&app, &create(&app, &task));
    let changed = patch(&app, &moved, &json!({ "time_zone": "America/New_York" }));
    assert_eq!(complete(&app, &changed)["due_date"], "2090-03-27T01:30:00Z");
}

/// An instance of the previous version changes the due date, and keeps `recurrence_start`.
fn a_start_that_an_older_version_left_is_ignored(database: Database) {
    let app = App::start(database);
    let task = create(&app, &json!({ "title": "t", "due_date": "2090-01-31", "recurrence_rule": "monthly" }));
    let february = complete(&app, &task);
    app.execute(&format!("UPDATE tasks SET due_at = '2090-03-15 00:00:00' WHERE id = {}", february["id"]));
    assert_eq!(complete(&app, &february)["due_date"], "2090-04-15");
}

fn an_export_keeps_the_start_of_a_series(database: Database) {
    let app = App::start(database);
    let monthly = create(&app, &json!({ "title": "monthly", "due_date": "2090-01-31", "recurrence_rule": "monthly" }));
    complete(&app, &monthly);
    let daily = json!({
        "title": "daily", "due_date": "2090-03-25T01:30:00Z", "remind_at": "2090-03-24T19:00:00Z", "time_zone": "Europe/Berlin",
        "recurrence_rule": "daily",
    });
    complete(&app, &create(&app, &daily));
    let export = app.request_as("alice", "GET", "/api/tasks/export?status=pending").send().chunked_json();
    let starts = ["2090-01-31T00:00:00", "2090-03-25T02:30:00"];
    assert_eq!([&export[0]["recurrence_start"], &export[1]["recurrence_start"]], starts);
    assert_eq!([&export[0]["remind_local"], &export[1]["remind_local"]], [&Value::Null, &json!("2090-03-25T20:00:00")]);
    let other = App::start(database);
    other.request_as("alice", "POST", "/api/tasks/import").json(&export).send().expect(200);
    let imported = other.request_as("alice", "GET", "/api/tasks?sort=due_date").send().expect(200);
    assert_eq!(complete(&other, &imported[0])["due_date"], "2090-03-31");
    let next = complete(&other, &imported[1]);
    assert_eq!(
        (&next["due_date"], &next["remind_at"]),
        (&json!("2090-03-27T00:30:00Z"), &json!("2090-03-26T18:00:00Z"))
    );
    for value in [json!("2090-01-31"), json!("2090-01-31T00:00:00Z"), json!("2090-02-30T00:00:00"), json!(7)] {
        let body = json!([{ "title": "t", "recurrence_start": value }]);
        let problem = other.request_as("alice", "POST", "/api/tasks/import").json(&body).send().expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "#/0/recurrence_start", "{value}");
    }
}

fn rules_from_the_completion_use_the_last_day_of_a_shorter_month(database: Database) {
    let app = App::start(database);
    for (rule, months) in [("FREQ=MONTHLY", 1), ("FREQ=MONTHLY;INTERVAL=3", 3), ("yearly", 12), ("FREQ=YEARLY", 12)] {
        let task =
            json!({ "title": "t", "due_date": "2001-01-01", "recurrence_rule": rule, "repeat_from": "completion" });
        let before = Utc::now().date_naive();
        let next = complete(&app, &create(&app, &task));
        let possible = [before, Utc::now().date_naive()].map(|day| json!((day + Months::new(months)).to_string()));
        assert!(possible.contains(&next["due_date"]), "{rule}: {next}");
    }
}
