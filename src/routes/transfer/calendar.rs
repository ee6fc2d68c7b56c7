//! Tasks as iCalendar (RFC 5545): a VTODO each.
//!
//! What the format has no place for stands beside it: milliseconds in a parameter `X-MS`, the zone and the way of repeating in
//! properties of our own. Line breaks within a description are `\n` afterwards, whatever they were.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use icalendar::parser::{self, Component as Parsed, Property as ParsedProperty};
use icalendar::{Alarm, Component, EventLike, Property, Todo};
use serde_json::{Map, Value, json};

use crate::recurrence::{Due, RepeatFrom};
use crate::store::{Priority, Task};

pub(super) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//task-api//EN\r\n";
pub(super) const TAIL: &str = "END:VCALENDAR\r\n";

const TIME_ZONE: &str = "X-TASK-API-TIME-ZONE";
const REPEAT_FROM: &str = "X-TASK-API-REPEAT-FROM";
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// Writes one task.
pub(super) fn todo(task: &Task) -> Result<String, fmt::Error> {
    let mut todo = Todo::with_uid(&task.uid);
    todo.timestamp(task.updated_at);
    todo.add_property("SUMMARY", task.title.as_str());
    if let Some(description) = &task.description {
        todo.add_property("DESCRIPTION", description.replace("\r\n", "\n").replace('\r', "\n"));
    }
    todo.append_property(instant("CREATED", task.created_at));
    todo.append_property(instant("LAST-MODIFIED", task.updated_at));
    todo.add_property("STATUS", if task.completed_at.is_some() { "COMPLETED" } else { "NEEDS-ACTION" });
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
    match task.due {
        Some(Due::Day(day)) => {
            todo.append_property(
                Property::new("DUE", day.format("%Y%m%d").to_string()).add_parameter("VALUE", "DATE").done(),
            );
        }
        Some(Due::At(at)) => {
            todo.append_property(instant("DUE", at));
        }
        None => {}
    }
    if let Some(rule) = &task.recurrence_rule {
        todo.add_property("RRULE", rule.as_str());
    }
    if let Some(zone) = &task.time_zone {
        todo.add_property(TIME_ZONE, zone.as_str());
    }
    if task.repeat_from == RepeatFrom::Completion {
        todo.add_property(REPEAT_FROM, "completion");
    }
    if let Some(at) = task.remind_at {
        let mut alarm = Alarm::display(&task.title, at);
        alarm.append_property(instant("TRIGGER", at).add_parameter("VALUE", "DATE-TIME").done());
        todo.append_component(alarm);
    }
    todo.try_into_string()
}

fn instant(name: &str, at: DateTime<Utc>) -> Property {
    let mut property = Property::new(name, at.format(INSTANT).to_string());
    let millis = at.timestamp_subsec_millis();
    if millis > 0 {
        property.add_parameter("X-MS", &millis.to_string());
    }
    property
}

/// Reads a calendar's VTODOs, each as the JSON that an import of JSON would have. Those that are not to do are passed over.
///
/// # Errors
/// A sentence: it is no calendar. What is wrong with a value is left to the reader of the JSON.
pub(super) fn read(text: &str) -> Result<Vec<Value>, String> {
    let unfolded = parser::unfold(text);
    check_lines(&unfolded)?;
    let calendar = parser::read_calendar(&unfolded).map_err(|_| "The body is not a calendar.".to_owned())?;
    Ok(calendar.components.iter().filter(|component| component.name == "VTODO").map(members).collect())
}

/// The parser does not say where it stopped; this names the first line that is no property.
fn check_lines(unfolded: &str) -> Result<(), String> {
    for (index, line) in unfolded.lines().enumerate() {
        let name = line.split([':', ';']).next().unwrap_or("");
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_property = is_name && line.contains(':');
        if !is_property && !line.trim().is_empty() {
            return Err(format!("Line {} of the calendar (folded lines counted as one) is not NAME:value.", index + 1));
        }
    }
    Ok(())
}

