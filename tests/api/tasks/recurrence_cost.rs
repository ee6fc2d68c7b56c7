//! Step limit of recurrence rules: checked when a rule is set and when a stored rule is evaluated.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database, Response};

on_both!(
    a_rule_beyond_the_step_limit_is_rejected_on_every_route,
    a_rarely_matching_rule_is_accepted_and_repeats,
    rules_near_the_step_limit_are_accepted_or_rejected,
    a_stored_rule_beyond_the_step_limit_can_be_replaced,
    the_cost_of_a_new_rule_depends_on_the_stored_due_date,
    a_rule_set_with_the_completion_defines_the_next_occurrence,
    the_rules_of_a_request_share_one_step_budget,
    completions_in_parallel_with_updates_create_one_occurrence,
);

/// Never matches: June is not in week 53.
const NEVER_MATCHING_RULE: &str = "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6";
/// Matches once in 196 years.
const RARELY_MATCHING_RULE: &str =
    "FREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU";

fn create(app: &App, task: &Value) -> Value {
    app.request_as("alice", "POST", "/api/tasks").json(task).send().expect(201)
}

fn bulk(app: &App, operations: &[Value]) -> Response {
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send()
}

fn import(app: &App, media_type: &str, body: &str) -> Response {
    let path = "/api/tasks/import?strict=true";
    app.request_as("alice", "POST", path).header("Content-Type", media_type).body(body.as_bytes()).send()
}

fn patch(app: &App, task: &Value, body: &Value) -> Response {
    app.request_as("alice", "PATCH", &format!("/api/tasks/{}", task["id"])).json(body).send()
}

fn list(app: &App, query: &str) -> Vec<Value> {
    let list = app.request_as("alice", "GET", &format!("/api/tasks?sort=due_date&{query}")).send().expect(200);
    list.as_array().unwrap().clone()
}

/// Asserts a 422 for this member because its rule exceeds the step limit.
#[track_caller]
fn expect_step_limit_exceeded(response: Response, pointer: &str) {
    let problem = response.expect(422);
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("steps"), "{problem}");
}

fn a_rule_beyond_the_step_limit_is_rejected_on_every_route(database: Database) {
    let app = App::start(database);
    let plain = create(&app, &json!({ "title": "plain" }));
    let task = json!({ "title": "t", "due_date": "2026-12-01", "recurrence_rule": NEVER_MATCHING_RULE });
    let rule_update = json!({ "recurrence_rule": NEVER_MATCHING_RULE });
    expect_step_limit_exceeded(app.request_as("alice", "POST", "/api/tasks").json(&task).send(), "#/recurrence_rule");
    expect_step_limit_exceeded(
        app.request_as("alice", "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send(),
        "#/recurrence_rule",
    );
    expect_step_limit_exceeded(patch(&app, &plain, &rule_update), "#/recurrence_rule");
    let path = format!("/api/tasks/{}", plain["id"]);
    expect_step_limit_exceeded(app.request_as("alice", "PUT", &path).json(&rule_update).send(), "#/recurrence_rule");
    let mut operations = vec![
        json!({ "op": "create", "title": "first" }),
        json!({ "op": "create", "title": "t", "recurrence_rule": NEVER_MATCHING_RULE }),
    ];
    expect_step_limit_exceeded(bulk(&app, &operations), "#/operations/1/recurrence_rule");
    operations[1] = json!({ "op": "update", "id": plain["id"], "recurrence_rule": NEVER_MATCHING_RULE });
    expect_step_limit_exceeded(bulk(&app, &operations), "#/operations/1/recurrence_rule");
    let tasks = json!([{ "title": "first" }, task]).to_string();
    expect_step_limit_exceeded(import(&app, "application/json", &tasks), "#/1/recurrence_rule");
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:t\r\nRRULE:{NEVER_MATCHING_RULE}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    );
    expect_step_limit_exceeded(import(&app, "text/calendar", &calendar), "#/0/recurrence_rule");
    assert_eq!(list(&app, ""), [plain], "nothing was written");
}

