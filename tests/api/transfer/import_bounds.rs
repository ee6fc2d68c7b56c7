//! What an import may take: nesting, lines, values, tasks, memory, and one at a time for each user.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Answer, App, Database, Service, begin, jwt, production, task_api};

on_both!(
    nested_components_are_refused,
    calendars_of_odd_shapes_are_answered,
    values_that_are_no_time_are_refused_by_name,
    no_more_than_10_000_tasks_are_read,
    json_that_no_export_has_is_refused,
    one_import_of_a_user_runs_at_a_time,
    a_client_that_leaves_may_import_again,
    imports_of_any_kind_take_little_memory,
);

const JSON: &str = "application/json";
const CALENDAR: &str = "text/calendar";

fn import(app: &App, media_type: &str, body: &str) -> Answer {
    app.by("alice", "POST", "/api/tasks/import").header("Content-Type", media_type).body(body.as_bytes()).send()
}

fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n")
}

fn todo(lines: &str) -> String {
    calendar(&format!("BEGIN:VTODO\r\nSUMMARY:t\r\n{lines}END:VTODO\r\n"))
}

fn nested_components_are_refused(database: Database) {
    let app = App::start(database);
    let nested = |name: &str, depth: usize, end: &str| {
        let begins = format!("BEGIN:{name}\r\n").repeat(depth);
        begins + &format!("END:{name}\r\n").repeat(if end.is_empty() { 0 } else { depth })
    };
    for depth in [9, 3612, 200_000] {
        for end in ["", "with its end"] {
            let problem = import(&app, CALENDAR, &nested("A", depth, end)).expect(400);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("line 9 nests components deeper than 8 levels"), "{detail}");
        }
    }
    import(&app, CALENDAR, &calendar(&nested("VTODO", 3612, "x"))).expect(400);
    import(&app, CALENDAR, &todo(&nested("VALARM", 3612, "x"))).expect(400);
    assert_eq!(import(&app, CALENDAR, &todo(&nested("X-A", 6, "x"))).expect(200)["created"], 1);
}

fn calendars_of_odd_shapes_are_answered(database: Database) {
    let app = App::start(database);
    let parameters = |count: usize| format!("DUE{}:20261201\r\n", ";A=b".repeat(count));
    let created = [
        calendar(&"A:b\n".repeat(1_000_000)),
        calendar(&"A:b\r\n".repeat(100_000)),
        calendar(&"\r\n".repeat(200_000)),
        calendar(&"BEGIN:A\nEND:A\n".repeat(50_000)),
        todo(&"X-A:b\n".repeat(100_000)),
        todo(&"BEGIN:VALARM\r\nTRIGGER;VALUE=DATE-TIME:20261201T090000Z\r\nEND:VALARM\r\n".repeat(20_000)),
        todo(&format!("X-A:{}\r\n", "b".repeat(4_000_000))),
        todo(&format!("X-A:b\r\n{}", " b\r\n".repeat(100_000))),
        todo(&format!("X-A{}:b\r\n", ";A=b".repeat(500_000))),
        todo(&"DUE:20261201\r\n".repeat(200_000)),
        todo(&"CATEGORIES:a,b\r\n".repeat(5000)),
        todo(&parameters(10_000)),
        todo(&format!("{}\r\n", "X-A;B=\"c:d".repeat(100_000))),
    ];
    for (number, body) in created.iter().enumerate() {
        let todos = usize::from(body.contains("VTODO"));
        println!("calendar {number}");
        assert_eq!(import(&app, CALENDAR, body).expect(200)["created"], todos, "{number}");
    }
    let list = app.by("alice", "GET", "/api/tasks?due=any").send().expect(200);
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    let refused = [
        (400, "BEGIN:VCALENDAR\nBEGIN:VTODO\n".to_owned() + &"A:b\n".repeat(100_000)),
        (400, "A:b\n".repeat(1_000_000)),
        (400, "BEGIN:VCALENDAR\nEND:VCALENDAR\n".repeat(100_000)),
        (400, todo(&format!("DESCRIPTION:{}\r\n", "b".repeat(4_000_000)))),
        (400, todo(&parameters(1_000_000))),
        (400, todo("DUE;\"=:20261201\r\n")),
        (422, todo(&format!("CATEGORIES:{}\r\n", (0..10_000).map(|n| format!("{n},")).collect::<String>()))),
        (422, todo(&(0..5000).map(|n| format!("CATEGORIES:{n}\r\n")).collect::<String>())),
        (422, todo(&format!("RRULE:FREQ=DAILY;BYDAY={}\r\n", "MO,".repeat(20_000)))),
    ];
    for (number, (status, body)) in refused.iter().enumerate() {
        assert_eq!(import(&app, CALENDAR, body).status, *status, "{number}");
    }
}

