//! Collects the properties of one VTODO.

use chrono::{DateTime, Datelike, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use crate::api::error::{FieldError, FieldErrors};
use crate::api::icalendar::alarm::{Alarm, Trigger};
use crate::api::icalendar::content_lines::ContentLine;
use crate::api::icalendar::period::Period;
use crate::api::icalendar::properties::{DUE, REPEAT_FROM, RULE, RULE_START, TIME_ZONE};
use crate::api::icalendar::time::{TimeError, ZonedDue, local_time, unescaped};
use crate::api::icalendar::zones::Zones;
use crate::api::icalendar::{rule_text, texts};
use crate::recurrence::Due;
use crate::task::Revision;
use crate::task::fields::Tags;

/// The maximum number of alarms, of notes and of times in EXDATE that are kept of a task.
const MAX_ALARMS: usize = 20;
const MAX_NOTES: usize = 20;
const MAX_EXCLUDED: usize = 500;

/// A partly read VTODO.
#[derive(Default)]
pub(crate) struct Todo {
    /// The number of its calendar.
    pub calendar: usize,
    pub uid: Option<String>,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    /// Members of the task in JSON that need no further conversion.
    pub members: Map<String, Value>,
    pub start: Option<ZonedDue>,
    pub due: Option<ZonedDue>,
    pub duration: Option<Period>,
    /// Whether the task has no due date, although it has DTSTART.
    pub has_no_due: bool,
    pub rule: Option<String>,
    /// The rule of an export of the service, and the local time at which it starts.
    pub own_rule: Option<String>,
    pub rule_start: Option<NaiveDateTime>,
    pub excluded: Vec<Due>,
    pub recurrence_id: Option<ZonedDue>,
    pub triggers: Vec<Trigger>,
    pub revision: Revision,
    pub is_completed: bool,
    pub is_cancelled: bool,
    /// Why the task cannot be imported.
    pub errors: FieldErrors,
    /// What the import changed.
    pub notes: Vec<String>,
    /// Why the text of the task is malformed.
    pub malformed: Option<String>,
    alarm: Option<Alarm>,
}

/// Returns whether a property is a text that may be cut.
pub(crate) fn is_text(name: &str) -> bool {
    ["SUMMARY", "DESCRIPTION", "CATEGORIES"].iter().any(|text| name.eq_ignore_ascii_case(text))
}

/// Returns whether a property is read.
pub(crate) fn is_read(name: &str) -> bool {
    const NAMES: [&str; 21] = [
        "UID",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "COMPLETED",
        "PERCENT-COMPLETE",
        "STATUS",
        "PRIORITY",
        "DTSTART",
        "DUE",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "EXRULE",
        "RECURRENCE-ID",
        TIME_ZONE,
        REPEAT_FROM,
        RULE,
        RULE_START,
        DUE,
    ];
    is_text(name) || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl Todo {
    pub(crate) fn new(calendar: usize) -> Self {
        Self { calendar, ..Self::default() }
    }

    /// Reads a property of the task. Of a repeated property, the first one counts, except for CATEGORIES and EXDATE.
    pub(crate) fn property(&mut self, line: ContentLine<'_>, zones: &Zones) {
        let value = line.value.trim();
        match line.name.to_ascii_uppercase().as_str() {
            "UID" => self.uid = self.uid.take().or_else(|| texts::uid(&unescaped(value))),
            "SUMMARY" => set_text(&mut self.summary, line.value),
            "DESCRIPTION" => set_text(&mut self.description, line.value),
            "CATEGORIES" => self.categories(line.value),
            "PRIORITY" => self.member("priority", priority(value)),
            TIME_ZONE => self.member("time_zone", &unescaped(value)),
            REPEAT_FROM => self.member("repeat_from", &unescaped(value)),
            DUE => self.has_no_due |= value.eq_ignore_ascii_case("NONE"),
            "CREATED" => self.time_of("created_at", line, zones),
            "COMPLETED" if !value.is_empty() => {
                self.is_completed = true;
                self.time_of("completed_at", line, zones);
            }
            "PERCENT-COMPLETE" => self.is_completed |= value.parse::<u32>().is_ok_and(|percent| percent >= 100),
            "STATUS" => {
                self.is_completed |= value.eq_ignore_ascii_case("COMPLETED");
                self.is_cancelled |= value.eq_ignore_ascii_case("CANCELLED");
            }
            "SEQUENCE" => self.revision.sequence = self.revision.sequence.or_else(|| value.parse().ok()),
            "LAST-MODIFIED" => {
                let at = ZonedDue::read(line, self.calendar, zones).ok().flatten().and_then(|time| time.instant());
                self.revision.modified_at = self.revision.modified_at.or(at);
            }
            "DTSTART" if self.start.is_none() => self.start = self.time("due_date", line, zones),
            "DUE" if self.due.is_none() => self.due = self.time("due_date", line, zones),
            "RECURRENCE-ID" if self.recurrence_id.is_none() => {
                self.recurrence_id = self.time("recurrence_id", line, zones);
                if line.has_parameter("RANGE", "THISANDFUTURE") {
                    self.note("RANGE=THISANDFUTURE is not supported: only one occurrence is changed");
                }
            }
            "EXDATE" => self.exclude(line, zones),
            "DURATION" if self.duration.is_none() && !value.is_empty() => {
                self.duration = Period::parse(value);
                if self.duration.is_none() {
                    self.error("due_date", "has a DURATION that is not a duration, such as P1DT2H");
                }
            }
            "RRULE" if self.rule.is_some() => self.note("only the first of several rules (RRULE) is kept"),
            "RRULE" => self.rule = Some(rule_text::tolerated(value)).filter(|rule| !rule.is_empty()),
            RULE => self.own_rule = Some(unescaped(value).into_owned()),
            RULE_START => self.rule_start = local_time(value),
            "RDATE" | "EXRULE" if !value.is_empty() => self.note("RDATE and EXRULE are not supported and are ignored"),
            _ => {}
        }
    }

    /// Begins an alarm.
    pub(crate) fn begin_alarm(&mut self) {
        self.end_alarm();
        self.alarm = Some(Alarm::default());
    }

    /// Reads a property of the open alarm.
    pub(crate) fn alarm_property(&mut self, line: ContentLine<'_>, zones: &Zones) {
        if let Some(alarm) = &mut self.alarm {
            alarm.property(line, self.calendar, zones);
        }
    }

    /// Ends the open alarm, if any.
    pub(crate) fn end_alarm(&mut self) {
        let trigger = self.alarm.take().and_then(Alarm::into_trigger);
        if self.triggers.len() < MAX_ALARMS {
            self.triggers.extend(trigger);
        }
    }

    /// Adds a reason why the task cannot be imported.
    pub(crate) fn error(&mut self, member: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::member(member, detail));
    }

    /// Adds a change that the import makes to the task. Each text occurs once.
    pub(crate) fn note(&mut self, text: &str) {
        if self.notes.len() < MAX_NOTES && !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }

    fn member(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.members.entry(name).or_insert_with(|| value.into());
        }
    }

    /// Reads a time that the task needs.
    fn time(&mut self, member: &str, line: ContentLine<'_>, zones: &Zones) -> Option<ZonedDue> {
        ZonedDue::read(line, self.calendar, zones).unwrap_or_else(|error| {
            self.error(member, error.to_string());
            None
        })
    }

    /// Reads a time that the task does not need. A date is its beginning.
    fn time_of(&mut self, member: &str, line: ContentLine<'_>, zones: &Zones) {
        let instant = match ZonedDue::read(line, self.calendar, zones) {
            Ok(None) => return,
            Ok(Some(time)) => time.instant().filter(|at| (1..=9999).contains(&at.year())),
            Err(TimeError::Malformed) => None,
            Err(error @ TimeError::UnknownZone(_)) => return self.error(member, error.to_string()),
        };
        match instant {
            Some(at) => self.member(member, &rfc_3339(at)),
            None => self.note(&format!("{} is not a time and is ignored", line.name)),
        }
    }

    fn exclude(&mut self, line: ContentLine<'_>, zones: &Zones) {
        for value in line.value.split(',') {
            if self.excluded.len() >= MAX_EXCLUDED {
                return self.note("only the first 500 times in EXDATE are kept");
            }
            let time = self.time("excluded_dates", line.with_value(value), zones);
            self.excluded.extend(time.map(|time| time.due));
            if !self.errors.is_empty() {
                return;
            }
        }
    }

    /// Splits a list at its commas, except commas after a backslash. Stops after the first tag beyond the limit.
    fn categories(&mut self, list: &str) {
        let (mut start, mut is_escaped) = (0, false);
        for (index, character) in list.char_indices() {
            if self.tags.len() > Tags::LIMITS.max {
                return;
            }
            if character == ',' && !is_escaped {
                self.tag(list.get(start..index).unwrap_or_default());
                start = index.saturating_add(1);
            }
            is_escaped = character == '\\' && !is_escaped;
        }
        self.tag(list.get(start..).unwrap_or_default());
    }

    fn tag(&mut self, name: &str) {
        let fitted = texts::single_line(&unescaped(name), Tags::LIMITS.max_length);
        if fitted.is_cut {
            self.note(&format!("a tag was cut to {} characters", Tags::LIMITS.max_length));
        }
        if !fitted.text.is_empty() && self.tags.len() <= Tags::LIMITS.max && !self.tags.contains(&fitted.text) {
            self.tags.push(fitted.text);
        }
    }
}

fn set_text(text: &mut Option<String>, value: &str) {
    text.get_or_insert_with(|| unescaped(value).into_owned());
}

/// Formats an instant as the members of an import need it.
pub(crate) fn rfc_3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Converts a priority (section 3.8.1.9: 1 is the highest, 9 the lowest, 0 undefined).
fn priority(rank: &str) -> &'static str {
    match rank.parse::<u8>() {
        Ok(1..=4) => "high",
        Ok(5) => "medium",
        Ok(6..=9) => "low",
        _ => "none",
    }
}
