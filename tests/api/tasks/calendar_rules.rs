//! Recurrence rules of calendars and front ends: words, all-day tasks, UNTIL.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    words_mean_rules,
    all_day_tasks_ignore_times_in_rules,
    an_hourly_rule_needs_a_due_time,
    a_stored_hourly_rule_of_an_all_day_task_moves_by_days,
    until_is_read_in_the_time_zone_of_the_task,
);

fn post(app: &App, task: &Value) -> Response {
    app.request_as("alice", "POST", "/api/tasks").json(task).send()
}

fn patch(app: &App, task: &Value, body: &Value) -> Response {
    app.request_as("alice", "PATCH", &format!("/api/tasks/{}", task["id"])).json(body).send()
}

/// Returns the due dates of the next occurrences, at most `count`.
fn next(app: &App, task: &Value, count: usize) -> Vec<String> {
    let mut task = post(app, task).expect(201);
    let mut dates = Vec::new();
    for _ in 0..count {
        let completed = patch(app, &task, &json!({ "completed": true })).expect(200);
        let series = completed["series_id"].as_i64().unwrap_or(i64::MAX);
        let path = format!("/api/tasks?status=pending&series={series}");
        let pending = app.request_as("alice", "GET", &path).send().expect(200);
        let Some(next) = pending.as_array().unwrap().first() else { break };
        dates.push(next["due_date"].as_str().unwrap().to_owned());
        task = next.clone();
    }
    dates
}

fn words_mean_rules(database: Database) {
    let app = App::start(database);
    for (name, word, stored) in [
        ("recurrence", "none", Value::Null),
        ("recurrence", " None ", Value::Null),
        ("recurrence_rule", "NEVER", Value::Null),
        ("recurrence", "weekdays", json!("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")),
        ("recurrence_pattern", "Weekdays", json!("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")),
        ("recurringRule", "biweekly", json!("FREQ=WEEKLY;INTERVAL=2")),
        ("recurrence", "monthly", json!("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD")),
    ] {
        let task = post(&app, &json!({ "title": "t", "due_date": "2999-12-06", name: word })).expect(201);
        assert_eq!(task["recurrence_rule"], stored, "{name}: {word}");
    }
    let task = post(&app, &json!({ "title": "t", "recurrence": "daily" })).expect(201);
    assert_eq!(patch(&app, &task, &json!({ "recurrence": "none" })).expect(200)["recurrence_rule"], Value::Null);
    // 2999-12-06 is a Friday
    let weekdays = json!({ "title": "t", "due_date": "2999-12-06", "recurrence": "weekdays" });
    assert_eq!(next(&app, &weekdays, 2), ["2999-12-09", "2999-12-10"]);
    let biweekly = json!({ "title": "t", "due_date": "2999-12-06", "recurrence": "biweekly" });
    assert_eq!(next(&app, &biweekly, 2), ["2999-12-20", "3000-01-03"]);
    let problem = post(&app, &json!({ "title": "t", "recurrence": "sometimes" })).expect(422);
    assert!(problem["detail"].as_str().unwrap().contains("weekdays"), "{problem}");
}

