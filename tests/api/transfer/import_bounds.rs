//! Limits of imports: nesting, lines, values, tasks, and one concurrent import for each user.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::on_both;
use crate::support::{App, Database, Response, jwt, send_bytes};

on_both!(
    deeply_nested_components_are_400,
    unusual_calendars_are_imported_or_rejected,
    zones_and_series_are_bounded,
    invalid_times_are_422_with_the_member_as_pointer,
    an_import_of_more_than_10_000_tasks_is_422,
    deeply_nested_or_oversized_json_is_rejected,
    a_second_concurrent_import_of_a_user_is_429,
    a_disconnected_client_can_import_again,
);

const JSON: &str = "application/json";
const CALENDAR: &str = "text/calendar";

fn import(app: &App, media_type: &str, body: &str) -> Response {
    app.request_as("alice", "POST", "/api/tasks/import").header("Content-Type", media_type).body(body.as_bytes()).send()
}

fn import_strictly(app: &App, media_type: &str, body: &str) -> Response {
    let request = app.request_as("alice", "POST", "/api/tasks/import?strict=true").header("Content-Type", media_type);
    request.body(body.as_bytes()).send()
}

fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n")
}

fn calendar_with_todo(lines: &str) -> String {
    calendar(&format!("BEGIN:VTODO\r\nSUMMARY:t\r\n{lines}END:VTODO\r\n"))
}

fn deeply_nested_components_are_400(database: Database) {
    let app = App::start(database);
    let nested = |name: &str, depth: usize, end: &str| {
        let components = format!("BEGIN:{name}\r\n").repeat(depth);
        components + &format!("END:{name}\r\n").repeat(if end.is_empty() { 0 } else { depth })
    };
    for depth in [9, 3612, 200_000] {
        for end in ["", "with its end"] {
            let problem = import(&app, CALENDAR, &nested("A", depth, end)).expect(400);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("line 9 nests components deeper than 8 levels"), "{detail}");
        }
    }
    let report = import(&app, CALENDAR, &calendar(&nested("VTODO", 3612, "x"))).expect(200);
    assert_eq!(
        (&report["created"], &report["more_rejected"]),
        (&json!(1), &json!(2611)),
        "a task within a task ends the outer one"
    );
    import(&app, CALENDAR, &calendar_with_todo(&nested("VALARM", 3612, "x"))).expect(400);
    assert_eq!(import(&app, CALENDAR, &calendar_with_todo(&nested("X-A", 6, "x"))).expect(200)["created"], 1);
}

fn unusual_calendars_are_imported_or_rejected(database: Database) {
    let app = App::start(database);
    let parameters = |count: usize| format!("DUE{}:20261201\r\n", ";A=b".repeat(count));
    let accepted = [
        calendar_with_todo("") + &calendar(&"A:b\n".repeat(1_000_000)),
        calendar_with_todo("") + &calendar(&"A:b\r\n".repeat(100_000)),
        calendar_with_todo("") + &calendar(&"\r\n".repeat(200_000)),
        calendar_with_todo("") + &calendar(&"BEGIN:A\nEND:A\n".repeat(50_000)),
        calendar_with_todo("") + &"BEGIN:VCALENDAR\nEND:VCALENDAR\n".repeat(100_000),
        calendar_with_todo(&"X-A:b\n".repeat(100_000)),
        calendar_with_todo(
            &"BEGIN:VALARM\r\nTRIGGER;VALUE=DATE-TIME:20261201T090000Z\r\nEND:VALARM\r\n".repeat(20_000),
        ),
        calendar_with_todo(&format!("X-A:{}\r\n", "b".repeat(4_000_000))),
        calendar_with_todo(&format!("X-A:b\r\n{}", " b\r\n".repeat(100_000))),
        calendar_with_todo(&format!("X-A{}:b\r\n", ";A=b".repeat(500_000))),
        calendar_with_todo(&"DUE:20261201\r\n".repeat(200_000)),
        calendar_with_todo(&"CATEGORIES:a,b\r\n".repeat(5000)),
        calendar_with_todo(&parameters(10_000)),
        calendar_with_todo(&format!("{}\r\n", "X-A;B=\"c:d".repeat(100_000))),
        // long texts are cut
        calendar_with_todo(&format!("DESCRIPTION:{}\r\n", "b".repeat(4_000_000))),
        calendar_with_todo("DUE;\"=:20261201\r\n"),
        calendar_with_todo(&format!("CATEGORIES:{}\r\n", (0..10_000).map(|n| format!("{n},")).collect::<String>())),
        calendar_with_todo(&(0..5000).map(|n| format!("CATEGORIES:{n}\r\n")).collect::<String>()),
        calendar_with_todo(&format!("DUE:20261201\r\nRRULE:FREQ=DAILY\r\n{}", "EXDATE:20261202\r\n".repeat(300_000))),
    ];
    for (number, body) in accepted.iter().enumerate() {
        println!("calendar {number}");
        assert_eq!(import(&app, CALENDAR, body).expect(200)["created"], 1, "{number}");
    }
    let list = app.request_as("alice", "GET", "/api/tasks?due=any").send().expect(200);
    assert_eq!(list.as_array().map(Vec::len), Some(4));
    let rejected = [
        (400, "BEGIN:VCALENDAR\nBEGIN:VTODO\n".to_owned() + &"A:b\n".repeat(100_000)),
        (400, calendar_with_todo(&parameters(1_000_000))),
        (422, calendar_with_todo(&format!("RRULE:FREQ=DAILY;BYDAY={}\r\n", "MO,".repeat(20_000)))),
    ];
    for (number, (status, body)) in rejected.iter().enumerate() {
        assert_eq!(import_strictly(&app, CALENDAR, body).status, *status, "{number}");
        let report = import(&app, CALENDAR, body).expect(200);
        assert_eq!((&report["created"], report["rejected"].as_array().map(Vec::len)), (&json!(0), Some(1)), "{number}");
    }
    import(&app, CALENDAR, &"A:b\n".repeat(1_000_000)).expect(400);
    import(&app, CALENDAR, &"BEGIN:VCALENDAR\nEND:VCALENDAR\n".repeat(100_000)).expect(422);
}

