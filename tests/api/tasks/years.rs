//! Dates from year 1 to year 9999, in every date field and date filter.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    due_date_filters_work_in_every_year,
    pagination_by_due_date_works_in_every_year,
    date_times_outside_years_1_to_9999_are_rejected,
    a_next_reminder_outside_years_1_to_9999_is_dropped,
    a_recurrence_ends_with_the_year_9999,
);

const INSTANTS: [&str; 12] = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T12:30:00Z",
    "0001-12-31T23:59:59.999Z",
    "0999-06-01T00:00:00.001Z",
    "1969-12-31T23:59:59.999Z",
    "2026-12-01T12:00:00Z",
    "9998-12-31T23:30:00Z",
    "9999-12-30T12:00:00Z",
    "9999-12-31T00:00:00Z",
    "9999-12-31T12:00:00Z",
    "9999-12-31T23:30:00Z",
    "9999-12-31T23:59:59.999Z",
];
const DATES: [&str; 5] = ["0001-01-01", "0001-01-02", "2026-12-01", "9999-12-30", "9999-12-31"];
const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__Vienna, Tz::America__New_York, Tz::Pacific__Kiritimati, Tz::Etc__GMTPlus12];

/// A due date or a filter bound.
enum DateOrInstant {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

impl DateOrInstant {
    fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Instant(text.parse().expect("an instant")), Self::Day)
    }

    fn day(&self, zone: Tz) -> NaiveDate {
        match self {
            Self::Day(day) => *day,
            Self::Instant(instant) => instant.with_timezone(&zone).date_naive(),
        }
    }

    /// Returns whether this due date is at the bound or on the matching side of it.
    /// Compares two instants as instants, otherwise days in `zone`.
    fn is_within(&self, bound: &Self, zone: Tz, is_last: bool) -> bool {
        let order = match (self, bound) {
            (Self::Instant(due), Self::Instant(bound)) => due.cmp(bound),
            _ => self.day(zone).cmp(&bound.day(zone)),
        };
        if is_last { order.is_le() } else { order.is_ge() }
    }
}

fn create_all(app: &App) {
    let create = |due: &&str| json!({ "op": "create", "title": due, "due_date": due });
    let operations: Vec<Value> = INSTANTS.iter().chain(&DATES).map(create).collect();
    app.request_as("alice", "POST", "/api/tasks/bulk").json(&json!({ "operations": operations })).send().expect(200);
}

fn titles(app: &App, query: &str) -> BTreeSet<String> {
    let list = app.request_as("alice", "GET", &format!("/api/tasks?{query}")).send().expect(200);
    list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
}

fn due_date_filters_work_in_every_year(database: Database) {
    let app = App::start(database);
    create_all(&app);
    for zone in ZONES {
        let zone_name = zone.name().replace('+', "%2B");
        for bound in INSTANTS.iter().chain(&DATES) {
            for (name, is_last) in [("due_before", true), ("due_after", false)] {
                let is_match =
                    |due: &&&str| DateOrInstant::parse(due).is_within(&DateOrInstant::parse(bound), zone, is_last);
                let expected = INSTANTS.iter().chain(&DATES).filter(is_match).map(|due| (*due).to_owned()).collect();
                assert_eq!(
                    titles(&app, &format!("{name}={bound}&time_zone={zone_name}")),
                    expected,
                    "{name} {bound} {zone}"
                );
            }
        }
    }
    assert_eq!(titles(&app, "updated_since=0001-01-01T00:00:00Z").len(), INSTANTS.len() + DATES.len());
    assert_eq!(titles(&app, "updated_since=9999-12-31T23:59:59.999Z").len(), 0);
}

fn pagination_by_due_date_works_in_every_year(database: Database) {
    let app = App::start(database);
    create_all(&app);
    for order in ["asc", "desc"] {
        let full_list =
            app.request_as("alice", "GET", &format!("/api/tasks?sort=due_date&order={order}")).send().expect(200);
        let mut pages = Vec::new();
        let mut next = Some(format!("/api/tasks?sort=due_date&order={order}&limit=4"));
        while let Some(path) = next {
            let response = app.request_as("alice", "GET", &path).send();
            next =
                response.header("link").map(|link| link.trim_start_matches('<').split('>').next().unwrap().to_owned());
            pages.extend(response.expect(200).as_array().unwrap().clone());
        }
        assert_eq!(json!(pages), full_list);
    }
}