fn a_rarely_matching_rule_is_accepted_and_repeats(database: Database) {
    let app = App::start(database);
    let task = json!({ "op": "create", "title": "t", "due_date": "1970-01-01T00:00:00Z", "recurrence_rule": RARELY_MATCHING_RULE });
    let created = bulk(&app, &vec![task; 20]).expect(200);
    let ids = created["results"].as_array().unwrap().iter().map(|task| task["id"].clone());
    let completions: Vec<Value> = ids.map(|id| json!({ "op": "complete", "id": id })).collect();
    bulk(&app, &completions).expect(200);
    let next = list(&app, "status=pending");
    assert_eq!(next.len(), 20);
    for task in &next {
        assert_eq!(task["due_date"], next[0]["due_date"]);
        assert!(task["due_date"].as_str().unwrap().ends_with("-02-29T23:59:01Z"), "{task}");
    }
}

fn rules_near_the_step_limit_are_accepted_or_rejected(database: Database) {
    let app = App::start(database);
    let numbers = |end: u32| (0..end).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let every_second = format!("FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSECOND={}", numbers(24), numbers(60), numbers(60));
    let every_second_of_the_year = format!(
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSECOND={}",
        numbers(24),
        numbers(60),
        numbers(60)
    );
    let (leap_year, first_day, last_day) = ("2400-01-01T00:00:00Z", "0001-01-01", "9999-12-31");
    for (rule, due, status) in [
        (every_second.as_str(), "1970-01-01T00:00:00Z", 201),
        (every_second_of_the_year.as_str(), "1970-01-01T00:00:00Z", 201),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31", leap_year, 422),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1,1", leap_year, 201),
        ("FREQ=SECONDLY;BYSECOND=1,2;BYSETPOS=60", leap_year, 422),
        ("FREQ=YEARLY;BYYEARDAY=366", first_day, 201),
        ("FREQ=YEARLY;INTERVAL=100;BYYEARDAY=366", "2400-12-31", 201),
        ("FREQ=YEARLY;INTERVAL=2;BYYEARDAY=366", "2027-12-31", 422),
        ("FREQ=YEARLY;BYWEEKNO=53", first_day, 201),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", first_day, 422),
        ("FREQ=YEARLY;INTERVAL=65535", first_day, 201),
        ("FREQ=SECONDLY;INTERVAL=65535", "1970-01-01T00:00:00Z", 201),
        ("FREQ=SECONDLY;INTERVAL=43200;BYSECOND=1", "1970-01-01T00:00:00Z", 422),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", first_day, 201),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20300101", "2026-12-01", 201),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", leap_year, 422),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", leap_year, 422),
        ("FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30", leap_year, 422),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", leap_year, 201),
        ("FREQ=DAILY;COUNT=4294967295", last_day, 201),
        ("FREQ=DAILY;COUNT=4294967295", first_day, 422),
        ("FREQ=SECONDLY;COUNT=4294967295", "1970-01-01T00:00:00Z", 422),
        ("FREQ=SECONDLY;COUNT=4294967295", leap_year, 201),
        ("FREQ=DAILY", first_day, 201),
        ("FREQ=SECONDLY", "0001-01-01T00:00:00Z", 201),
        ("FREQ=DAILY", last_day, 201),
        ("FREQ=SECONDLY", "9999-12-31T23:59:59.999Z", 201),
    ] {
        let task = json!({ "title": "t", "due_date": due, "recurrence_rule": rule, "time_zone": "America/New_York" });
        let response = app.request_as("alice", "POST", "/api/tasks").json(&task).send();
        assert_eq!(response.status, status, "{rule} from {due}");
        if status == 201 {
            let path = format!("/api/tasks/{}/complete", response.expect(201)["id"]);
            app.request_as("alice", "PATCH", &path).json(&json!({ "completed": true })).send().expect(200);
        }
    }
    for task in list(&app, "status=pending") {
        assert_eq!(task["due_date"].as_str().unwrap().find('-'), Some(4), "a year has four digits: {task}");
    }
}