fn values_that_are_no_time_are_refused_by_name(database: Database) {
    let app = App::start(database);
    let good = "20261201T090000Z";
    for (property, member) in
        [("DUE", "due_date"), ("CREATED", "created_at"), ("COMPLETED", "completed_at"), ("TRIGGER", "remind_at")]
    {
        let with = |parameters: &str, value: &str| {
            let line = |more: &str| format!("{property}{more}{parameters}:{value}\r\n");
            match property {
                "TRIGGER" => todo(&format!("BEGIN:VALARM\r\n{}END:VALARM\r\n", line(";VALUE=DATE-TIME"))),
                _ => todo(&line("")),
            }
        };
        for (parameters, value) in [
            ("", "20200101T000000ZZZZ"),
            ("", "20200101T0000"),
            ("", "99999999"),
            ("", "00000101T000000Z"),
            ("", "-0010101T000000Z"),
            ("", "soon"),
            (";X-MS=9000000000000000", good),
            (";X-MS=9223372036854775808", good),
            (";X-MS=-1", good),
            (";X-MS=1000", good),
            (";TZID=Europe/Vienna", "00010101T000000"),
            (";TZID=America/Adak", "99991231T235959"),
        ] {
            let answer = import(&app, CALENDAR, &with(parameters, value));
            assert_eq!(answer.status, 422, "{property}{parameters}:{value}");
            assert_eq!(answer.wrong(), [format!("#/0/{member}")], "{property}{parameters}:{value}");
        }
        for (parameters, value) in
            [("", good), (";X-MS=999", good), (";TZID=Nowhere", good), (";TZID=Europe/Vienna", "20261201T100000")]
        {
            assert_eq!(import(&app, CALENDAR, &with(parameters, value)).expect(200)["created"], 1, "{parameters}");
        }
    }
}

