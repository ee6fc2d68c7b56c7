//! Reads the alarms of a task (VALARM, RFC 5545 section 3.6.6).

use crate::api::icalendar::content_lines::ContentLine;
use crate::api::icalendar::period::Period;
use crate::api::icalendar::time::{TimeError, ZonedDue};
use crate::api::icalendar::zones::Zones;

/// The time of an alarm.
pub(crate) enum Trigger {
    At(ZonedDue),
    /// Relative to the start of a task, or to its end: the due date.
    Relative {
        is_of_end: bool,
        period: Period,
    },
    Invalid(TimeError),
}

/// A partly read alarm.
#[derive(Default)]
pub(crate) struct Alarm {
    trigger: Option<Trigger>,
    /// Whether the alarm never rings at its trigger: `ACTION:NONE`, or an alarm at a place.
    is_silent: bool,
}

impl Alarm {
    /// Reads a property.
    pub(crate) fn property(&mut self, line: ContentLine<'_>, calendar: usize, zones: &Zones) {
        if line.is("TRIGGER") && self.trigger.is_none() {
            self.trigger = trigger(line, calendar, zones);
        } else if line.is("ACTION") {
            self.is_silent |= line.value.trim().eq_ignore_ascii_case("NONE");
        } else if line.is("X-APPLE-PROXIMITY") {
            self.is_silent = true;
        }
    }

    /// Returns the trigger. `None`: the alarm does not ring.
    pub(crate) fn into_trigger(self) -> Option<Trigger> {
        self.trigger.filter(|_| !self.is_silent)
    }
}

fn trigger(line: ContentLine<'_>, calendar: usize, zones: &Zones) -> Option<Trigger> {
    if let Some(period) = Period::parse(line.value) {
        return Some(Trigger::Relative { is_of_end: line.has_parameter("RELATED", "END"), period });
    }
    match ZonedDue::read(line, calendar, zones) {
        Ok(time) => time.map(Trigger::At),
        Err(error) => Some(Trigger::Invalid(error)),
    }
}
