//! Rules that are costly to compute: refused when they are set, bounded when they are stored.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database};

on_both!(
    a_rule_that_costs_too_much_is_refused_wherever_it_is_set,
    a_rule_that_occurs_at_last_is_accepted_and_repeats,
    rules_at_their_limits_are_answered,
    a_stored_rule_that_costs_too_much_can_be_replaced,
    the_stored_due_date_decides_what_a_rule_costs,
    a_rule_set_with_the_completion_counts,
    the_rules_of_a_request_share_a_budget,
    completions_beside_changes_leave_one_occurrence_of_the_changed_task,
);

/// No year has such a day.
const NEVER: &str = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";
/// Once in 196 years.
const SELDOM: &str = "FREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU";

fn create(app: &App, task: &Value) -> Value {
    app.by("alice", "POST", "/api/tasks").json(task).send().expect(201)
}

fn bulk(app: &App, operations: &[Value]) -> Answer {
    app.by("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send()
}

fn import(app: &App, media_type: &str, body: &str) -> Answer {
    app.by("alice", "POST", "/api/tasks/import").header("Content-Type", media_type).body(body.as_bytes()).send()
}

fn patch(app: &App, task: &Value, change: &Value) -> Answer {
    app.by("alice", "PATCH", &format!("/api/tasks/{}", task["id"])).json(change).send()
}

fn list(app: &App, query: &str) -> Vec<Value> {
    let list = app.by("alice", "GET", &format!("/api/tasks?sort=due_date&{query}")).send().expect(200);
    list.as_array().unwrap().clone()
}

/// The answer refuses this member because its rule costs too much.
#[track_caller]
fn expect_too_costly(answer: Answer, pointer: &str) {
    let problem = answer.expect(422);
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("steps"), "{problem}");
}