fn no_more_than_10_000_tasks_are_read(database: Database) {
    let app = App::start(database);
    let bodies = [
        (JSON, format!("[{}[]]", "[[[]]],".repeat(1_000_000))),
        (JSON, format!("[{}0]", "0,".repeat(4_000_000))),
        (JSON, format!("{{\"tasks\":[{}0]}}", "{},".repeat(2_000_000))),
        (JSON, format!("[{}{{]", r#"{"title":"t"},"#.repeat(10_000))),
        (CALENDAR, calendar(&"BEGIN:VTODO\nEND:VTODO\n".repeat(300_000))),
    ];
    for (media_type, body) in bodies {
        let problem = import(&app, media_type, &body).expect(422);
        assert_eq!(problem["errors"], json!([{ "pointer": "#", "detail": "The body must have at most 10000 tasks" }]));
    }
    let tasks = app.by("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(tasks, json!([]));
}

fn json_that_no_export_has_is_refused(database: Database) {
    let app = App::start(database);
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for body in [
        nested(4_000_000),
        nested(100),
        format!("[{{\"title\":\"t\",\"x\":{}}}]", nested(100)),
        format!("[{{\"title\":\"t\",\"x\":[{}0]}}]", "0,".repeat(4_000_000)),
        format!("{{\"x\":[{}0],\"tasks\":[]}}", "{},".repeat(2_000_000)),
        format!("{{{}\"tasks\":[]}}", (0..500_000).map(|n| format!("\"{n}\":0,")).collect::<String>()),
    ] {
        import(&app, JSON, &body).expect(400);
    }
    for path in ["/api/tasks", "/api/tasks/bulk"] {
        for depth in [65, 30_000] {
            let problem = app.by("alice", "POST", path).text(&nested(depth)).send().expect(400);
            assert!(problem["detail"].as_str().unwrap().contains("nested too deeply"), "{problem}");
        }
    }
    let long = json!([{ "title": "t", "description": "x".repeat(4_000_000) }]).to_string();
    assert_eq!(import(&app, JSON, &long).wrong(), ["#/0/description"]);
}

/// The head of an import with a body of this length.
fn head(user: &str, length: usize) -> Vec<u8> {
    let token = jwt(user);
    format!(
        "POST /api/tasks/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {JSON}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// Waits until an import of alice's, of which no byte is sent, is refused because another is running.
fn until_refused(app: &App) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = app.exchange(&head("alice", 1_000_000_000_000));
        if answer.status == 429 {
            return answer;
        }
        answer.expect(413);
        assert!(Instant::now() < deadline, "the first import does not begin");
    }
}

fn one_import_of_a_user_runs_at_a_time(database: Database) {
    let app = App::start(database);
    let body = json!([{ "title": "t" }]).to_string();
    let mut first: TcpStream = begin(app.address, &[&head("alice", body.len()), &body.as_bytes()[..1]].concat());
    let refused = until_refused(&app);
    assert_eq!(refused.expect(429)["error"]["code"], "too_many_requests");
    let retry_after: u64 = refused.header("retry-after").expect("it says when").parse().expect("seconds");
    assert!(retry_after >= 1);
    app.by("bob", "POST", "/api/tasks/import").text(&body).send().expect(200);
    first.write_all(&body.as_bytes()[1..]).unwrap();
    assert_eq!(Answer::read(&mut first).expect(200)["created"], 1);
    assert_eq!(import(&app, JSON, &body).expect(200)["created"], 1);
}

fn a_client_that_leaves_may_import_again(database: Database) {
    let app = App::start(database);
    let first = begin(app.address, &[&head("alice", 100), b"[".as_slice()].concat());
    until_refused(&app);
    drop(first);
    let deadline = Instant::now() + Duration::from_secs(20);
    while import(&app, JSON, "[]").status != 200 {
        assert!(Instant::now() < deadline, "the import does not end with its client");
    }
}

/// A number of KiB of the process's status: `VmHWM`, `VmRSS`.
#[cfg(target_os = "linux")]
pub fn memory(service: &Service, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(&format!("{name}:"))).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// A body of nearly 8 MiB with good tasks, and members that the service does not know.
fn large() -> String {
    let (known, unknown) = ("\u{1f980}".repeat(1000), "x".repeat(12_000));
    let task = |number: usize| json!({ "title": format!("task {number}"), "description": known, "x": unknown });
    json!((0..500).map(task).collect::<Vec<Value>>()).to_string()
}

#[cfg(target_os = "linux")]
fn imports_of_any_kind_take_little_memory(database: Database) {
    const MIB: usize = 1024 * 1024;
    let (folder, url) = database.fresh();
    // the four wait for each other's commit
    let settings = [&production(&url)[..], &[("POOL_WAIT", "60s")]].concat();
    let service = Service::start(task_api(folder.path(), &settings));
    let bodies = [
        (422, JSON, format!("[{}[]]", "[[[]]],".repeat(1_180_000))),
        (422, JSON, format!("[{}0]", "0,".repeat(9_999))),
        (400, JSON, format!("[{{\"x\":[{}0]}}]", "{},".repeat(2_700_000))),
        (400, CALENDAR, "BEGIN:A\n".repeat(1_000_000)),
        (200, CALENDAR, calendar(&"A:b\n".repeat(200_000))),
        (422, JSON, json!([{ "title": "t", "description": "\\\"".repeat(2_000_000) }]).to_string()),
        (200, JSON, large()),
    ];
    for (number, (status, media_type, body)) in bodies.iter().enumerate() {
        println!(
            "body {number}: highest {} MiB, now {} MiB",
            memory(&service, "VmHWM") / MIB,
            memory(&service, "VmRSS") / MIB
        );
        std::thread::scope(|scope| {
            for user in ["alice", "bob", "carol", "dave"] {
                let import = service.by(user, "POST", "/api/tasks/import").header("Content-Type", media_type);
                scope.spawn(move || assert_eq!(import.body(body.as_bytes()).send().status, *status));
            }
        });
    }
    let highest = memory(&service, "VmHWM");
    println!("highest {} MiB, now {} MiB", highest / MIB, memory(&service, "VmRSS") / MIB);
    assert!(highest < 192 * MIB, "{} MiB", highest / MIB);
    service.stop("-TERM");
}

#[cfg(not(target_os = "linux"))]
fn imports_of_any_kind_take_little_memory(_: Database) {}
