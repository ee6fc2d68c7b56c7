//! Converts the properties of one VTODO to the members of a task.

use icalendar::parser::{ParseString, Property};
use serde_json::{Map, Value};

use crate::api::icalendar::properties::{REPEAT_FROM, TIME_ZONE};
use crate::api::icalendar::time::{parameter, time, zone};
use crate::task::fields::Tags;

/// A partly read VTODO, as the JSON of an import.
#[derive(Default)]
pub(crate) struct Todo {
    members: Map<String, Value>,
    tags: Vec<String>,
    is_completed: bool,
    has_status: bool,
    has_trigger: bool,
    /// The zone of DUE, used if the VTODO has no `X-TASK-API-TIME-ZONE`.
    due_zone: Option<&'static str>,
}

impl Todo {
    /// Returns whether a property with this upper-case name sets a member that is not set yet.
    ///
    /// CATEGORIES may occur more than once.
    pub(crate) fn accepts(&self, name: &str) -> bool {
        let member = match name {
            "UID" => "uid",
            "SUMMARY" => "title",
            "DESCRIPTION" => "description",
            "CREATED" => "created_at",
            "COMPLETED" => "completed_at",
            "DUE" => "due_date",
            "RRULE" => "recurrence_rule",
            "PRIORITY" => "priority",
            TIME_ZONE => "time_zone",
            REPEAT_FROM => "repeat_from",
            "STATUS" => return !self.has_status,
            "CATEGORIES" => return self.tags.len() <= Tags::LIMITS.max,
            _ => return false,
        };
        !self.members.contains_key(member)
    }

    /// Returns whether no TRIGGER was set yet.
    pub(crate) fn accepts_trigger(&self) -> bool {
        !self.has_trigger
    }

    /// Sets a property that [`Self::accepts`].
    pub(crate) fn set(&mut self, name: &str, property: &Property<'_>) {
        let text = || property.val.as_str().to_owned();
        match name {
            "UID" => self.member("uid", text()),
            "SUMMARY" => self.member("title", text()),
            "DESCRIPTION" => self.member("description", text()),
            "CREATED" => self.member("created_at", time(property)),
            "COMPLETED" => {
                self.is_completed = true;
                self.member("completed_at", time(property));
            }
            "DUE" => {
                self.due_zone = zone(property).map(|zone| zone.name());
                self.member("due_date", time(property));
            }
            "RRULE" => self.member("recurrence_rule", text()),
            "STATUS" => {
                self.has_status = true;
                self.is_completed |= property.val.as_str().eq_ignore_ascii_case("COMPLETED");
            }
            "PRIORITY" => self.member("priority", priority(property.val.as_str()).to_owned()),
            "CATEGORIES" => self.categories(property.val.as_str()),
            TIME_ZONE => self.member("time_zone", text()),
            REPEAT_FROM => self.member("repeat_from", text()),
            _ => {}
        }
    }

    /// Sets the TRIGGER of the first alarm. Ignores a trigger relative to the due date, which a task cannot store.
    pub(crate) fn set_trigger(&mut self, property: &Property<'_>) {
        self.has_trigger = true;
        if parameter(property, "VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("DATE-TIME")) {
            self.member("remind_at", time(property));
        }
    }

    fn member(&mut self, name: &str, value: String) {
        self.members.entry(name).or_insert(Value::String(value));
    }

    /// Splits a list at its commas, except commas after a backslash. Stops after the first tag beyond the limit.
    fn categories(&mut self, list: &str) {
        let mut name = String::new();
        let mut is_escaped = false;
        for character in list.chars() {
            if character == ',' && !is_escaped {
                self.tag(&std::mem::take(&mut name));
                if self.tags.len() > Tags::LIMITS.max {
                    return;
                }
                continue;
            }
            is_escaped = character == '\\' && !is_escaped;
            name.push(character);
        }
        self.tag(&name);
    }

    fn tag(&mut self, name: &str) {
        let unescaped = ParseString::from(name).unescape_text();
        let name = unescaped.as_str().trim();
        if !name.is_empty() && self.tags.len() <= Tags::LIMITS.max && !self.tags.iter().any(|known| known == name) {
            self.tags.push(name.to_owned());
        }
    }

    /// Returns the task's members.
    pub(crate) fn into_task(self) -> Value {
        let mut members = self.members;
        members.insert("completed".into(), self.is_completed.into());
        members.insert("tags".into(), self.tags.into());
        if let Some(zone) = self.due_zone {
            members.entry("time_zone").or_insert(zone.into());
        }
        Value::Object(members)
    }
}

/// Converts a priority (section 3.8.1.9: 1 is the highest, 9 the lowest, 0 undefined).
fn priority(rank: &str) -> &'static str {
    match rank.trim().parse::<u8>() {
        Ok(1..=4) => "high",
        Ok(5) => "medium",
        Ok(6..=9) => "low",
        _ => "none",
    }
}