fn a_rule_that_costs_too_much_is_refused_wherever_it_is_set(database: Database) {
    let app = App::start(database);
    let plain = create(&app, &json!({ "title": "plain" }));
    let task = json!({ "title": "t", "due_date": "2026-12-01", "recurrence_rule": NEVER });
    let set = json!({ "recurrence_rule": NEVER });
    expect_too_costly(app.by("alice", "POST", "/api/tasks").json(&task).send(), "#/recurrence_rule");
    expect_too_costly(
        app.by("alice", "POST", "/api/tasks").header("Idempotency-Key", "k").json(&task).send(),
        "#/recurrence_rule",
    );
    expect_too_costly(patch(&app, &plain, &set), "#/recurrence_rule");
    let path = format!("/api/tasks/{}", plain["id"]);
    expect_too_costly(app.by("alice", "PUT", &path).json(&set).send(), "#/recurrence_rule");
    let mut operations = vec![
        json!({ "op": "create", "title": "first" }),
        json!({ "op": "create", "title": "t", "recurrence_rule": NEVER }),
    ];
    expect_too_costly(bulk(&app, &operations), "#/operations/1/recurrence_rule");
    operations[1] = json!({ "op": "update", "id": plain["id"], "recurrence_rule": NEVER });
    expect_too_costly(bulk(&app, &operations), "#/operations/1/recurrence_rule");
    let tasks = json!([{ "title": "first" }, task]).to_string();
    expect_too_costly(import(&app, "application/json", &tasks), "#/1/recurrence_rule");
    let calendar =
        format!("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:t\r\nRRULE:{NEVER}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
    expect_too_costly(import(&app, "text/calendar", &calendar), "#/0/recurrence_rule");
    assert_eq!(list(&app, ""), [plain], "nothing was written");
}

fn a_rule_that_occurs_at_last_is_accepted_and_repeats(database: Database) {
    let app = App::start(database);
    let task = json!({ "op": "create", "title": "t", "due_date": "1970-01-01T00:00:00Z", "recurrence_rule": SELDOM });
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

fn rules_at_their_limits_are_answered(database: Database) {
    let app = App::start(database);
    let numbers = |end: u32| (0..end).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let every_second = format!("FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSECOND={}", numbers(24), numbers(60), numbers(60));
    let of_the_year = format!(
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSECOND={}",
        numbers(24),
        numbers(60),
        numbers(60)
    );
    let (far, early, late) = ("2400-01-01T00:00:00Z", "0001-01-01", "9999-12-31");
    for (rule, due, status) in [
        (every_second.as_str(), "1970-01-01T00:00:00Z", 201),
        (of_the_year.as_str(), "1970-01-01T00:00:00Z", 201),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31", far, 422),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1,1", far, 201),
        ("FREQ=SECONDLY;BYSECOND=1,2;BYSETPOS=60", far, 422),
        ("FREQ=YEARLY;BYYEARDAY=366", early, 201),
        ("FREQ=YEARLY;INTERVAL=100;BYYEARDAY=366", "2400-12-31", 201),
        ("FREQ=YEARLY;INTERVAL=2;BYYEARDAY=366", "2027-12-31", 422),
        ("FREQ=YEARLY;BYWEEKNO=53", early, 201),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", early, 422),
        ("FREQ=YEARLY;INTERVAL=65535", early, 201),
        ("FREQ=SECONDLY;INTERVAL=65535", "1970-01-01T00:00:00Z", 201),
        ("FREQ=SECONDLY;INTERVAL=43200;BYSECOND=1", "1970-01-01T00:00:00Z", 422),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", early, 201),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20300101", "2026-12-01", 201),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", far, 422),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", far, 422),
        ("FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30", far, 422),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", far, 201),
        ("FREQ=DAILY;COUNT=4294967295", late, 201),
        ("FREQ=DAILY;COUNT=4294967295", early, 422),
        ("FREQ=SECONDLY;COUNT=4294967295", "1970-01-01T00:00:00Z", 422),
        ("FREQ=SECONDLY;COUNT=4294967295", far, 201),
        ("FREQ=DAILY", early, 201),
        ("FREQ=SECONDLY", "0001-01-01T00:00:00Z", 201),
        ("FREQ=DAILY", late, 201),
        ("FREQ=SECONDLY", "9999-12-31T23:59:59.999Z", 201),
    ] {
        let task = json!({ "title": "t", "due_date": due, "recurrence_rule": rule, "time_zone": "America/New_York" });
        let answer = app.by("alice", "POST", "/api/tasks").json(&task).send();
        assert_eq!(answer.status, status, "{rule} from {due}");
        if status == 201 {
            let path = format!("/api/tasks/{}/complete", answer.expect(201)["id"]);
            app.by("alice", "PATCH", &path).json(&json!({ "completed": true })).send().expect(200);
        }
    }
    for task in list(&app, "status=pending") {
        assert_eq!(task["due_date"].as_str().unwrap().find('-'), Some(4), "a year has four digits: {task}");
    }
}

/// As a version of the service stored it that did not bound rules.
fn store_rule(app: &App, rule: &str) {
    app.execute(&format!("UPDATE tasks SET recurrence_rule = '{rule}'"));
}

fn a_stored_rule_that_costs_too_much_can_be_replaced(database: Database) {
    let app = App::start(database);
    let tasks: Vec<Value> =
        (0..100).map(|_| create(&app, &json!({ "title": "t", "due_date": "2026-12-01" }))).collect();
    store_rule(&app, NEVER);
    let stored = list(&app, "");
    let complete = |task: &Value| app.by("alice", "PATCH", &format!("/api/tasks/{}/complete", task["id"])).send();
    expect_too_costly(complete(&tasks[0]), "#/recurrence_rule");
    expect_too_costly(patch(&app, &tasks[0], &json!({ "completed": true })), "#/recurrence_rule");
    let all: Vec<Value> = tasks.iter().map(|task| json!({ "op": "complete", "id": task["id"] })).collect();
    expect_too_costly(bulk(&app, &all), "#/operations/0/recurrence_rule");
    assert_eq!(list(&app, ""), stored, "nothing was written");
    // a client that sends the whole task back does not set the rule
    let mut renamed = stored[0].clone();
    renamed["title"] = json!("renamed");
    assert_eq!(patch(&app, &renamed, &renamed).expect(200)["recurrence_rule"], NEVER);
    let done = patch(&app, &tasks[0], &json!({ "recurrence_rule": null, "completed": true })).expect(200);
    assert_eq!((&done["completed"], &done["recurrence_rule"]), (&json!(true), &Value::Null));
    patch(&app, &tasks[1], &json!({ "recurrence_rule": "daily" })).expect(200);
    complete(&tasks[1]).expect(200);
    assert_eq!(list(&app, "").len(), 101);
}

