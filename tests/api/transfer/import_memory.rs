//! The memory of concurrent imports.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Database, Service, production, task_api};

on_both!(concurrent_imports_use_less_than_160_mib);

const JSON: &str = "application/json";
const CALENDAR: &str = "text/calendar";

fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n")
}

/// Returns `VmHWM` or `VmRSS` of the process in bytes.
#[cfg(target_os = "linux")]
fn memory(service: &Service, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let property_line =
        status.lines().find_map(|property_line| property_line.strip_prefix(&format!("{name}:"))).unwrap();
    property_line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Returns a body of nearly 8 MiB with valid tasks that contain unknown members.
fn large_import() -> String {
    let (known, unknown) = ("\u{1f980}".repeat(1000), "x".repeat(12_000));
    let task = |number: usize| json!({ "title": format!("task {number}"), "description": known, "x": unknown });
    json!((0..500).map(task).collect::<Vec<Value>>()).to_string()
}

#[cfg(target_os = "linux")]
fn concurrent_imports_use_less_than_160_mib(database: Database) {
    const MIB: usize = 1024 * 1024;
    let bodies = [
        (422, JSON, format!("[{}[]]", "[[[]]],".repeat(1_180_000))),
        (200, JSON, format!("[{}0]", "0,".repeat(9_999))),
        (400, JSON, format!("[{{\"x\":[{}0]}}]", "{},".repeat(2_700_000))),
        (400, CALENDAR, "BEGIN:A\n".repeat(1_000_000)),
        (422, CALENDAR, calendar(&"A:b\n".repeat(200_000))),
        (200, CALENDAR, calendar(&"BEGIN:VTODO\nUID:s\nRRULE:FREQ=DAILY\nEND:VTODO\n".repeat(9_999))),
        (
            200,
            CALENDAR,
            calendar(
                &("BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\n".to_owned()
                    + &"RDATE:20270101T000000\n".repeat(200_000)
                    + "END:STANDARD\nEND:VTIMEZONE\nBEGIN:VTODO\nEND:VTODO\n"),
            ),
        ),
        (200, JSON, json!([{ "title": "t", "description": "\\\"".repeat(2_000_000) }]).to_string()),
        (200, JSON, large_import()),
    ];
    for (number, (status, media_type, body)) in bodies.iter().enumerate() {
        // a service for each: the allocator keeps memory of the bodies before
        let (folder, url) = database.empty();
        // the four imports wait for each other's commit
        let settings = [&production(&url)[..], &[("POOL_WAIT", "60s")]].concat();
        let service = Service::start(task_api(folder.path(), &settings));
        std::thread::scope(|scope| {
            for user in ["alice", "bob", "carol", "dave"] {
                let import = service.request_as(user, "POST", "/api/tasks/import").header("Content-Type", media_type);
                scope.spawn(move || assert_eq!(import.body(body.as_bytes()).send().status, *status));
            }
        });
        let peak = memory(&service, "VmHWM");
        println!("body {number}: {} MiB", peak / MIB);
        assert!(peak < 160 * MIB, "body {number}: {} MiB", peak / MIB);
        service.stop("-TERM");
    }
}

#[cfg(not(target_os = "linux"))]
fn concurrent_imports_use_less_than_160_mib(_: Database) {}