/// Generates the parts of a date-time: year, month, day, second of the day, and the offset in minutes.
fn date_time_parts() -> impl Strategy<Value = (i32, u32, u32, u32, i32)> {
    let years = prop_oneof![Just(0), Just(1), Just(9999), Just(10_000), 0..=10_000];
    (years, 1..=12_u32, 1..=31_u32, 0..86_400_u32, -1_439..=1_439)
}

/// Returns the text of these parts, and its instant if the date exists and is in range.
fn format_date_time((year, month, day, second, offset): (i32, u32, u32, u32, i32)) -> (String, Option<DateTime<Utc>>) {
    let (hour, minute, sign) = (second / 3_600, second / 60 % 60, if offset < 0 { '-' } else { '+' });
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    let second = second % 60;
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}");
    let local = NaiveDate::from_ymd_opt(year, month, day).and_then(|day| day.and_hms_opt(hour, minute, second));
    let instant = local.map(|local| local.and_utc() - TimeDelta::minutes(offset.into()));
    let is_in_range = |instant: &DateTime<Utc>| (1..=9999).contains(&year) && (1..=9999).contains(&instant.year());
    (text, instant.filter(is_in_range))
}

fn date_times_outside_years_1_to_9999_are_rejected(database: Database) {
    let app = App::start(database);
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&date_time_parts(), |date_time_parts| {
        let (text, instant) = format_date_time(date_time_parts);
        let stored = instant.map(|instant| json!(instant.to_rfc3339_opts(SecondsFormat::Secs, true)));
        for field in ["due_date", "remind_at"] {
            let mut task = json!({ "title": "t" });
            task[field] = json!(text);
            let response = app.request_as("alice", "POST", "/api/tasks").json(&task).send();
            match &stored {
                Some(stored) => prop_assert_eq!(&response.expect(201)[field], stored),
                None => prop_assert_eq!(response.status, 422, "{} {}", field, text),
            }
        }
        let imported = json!([{ "title": "t", "completed": true, "created_at": text, "completed_at": text }]);
        let response = app.request_as("alice", "POST", "/api/tasks/import?strict=true").json(&imported).send();
        prop_assert_eq!(response.status, if stored.is_some() { 200 } else { 422 }, "{}", text);
        let filter = text.replace('+', "%2B");
        for name in ["due_before", "due_after", "updated_since"] {
            let response = app.request_as("alice", "GET", &format!("/api/tasks?{name}={filter}")).send();
            prop_assert_eq!(response.status, if stored.is_some() { 200 } else { 422 }, "{} {}", name, text);
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Creates and completes a task; returns the pending tasks.
fn pending_after_completion(app: &App, task: &Value) -> Vec<Value> {
    let created = app.request_as("alice", "POST", "/api/tasks").json(task).send().expect(201);
    let path = format!("/api/tasks/{}/complete", created["id"]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "completed": true })).send().expect(200);
    let pending = app.request_as("alice", "GET", "/api/tasks?status=pending").send().expect(200);
    pending.as_array().unwrap().clone()
}

fn a_next_reminder_outside_years_1_to_9999_is_dropped(database: Database) {
    for (due, reminder, from) in [
        ("9000-01-01T00:00:00Z", "0100-01-01T00:00:00Z", "completion"),
        ("9000-01-01", "0001-01-01T00:00:00Z", "completion"),
        ("1000-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "due_date"),
        ("0001-01-01", "9999-12-31T23:59:59.999Z", "due_date"),
    ] {
        let app = App::start(database);
        let task = json!({
            "title": "t", "due_date": due, "remind_at": reminder, "recurrence_rule": "daily", "repeat_from": from,
        });
        let pending = pending_after_completion(&app, &task);
        assert_eq!(pending.len(), 1, "{task}");
        assert_eq!(pending[0]["remind_at"], Value::Null, "{task}");
    }
}

fn a_recurrence_ends_with_the_year_9999(database: Database) {
    let app = App::start(database);
    for (due, zone, rule) in [
        ("9999-12-31", "UTC", "daily"),
        ("9999-12-28", "Pacific/Kiritimati", "weekly"),
        ("9999-12-31T04:59:00Z", "America/New_York", "daily"),
        ("9999-12-31T23:59:59.999Z", "Pacific/Kiritimati", "FREQ=SECONDLY"),
        ("9999-12-31T23:00:00Z", "Etc/GMT+12", "FREQ=HOURLY"),
    ] {
        let task = json!({ "title": "t", "due_date": due, "time_zone": zone, "recurrence_rule": rule });
        assert_eq!(pending_after_completion(&app, &task), Vec::<Value>::new(), "{task}");
    }
}