/// Definitions of zones and series that would need much work: each import is bounded, and reports what it rejects.
fn zones_and_series_are_bounded(database: Database) {
    let app = App::start(database);
    let observance = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0317\r\nTZOFFSETTO:+0317\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\n";
    let zone = |name: &str, observances: usize| {
        format!("BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{}END:VTIMEZONE\r\n", observance.repeat(observances))
    };
    let todo = |lines: &str| format!("BEGIN:VTODO\r\nSUMMARY:t\r\n{lines}END:VTODO\r\n");
    let due = |zone: &str| todo(&format!("DUE;TZID={zone}:20270101T000000\r\n"));
    let bodies = [
        // too many observances, definitions, onsets
        (0, calendar(&(zone("Z", 201) + &due("Z")))),
        (1, calendar(&(zone("Z", 200) + &due("Z")))),
        (0, calendar(&((0..501).map(|number| zone(&format!("Z{number}"), 1)).collect::<String>() + &due("Z500")))),
        (
            0,
            calendar(
                &(zone("Z", 1).replace("RRULE:FREQ=YEARLY\r\n", &"RDATE:20270101T000000\r\n".repeat(20_001))
                    + &due("Z")),
            ),
        ),
        // many names, long names
        (
            0,
            calendar(
                &(0..9_000).map(|number| due(&format!("Nowhere {number} standard time a b c d e"))).collect::<String>(),
            ),
        ),
        (0, calendar(&(0..9_000).map(|number| due(&format!("/{}{number}", "a/".repeat(120)))).collect::<String>())),
        // one series with many masters and many replaced occurrences
        (
            1_001,
            calendar(
                &(1_000..2_000)
                    .map(|year| {
                        todo(&format!("UID:s\r\nRECURRENCE-ID:{year}0101\r\n"))
                            + &todo("UID:s\r\nDTSTART:20270101\r\nRRULE:FREQ=DAILY\r\n")
                    })
                    .collect::<String>(),
            ),
        ),
        // a day excludes 86,400 occurrences
        (1, calendar(&todo("\r\nDTSTART:20270101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nEXDATE:20270101\r\n"))),
    ];
    for (number, (created, body)) in bodies.iter().enumerate() {
        println!("calendar {number}");
        let report = import(&app, CALENDAR, body).expect(200);
        assert_eq!(report["created"], *created, "{number}: {report}");
    }
    // the steps of all definitions of a file have one budget
    let days: Vec<String> = (10..30).map(|day| format!("202701{day}T000000")).collect();
    let excluded = format!("DUE;TZID=Z:20270101T000000\r\nRRULE:FREQ=DAILY\r\nEXDATE;TZID=Z:{}\r\n", days.join(","));
    let many_times = todo(&excluded).repeat(2_000);
    let report = import(&app, CALENDAR, &calendar(&(zone("Z", 200) + &many_times))).expect(200);
    assert!(report["rejected"].as_array().is_some_and(|rejected| !rejected.is_empty()), "{}", report["created"]);
}

