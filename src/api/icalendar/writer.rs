//! Writes a task as a VTODO.

use std::fmt;

use chrono::{DateTime, Utc};
use icalendar::{Alarm, Component, EventLike, Property, Todo};

use crate::api::icalendar::properties::{MILLIS, REPEAT_FROM, TIME_ZONE};
use crate::recurrence::{Due, RepeatFrom};
use crate::task::{Priority, Task};

const UTC_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// Writes a task as a VTODO.
pub(crate) fn todo(task: &Task) -> Result<String, fmt::Error> {
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
    let mut property = Property::new(name, at.format(UTC_FORMAT).to_string());
    let millis = at.timestamp_subsec_millis();
    if millis > 0 {
        property.add_parameter(MILLIS, &millis.to_string());
    }
    property
}