fn all_day_tasks_ignore_times_in_rules(database: Database) {
    let app = App::start(database);
    for (rule, expected) in [
        ("FREQ=DAILY;BYHOUR=9,17", ["2999-12-07", "2999-12-08", "2999-12-09"]),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=30;BYSECOND=15", ["2999-12-07", "2999-12-08", "2999-12-09"]),
        ("FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=0,23", ["2999-12-09", "2999-12-13", "2999-12-16"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYMINUTE=1,2;BYSETPOS=-1", ["2999-12-31", "3000-01-28", "3000-02-25"]),
        // the positions are those of the times
        ("FREQ=DAILY;BYHOUR=9,17;BYSETPOS=2", ["2999-12-07", "2999-12-08", "2999-12-09"]),
    ] {
        for zone in [Value::Null, json!("Pacific/Kiritimati"), json!("America/Santiago")] {
            let task = json!({ "title": "t", "due_date": "2999-12-06", "recurrence_rule": rule, "time_zone": zone });
            assert_eq!(next(&app, &task, 3), expected, "{rule} {zone}");
        }
    }
    // with a time, both hours count
    let task = json!({ "title": "t", "due_date": "2999-12-06T09:00:00Z", "recurrence_rule": "FREQ=DAILY;BYHOUR=9,17" });
    assert_eq!(next(&app, &task, 2), ["2999-12-06T17:00:00Z", "2999-12-07T09:00:00Z"]);
}

#[track_caller]
fn expect_time_required(response: Response, pointer: &str) {
    let problem = response.expect(422);
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("due_date"), "{problem}");
}

fn an_hourly_rule_needs_a_due_time(database: Database) {
    let app = App::start(database);
    let pointer = "#/recurrence_rule";
    let timed = post(&app, &json!({ "title": "timed", "due_date": "2999-12-01T09:00:00Z" })).expect(201);
    let all_day = post(&app, &json!({ "title": "day", "due_date": "2999-12-01" })).expect(201);
    for rule in ["FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=5", "FREQ=SECONDLY;BYSECOND=1", "FREQ=HOURLY;BYDAY=MO"] {
        for due in [json!("2999-12-01"), Value::Null] {
            let task = json!({ "title": "t", "due_date": due, "recurrence_rule": rule });
            expect_time_required(post(&app, &task), pointer);
            let create = json!({ "op": "create", "title": "t", "due_date": due, "recurrence_rule": rule });
            let operations = json!({ "operations": [{ "op": "create", "title": "first" }, create] });
            let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").json(&operations).send();
            expect_time_required(bulk, "#/operations/1/recurrence_rule");
        }
        expect_time_required(patch(&app, &all_day, &json!({ "recurrence_rule": rule })), pointer);
        let both = json!({ "recurrence_rule": rule, "due_date": "2999-12-02" });
        expect_time_required(patch(&app, &timed, &both), pointer);
        let set = patch(&app, &timed, &json!({ "recurrence_rule": rule })).expect(200);
        assert_eq!(set["recurrence_rule"], rule);
        // the rule needs the time that this would remove
        for due in [json!("2999-12-01"), Value::Null] {
            expect_time_required(patch(&app, &timed, &json!({ "due_date": due })), pointer);
            let update = json!({ "operations": [{ "op": "update", "id": timed["id"], "due_date": due }] });
            let bulk = app.request_as("alice", "POST", "/api/tasks/bulk").json(&update).send();
            expect_time_required(bulk, "#/operations/0/recurrence_rule");
        }
        patch(&app, &timed, &json!({ "due_date": "2999-12-01", "recurrence_rule": null })).expect(200);
        patch(&app, &timed, &json!({ "due_date": "2999-12-01T09:00:00Z" })).expect(200);
    }
    let list = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(list.as_array().unwrap().len(), 2, "nothing else was written");
    let hourly =
        json!({ "title": "t", "due_date": "2999-12-01T09:00:00Z", "recurrence_rule": "FREQ=HOURLY;INTERVAL=6" });
    assert_eq!(next(&app, &hourly, 2), ["2999-12-01T15:00:00Z", "2999-12-01T21:00:00Z"]);
}

/// Earlier versions accepted such rules.
fn a_stored_hourly_rule_of_an_all_day_task_moves_by_days(database: Database) {
    let app = App::start(database);
    let task = post(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" })).expect(201);
    app.execute("UPDATE tasks SET recurrence_rule = 'FREQ=HOURLY;INTERVAL=3'");
    // the whole task, sent back with another title, changes neither the rule nor the date
    let mut stored = app.request_as("alice", "GET", &format!("/api/tasks/{}", task["id"])).send().expect(200);
    stored["title"] = json!("renamed");
    patch(&app, &task, &stored).expect(200);
    patch(&app, &task, &json!({ "completed": true })).expect(200);
    let pending = app.request_as("alice", "GET", "/api/tasks?status=pending").send().expect(200);
    assert_eq!((&pending[0]["due_date"], &pending[0]["title"]), (&json!("2999-12-02"), &json!("renamed")));
}

fn until_is_read_in_the_time_zone_of_the_task(database: Database) {
    let app = App::start(database);
    for (zone, due, until, expected) in [
        // 23:59:59 on 5 January in New York
        ("America/New_York", "2090-01-04", "20900106T045959Z", vec!["2090-01-05"]),
        ("America/New_York", "2090-01-04", "20900106T050000Z", vec!["2090-01-05", "2090-01-06"]),
        ("Pacific/Kiritimati", "2090-01-04", "20900105T095959Z", vec!["2090-01-05"]),
        ("Pacific/Kiritimati", "2090-01-04", "20900105T100000Z", vec!["2090-01-05", "2090-01-06"]),
        ("UTC", "2090-01-04", "20900105T235959Z", vec!["2090-01-05"]),
        ("America/New_York", "2090-01-04", "20900105", vec!["2090-01-05"]),
        ("America/New_York", "2090-01-04", "20900105T000000", vec!["2090-01-05"]),
        // 20:00 in New York
        ("America/New_York", "2090-01-05T01:00:00Z", "20900105", vec!["2090-01-06T01:00:00Z"]),
        ("America/New_York", "2090-01-05T01:00:00Z", "20900105T200000", vec!["2090-01-06T01:00:00Z"]),
        ("America/New_York", "2090-01-05T01:00:00Z", "20900105T195959", vec![]),
        ("America/New_York", "2090-01-05T01:00:00Z", "20900106T010000Z", vec!["2090-01-06T01:00:00Z"]),
        ("America/New_York", "2090-01-05T01:00:00Z", "20900106T005959Z", vec![]),
    ] {
        let rule = format!("FREQ=DAILY;UNTIL={until}");
        let task = json!({ "title": "t", "due_date": due, "time_zone": zone, "recurrence_rule": rule });
        assert_eq!(next(&app, &task, 3), expected, "{zone} {due} {until}");
    }
}