/// Stores a rule as a version of the service without a step limit did.
fn store_rule(app: &App, rule: &str) {
    app.execute(&format!("UPDATE tasks SET recurrence_rule = '{rule}'"));
}

fn a_stored_rule_beyond_the_step_limit_can_be_replaced(database: Database) {
    let app = App::start(database);
    let tasks: Vec<Value> =
        (0..100).map(|_| create(&app, &json!({ "title": "t", "due_date": "2026-12-01" }))).collect();
    store_rule(&app, NEVER_MATCHING_RULE);
    let stored = list(&app, "");
    let complete =
        |task: &Value| app.request_as("alice", "PATCH", &format!("/api/tasks/{}/complete", task["id"])).send();
    expect_step_limit_exceeded(complete(&tasks[0]), "#/recurrence_rule");
    expect_step_limit_exceeded(patch(&app, &tasks[0], &json!({ "completed": true })), "#/recurrence_rule");
    let all: Vec<Value> = tasks.iter().map(|task| json!({ "op": "complete", "id": task["id"] })).collect();
    expect_step_limit_exceeded(bulk(&app, &all), "#/operations/0/recurrence_rule");
    assert_eq!(list(&app, ""), stored, "nothing was written");
    // sending the unchanged rule back does not set it
    let mut renamed = stored[0].clone();
    renamed["title"] = json!("renamed");
    assert_eq!(patch(&app, &renamed, &renamed).expect(200)["recurrence_rule"], NEVER_MATCHING_RULE);
    let completed = patch(&app, &tasks[0], &json!({ "recurrence_rule": null, "completed": true })).expect(200);
    assert_eq!((&completed["completed"], &completed["recurrence_rule"]), (&json!(true), &Value::Null));
    patch(&app, &tasks[1], &json!({ "recurrence_rule": "daily" })).expect(200);
    complete(&tasks[1]).expect(200);
    assert_eq!(list(&app, "").len(), 101);
}

fn the_cost_of_a_new_rule_depends_on_the_stored_due_date(database: Database) {
    let app = App::start(database);
    let rule_update = json!({ "recurrence_rule": "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29" });
    let leap_day_task = create(&app, &json!({ "title": "t", "due_date": "2396-02-29" }));
    let common_year_task = create(&app, &json!({ "title": "t", "due_date": "2397-03-01" }));
    patch(&app, &leap_day_task, &rule_update).expect(200);
    expect_step_limit_exceeded(patch(&app, &common_year_task, &rule_update), "#/recurrence_rule");
    let rule_and_date_update = json!({ "recurrence_rule": rule_update["recurrence_rule"], "due_date": "2400-02-29" });
    patch(&app, &common_year_task, &rule_and_date_update).expect(200);
}

