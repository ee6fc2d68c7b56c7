//! Writes tasks as VTODOs, and the zones of their times.

use std::collections::HashSet;
use std::fmt;

use chrono::{DateTime, Datelike, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use icalendar::{Alarm, Component, EventLike, Property, Todo};

use crate::api::icalendar::plain_rule::plain_rule;
use crate::api::icalendar::properties::{CANCELLED, DUE, FOLD, MILLIS, REPEAT_FROM, RULE, RULE_START, TIME_ZONE};
use crate::api::icalendar::zone_writer;
use crate::recurrence::{Due, RepeatFrom, to_instant};
use crate::task::{Priority, Task};

const UTC_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const LOCAL_FORMAT: &str = "%Y%m%dT%H%M%S";
const DAY_FORMAT: &str = "%Y%m%d";

/// Writes a calendar in parts. Each zone is defined before the first task that uses it.
#[derive(Clone, Default)]
pub(crate) struct CalendarWriter {
    defined: HashSet<Tz>,
}

impl CalendarWriter {
    pub(crate) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//task-api//EN\r\n";
    pub(crate) const TAIL: &str = "END:VCALENDAR\r\n";

    /// Writes a task, after the definition of its zone.
    pub(crate) fn write(&mut self, task: &Task, out: &mut String) -> Result<(), fmt::Error> {
        let zone = local_zone(task);
        if let Some(zone) = zone.filter(|zone| self.defined.insert(*zone)) {
            zone_writer::write(zone, out);
        }
        out.push_str(&todo(task, zone)?);
        Ok(())
    }
}

/// Returns the zone in which the due time is written. `None`: it is a day, or written in UTC.
fn local_zone(task: &Task) -> Option<Tz> {
    let zone = task.time_zone.as_deref()?.parse::<Tz>().ok().filter(|zone| *zone != Tz::UTC)?;
    let Some(Due::At(at)) = task.due else { return None };
    let has_year = (1..=9999).contains(&at.with_timezone(&zone).year());
    // other programs read a repeated local time as the first one; an exact due time is worth more than the zone, unless it repeats
    (has_year && (task.recurrence_rule.is_some() || !is_second(at, zone))).then_some(zone)
}

/// Returns whether the local time is the second of two equal ones.
fn is_second(at: DateTime<Utc>, zone: Tz) -> bool {
    let local = at.with_timezone(&zone).naive_local();
    zone.from_local_datetime(&local).earliest().is_some_and(|first| first.to_utc() < at)
}

fn todo(task: &Task, zone: Option<Tz>) -> Result<String, fmt::Error> {
    let mut todo = Todo::with_uid(&task.uid);
    todo.timestamp(task.updated_at);
    todo.add_property("SUMMARY", task.title.as_str());
    if let Some(description) = &task.description {
        todo.add_property("DESCRIPTION", description.replace("\r\n", "\n").replace('\r', "\n"));
    }
    todo.append_property(instant("CREATED", task.created_at));
    todo.append_property(instant("LAST-MODIFIED", task.updated_at));
    todo.add_property("STATUS", status(task));
    if let Some(at) = task.completed_at {
        todo.append_property(instant("COMPLETED", at));
    }
    // section 3.8.1.9: 1 is the highest, 9 the lowest, 0 undefined
    todo.add_property(
        "PRIORITY",
        match task.priority {
            Priority::High => "1",
            Priority::Medium => "5",
            Priority::Low => "9",
            Priority::None => "0",
        },
    );
    if !task.tags.is_empty() {
        todo.categories(&task.tags);
    }
    if let Some(due) = task.due {
        todo.append_property(date("DUE", due, zone, unmoved_local(task, zone)));
    }
    if let Some(rule) = &task.recurrence_rule {
        write_series(&mut todo, task, rule, zone);
    }
    if let Some(name) = task.time_zone.as_ref().filter(|name| zone.is_none_or(|zone| zone.name() != name.as_str())) {
        todo.add_property(TIME_ZONE, name.as_str());
    }
    if let Some(at) = task.remind_at {
        let mut alarm = Alarm::display(&task.title, at);
        alarm.append_property(instant("TRIGGER", at).add_parameter("VALUE", "DATE-TIME").done());
        todo.append_component(alarm);
    }
    todo.try_into_string()
}

/// A completed task with the tag `cancelled` is cancelled.
fn status(task: &Task) -> &'static str {
    match task.completed_at {
        None => "NEEDS-ACTION",
        Some(_) if task.tags.iter().any(|tag| tag == CANCELLED) => "CANCELLED",
        Some(_) => "COMPLETED",
    }
}