fn invalid_times_are_422_with_the_member_as_pointer(database: Database) {
    let app = App::start(database);
    let valid_time = "20261201T090000Z";
    for (property, member) in [("DUE", "due_date"), ("TRIGGER", "remind_at")] {
        let calendar_with_property = |parameters: &str, value: &str| {
            let property_line =
                |extra_parameters: &str| format!("{property}{extra_parameters}{parameters}:{value}\r\n");
            match property {
                "TRIGGER" => {
                    calendar_with_todo(&format!("BEGIN:VALARM\r\n{}END:VALARM\r\n", property_line(";VALUE=DATE-TIME")))
                }
                _ => calendar_with_todo(&property_line("")),
            }
        };
        for (parameters, value) in [
            ("", "20200101T000000ZZZZ"),
            ("", "20200101T0000"),
            ("", "99999999"),
            ("", "00000101T000000Z"),
            ("", "-0010101T000000Z"),
            ("", "soon"),
            (";X-MS=9000000000000000", valid_time),
            (";X-MS=9223372036854775808", valid_time),
            (";X-MS=-1", valid_time),
            (";X-MS=1000", valid_time),
            (";TZID=Europe/Vienna", "00010101T000000"),
            (";TZID=America/Adak", "99991231T235959"),
        ] {
            let response = import_strictly(&app, CALENDAR, &calendar_with_property(parameters, value));
            assert_eq!(response.status, 422, "{property}{parameters}:{value}");
            assert_eq!(response.error_pointers(), [format!("#/0/{member}")], "{property}{parameters}:{value}");
        }
        for (parameters, value) in [
            ("", valid_time),
            (";X-MS=999", valid_time),
            (";TZID=Nowhere", valid_time), // a time in UTC has no zone
            (";TZID=Europe/Vienna", "20261201T100000"),
        ] {
            assert_eq!(
                import(&app, CALENDAR, &calendar_with_property(parameters, value)).expect(200)["created"],
                1,
                "{parameters}"
            );
        }
    }
}

fn an_import_of_more_than_10_000_tasks_is_422(database: Database) {
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
    let tasks = app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    assert_eq!(tasks, json!([]));
}

fn deeply_nested_or_oversized_json_is_rejected(database: Database) {
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
            let problem = app.request_as("alice", "POST", path).text(&nested(depth)).send().expect(400);
            assert!(problem["detail"].as_str().unwrap().contains("nested too deeply"), "{problem}");
        }
    }
    let task_with_long_description = json!([{ "title": "t", "description": "x".repeat(4_000_000) }]).to_string();
    assert_eq!(import_strictly(&app, JSON, &task_with_long_description).error_pointers(), ["#/0/description"]);
}

/// Returns the request head of an import with this `Content-Length`.
fn import_head(user: &str, length: usize) -> Vec<u8> {
    let token = jwt(user);
    format!(
        "POST /api/tasks/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {JSON}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// Sends imports of alice without a body until one gets 429 because another import is running.
fn wait_for_rejection(app: &App) -> Response {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let response = app.exchange(&import_head("alice", 1_000_000_000_000));
        if response.status == 429 {
            return response;
        }
        response.expect(413);
        assert!(Instant::now() < deadline, "the first import does not start");
    }
}

fn a_second_concurrent_import_of_a_user_is_429(database: Database) {
    let app = App::start(database);
    let body = json!([{ "title": "t" }]).to_string();
    let mut first: TcpStream =
        send_bytes(app.address, &[&import_head("alice", body.len()), &body.as_bytes()[..1]].concat());
    let rejected = wait_for_rejection(&app);
    assert_eq!(rejected.expect(429)["error"]["code"], "too_many_requests");
    let retry_after: u64 = rejected.header("retry-after").expect("a Retry-After header").parse().expect("seconds");
    assert!(retry_after >= 1);
    app.request_as("bob", "POST", "/api/tasks/import").text(&body).send().expect(200);
    first.write_all(&body.as_bytes()[1..]).unwrap();
    assert_eq!(Response::read(&mut first).expect(200)["created"], 1);
    assert_eq!(import(&app, JSON, &body).expect(200)["created"], 1);
}

fn a_disconnected_client_can_import_again(database: Database) {
    let app = App::start(database);
    let first = send_bytes(app.address, &[&import_head("alice", 100), b"[".as_slice()].concat());
    wait_for_rejection(&app);
    drop(first);
    let deadline = Instant::now() + Duration::from_secs(20);
    while import(&app, JSON, "[]").status != 200 {
        assert!(Instant::now() < deadline, "the import does not end when its client disconnects");
    }
}