fn a_rule_set_with_the_completion_defines_the_next_occurrence(database: Database) {
    let app = App::start(database);
    for (stored_rule, body, expected) in [
        (Value::Null, json!({ "recurrence_rule": "weekly", "completed": true }), json!("2999-12-08")),
        (json!("daily"), json!({ "recurrence_rule": "weekly", "completed": true }), json!("2999-12-08")),
        (json!("daily"), json!({ "due_date": "2999-12-24", "status": "done" }), json!("2999-12-25")),
    ] {
        let task = create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": stored_rule }));
        patch(&app, &task, &body).expect(200);
        let next = list(&app, &format!("status=pending&series={}", task["id"]));
        let dates: Vec<&Value> = next.iter().map(|task| &task["due_date"]).collect();
        assert_eq!(dates, [&expected], "{body}");
    }
    // a completion uses the rule and date of an earlier operation in the same request
    let task = create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" }));
    let operations = [
        json!({ "op": "update", "id": task["id"], "due_date": "2999-11-01", "recurrence_rule": "weekly" }),
        json!({ "op": "complete", "id": task["id"] }),
        json!({ "op": "complete", "id": task["id"] }),
        json!({ "op": "complete", "id": task["id"] }),
    ];
    bulk(&app, &operations).expect(200);
    let next = list(&app, &format!("status=pending&series={}", task["id"]));
    assert_eq!(next.iter().map(|task| &task["due_date"]).collect::<Vec<_>>(), ["2999-11-08"]);
    // also for many tasks, each with its own next occurrence
    let tasks: Vec<Value> = (0..50)
        .map(|_| create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" })))
        .collect();
    let moved_and_completed = tasks.iter().zip(1..).flat_map(|(task, days)| {
        let due = chrono::NaiveDate::from_ymd_opt(2998, 1, 1).unwrap() + chrono::Days::new(days);
        [json!({ "op": "update", "id": task["id"], "due_date": due }), json!({ "op": "complete", "id": task["id"] })]
    });
    bulk(&app, &moved_and_completed.collect::<Vec<_>>()).expect(200);
    let next = list(&app, "status=pending&due_before=2999-01-01&sort=due_date&order=asc&limit=100");
    let first = chrono::NaiveDate::from_ymd_opt(2998, 1, 3).unwrap();
    let expected: Vec<Value> = first.iter_days().take(50).map(|day| json!(day)).collect();
    assert_eq!(next.iter().map(|task| task["due_date"].clone()).collect::<Vec<_>>(), expected);
}

fn the_rules_of_a_request_share_one_step_budget(database: Database) {
    let app = App::start(database);
    // each rule needs 28 years of daily steps
    let task = |number: u64| {
        let due = chrono::NaiveDate::from_ymd_opt(2432, 3, 1).unwrap() + chrono::Days::new(number);
        json!({ "op": "create", "title": "t", "due_date": due, "recurrence_rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU" })
    };
    let problem = bulk(&app, &(0..100).map(task).collect::<Vec<_>>()).expect(422);
    assert!(problem["detail"].as_str().unwrap().contains("this request has left"), "{problem}");
    bulk(&app, &(0..10).map(task).collect::<Vec<_>>()).expect(200);
    // the same rule from the same date is computed once
    bulk(&app, &vec![task(0); 100]).expect(200);
    let tasks: Vec<Value> = (0..200).map(task).collect();
    let problem = import(&app, "application/json", &json!(tasks).to_string()).expect(422);
    assert!(problem["detail"].as_str().unwrap().contains("this request has left"), "{problem}");
    let task_with_costly_rule = json!({ "title": "t", "recurrence_rule": NEVER_MATCHING_RULE });
    import(&app, "application/json", &json!(vec![task_with_costly_rule; 10_000]).to_string()).expect(422);
}

fn completions_in_parallel_with_updates_create_one_occurrence(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    for _ in 0..5 {
        let task = create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" }));
        let path = format!("/api/tasks/{}", task["id"]);
        let send = |body: Value| {
            let request = app.request_as("alice", "PATCH", &path).json(&body);
            std::thread::spawn(move || request.send().status)
        };
        let completions: Vec<_> = (0..4).map(|_| send(json!({ "completed": true }))).collect();
        let updates: Vec<_> = (10..14).map(|day| send(json!({ "due_date": format!("2999-12-{day}") }))).collect();
        for writer in completions.into_iter().chain(updates) {
            assert_eq!(writer.join().unwrap(), 200);
        }
        let next = list(&app, &format!("status=pending&series={}", task["id"]));
        assert_eq!(next.len(), 1);
        let possible = ["2999-12-02", "2999-12-11", "2999-12-12", "2999-12-13", "2999-12-14"];
        assert!(possible.contains(&next[0]["due_date"].as_str().unwrap()), "{next:?}");
    }
}