fn the_stored_due_date_decides_what_a_rule_costs(database: Database) {
    let app = App::start(database);
    let set = json!({ "recurrence_rule": "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29" });
    let leap = create(&app, &json!({ "title": "t", "due_date": "2396-02-29" }));
    let common = create(&app, &json!({ "title": "t", "due_date": "2397-03-01" }));
    patch(&app, &leap, &set).expect(200);
    expect_too_costly(patch(&app, &common, &set), "#/recurrence_rule");
    let both = json!({ "recurrence_rule": set["recurrence_rule"], "due_date": "2400-02-29" });
    patch(&app, &common, &both).expect(200);
}

fn a_rule_set_with_the_completion_counts(database: Database) {
    let app = App::start(database);
    for (before, change, expected) in [
        (Value::Null, json!({ "recurrence_rule": "weekly", "completed": true }), json!("2999-12-08")),
        (json!("daily"), json!({ "recurrence_rule": "weekly", "completed": true }), json!("2999-12-08")),
        (json!("daily"), json!({ "due_date": "2999-12-24", "status": "done" }), json!("2999-12-25")),
    ] {
        let task = create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": before }));
        patch(&app, &task, &change).expect(200);
        let next = list(&app, &format!("status=pending&series={}", task["id"]));
        let dates: Vec<&Value> = next.iter().map(|task| &task["due_date"]).collect();
        assert_eq!(dates, [&expected], "{change}");
    }
    // several operations on one task: what the first changes decides what the second leaves
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
}

fn the_rules_of_a_request_share_a_budget(database: Database) {
    let app = App::start(database);
    // each needs 28 years of days
    let task = |number: u64| {
        let due = chrono::NaiveDate::from_ymd_opt(2432, 3, 1).unwrap() + chrono::Days::new(number);
        json!({ "op": "create", "title": "t", "due_date": due, "recurrence_rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU" })
    };
    let refused = bulk(&app, &(0..100).map(task).collect::<Vec<_>>()).expect(422);
    assert!(refused["detail"].as_str().unwrap().contains("this request has left"), "{refused}");
    bulk(&app, &(0..10).map(task).collect::<Vec<_>>()).expect(200);
    // the same rule from the same date is computed once
    bulk(&app, &vec![task(0); 100]).expect(200);
    let many: Vec<Value> = (0..200).map(task).collect();
    let refused = import(&app, "application/json", &json!(many).to_string()).expect(422);
    assert!(refused["detail"].as_str().unwrap().contains("this request has left"), "{refused}");
    let costly = json!({ "title": "t", "recurrence_rule": NEVER });
    import(&app, "application/json", &json!(vec![costly; 10_000]).to_string()).expect(422);
}

fn completions_beside_changes_leave_one_occurrence_of_the_changed_task(database: Database) {
    let app = App::start_with(database, &[("POOL_SIZE", "8")]);
    for _ in 0..5 {
        let task = create(&app, &json!({ "title": "t", "due_date": "2999-12-01", "recurrence_rule": "daily" }));
        let path = format!("/api/tasks/{}", task["id"]);
        let send = |body: Value| {
            let request = app.by("alice", "PATCH", &path).json(&body);
            std::thread::spawn(move || request.send().status)
        };
        let completing: Vec<_> = (0..4).map(|_| send(json!({ "completed": true }))).collect();
        let moving: Vec<_> = (10..14).map(|day| send(json!({ "due_date": format!("2999-12-{day}") }))).collect();
        for writer in completing.into_iter().chain(moving) {
            assert_eq!(writer.join().unwrap(), 200);
        }
        let next = list(&app, &format!("status=pending&series={}", task["id"]));
        assert_eq!(next.len(), 1);
        let possible = ["2999-12-02", "2999-12-11", "2999-12-12", "2999-12-13", "2999-12-14"];
        assert!(possible.contains(&next[0]["due_date"].as_str().unwrap()), "{next:?}");
    }
}