/// Writes the rule and its start. RFC 5545 requires DTSTART with RRULE; of a task without a due date it is the day of creation.
fn write_series(todo: &mut Todo, task: &Task, rule: &str, zone: Option<Tz>) {
    let start = task.due.unwrap_or_else(|| Due::Day(task.created_at.date_naive()));
    todo.append_property(date("DTSTART", start, zone, unmoved_local(task, zone)));
    if task.due.is_none() {
        todo.add_property(DUE, "NONE");
    }
    let local = match start {
        Due::Day(day) => day.and_time(NaiveTime::MIN),
        Due::At(at) => at.with_timezone(&zone.unwrap_or(Tz::UTC)).naive_local(),
    };
    let plain = plain_rule(rule, task.recurrence_start.unwrap_or(local), matches!(start, Due::Day(_)));
    todo.add_property("RRULE", &plain);
    if plain != rule {
        todo.add_property(RULE, rule);
    }
    if let Some(start) = task.recurrence_start {
        todo.add_property(RULE_START, start.format(LOCAL_FORMAT).to_string());
    }
    for excluded in &task.excluded_dates {
        todo.append_multi_property(date("EXDATE", excluded_date(*excluded, start, task), zone, None));
    }
    if task.repeat_from == RepeatFrom::Completion {
        todo.add_property(REPEAT_FROM, "completion");
    }
}

/// Returns the local time of the rule, if a clock change moved the due time. Other programs read it as the same instant.
fn unmoved_local(task: &Task, zone: Option<Tz>) -> Option<NaiveDateTime> {
    let (Some(start), Some(Due::At(at)), Some(zone)) = (task.recurrence_start, task.due, zone) else { return None };
    (to_instant(start, zone) == Some(at)).then_some(start)
}

/// Converts an excluded date to the type of DTSTART, as RFC 5545 requires: a day to its occurrence at the time of DTSTART.
fn excluded_date(excluded: Due, start: Due, task: &Task) -> Due {
    let zone = task.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    match (excluded, start) {
        (Due::Day(day), Due::At(start)) => {
            let local = day.and_time(start.with_timezone(&zone).time());
            to_instant(local, zone).map_or(excluded, Due::At)
        }
        (Due::At(at), Due::Day(_)) => Due::Day(at.with_timezone(&zone).date_naive()),
        _ => excluded,
    }
}

/// Writes a day, a local time with its zone, or a time in UTC. `unmoved`: the local time, if a clock change moves it.
fn date(name: &str, due: Due, zone: Option<Tz>, unmoved: Option<NaiveDateTime>) -> Property {
    match (due, zone) {
        (Due::Day(day), _) => {
            let day = day.and_time(NaiveTime::MIN).format(DAY_FORMAT).to_string();
            Property::new(name, day).add_parameter("VALUE", "DATE").done()
        }
        (Due::At(at), None) => instant(name, at),
        (Due::At(at), Some(zone)) => {
            let local = unmoved.unwrap_or_else(|| at.with_timezone(&zone).naive_local());
            let mut property = Property::new(name, local.format(LOCAL_FORMAT).to_string());
            property.add_parameter("TZID", zone.name());
            if is_second(at, zone) {
                property.add_parameter(FOLD, "1");
            }
            with_millis(property, at)
        }
    }
}

fn instant(name: &str, at: DateTime<Utc>) -> Property {
    with_millis(Property::new(name, at.format(UTC_FORMAT).to_string()), at)
}

fn with_millis(mut property: Property, at: DateTime<Utc>) -> Property {
    let millis = at.timestamp_subsec_millis();
    if millis > 0 {
        property.add_parameter(MILLIS, &millis.to_string());
    }
    property
}