fn members(todo: &Parsed<'_>) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.into(), value);
        }
    };
    let text = |name: &str| todo.find_prop(name).map(|property| json!(property.val.as_str()));
    let time = |name: &str| todo.find_prop(name).map(|property| json!(written(property)));
    set("uid", text("UID"));
    set("title", text("SUMMARY"));
    set("description", text("DESCRIPTION"));
    set("created_at", time("CREATED"));
    set("completed_at", time("COMPLETED"));
    set("due_date", time("DUE"));
    set("recurrence_rule", todo.find_prop("RRULE").map(|rule| json!(rule.val.as_str())));
    set("repeat_from", text(REPEAT_FROM));
    let is_completed =
        todo.find_prop("STATUS").is_some_and(|status| status.val.as_str().eq_ignore_ascii_case("COMPLETED"));
    set("completed", Some(json!(is_completed || todo.find_prop("COMPLETED").is_some())));
    set("priority", todo.find_prop("PRIORITY").map(|priority| json!(priority_name(priority.val.as_str()))));
    set("tags", Some(json!(categories(todo))));
    let zone =
        |due: &ParsedProperty<'_>| parameter(due, "TZID").filter(|name| name.parse::<Tz>().is_ok()).map(Value::from);
    set("time_zone", text(TIME_ZONE).or_else(|| todo.find_prop("DUE").and_then(zone)));
    let alarm = todo.components.iter().find(|component| component.name == "VALARM");
    let trigger = alarm.and_then(|alarm| alarm.find_prop("TRIGGER"));
    // a reminder that is counted from the due date has no place in a task
    let trigger = trigger.filter(|trigger| parameter(trigger, "VALUE").as_deref() == Some("DATE-TIME"));
    set("remind_at", trigger.map(|trigger| json!(written(trigger))));
    Value::Object(members)
}

fn parameter(property: &ParsedProperty<'_>, name: &str) -> Option<String> {
    let found = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(name));
    found.and_then(|parameter| parameter.val.as_ref()).map(|value| value.as_str().trim_matches('"').to_owned())
}

/// A date or date-time as RFC 3339 writes it; what is neither stays as it is, and is refused later, by name.
fn written(property: &ParsedProperty<'_>) -> String {
    let text = property.val.as_str();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return day.to_string();
    }
    let Ok(local) = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y%m%dT%H%M%S") else {
        return text.to_owned();
    };
    let zone = parameter(property, "TZID").and_then(|name| name.parse::<Tz>().ok());
    let at = match zone {
        // in the hour that clocks jump over, there is no such time
        Some(zone) if !text.ends_with('Z') => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
        _ => Some(local.and_utc()),
    };
    let millis = parameter(property, "X-MS").and_then(|millis| millis.parse().ok()).unwrap_or(0);
    let at = at.map(|at| at + chrono::TimeDelta::milliseconds(millis));
    at.map_or_else(|| text.to_owned(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

fn priority_name(rank: &str) -> &'static str {
    match rank.trim().parse::<u8>() {
        Ok(1..=4) => "high",
        Ok(5) => "medium",
        Ok(6..=9) => "low",
        _ => "none",
    }
}

/// Lists with commas between them, of which those behind a backslash are part of a name.
fn categories(todo: &Parsed<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for property in todo.properties.iter().filter(|property| property.name == "CATEGORIES") {
        let mut name = String::new();
        let mut escaped = false;
        for character in property.val.as_str().chars() {
            if character == ',' && !escaped {
                names.push(std::mem::take(&mut name));
                continue;
            }
            escaped = character == '\\' && !escaped;
            name.push(character);
        }
        names.push(name);
    }
    let unescaped =
        |name: String| parser::ParseString::from(name.as_str()).to_owned().unescape_text().as_str().to_owned();
    names.into_iter().map(unescaped).filter(|name| !name.trim().is_empty()).collect()
}
