//! Converts the collected properties of a VTODO to a task.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::api::error::FieldErrors;
use crate::api::icalendar::alarm::Trigger;
use crate::api::icalendar::plain_rule::plain_rule;
use crate::api::icalendar::properties::CANCELLED;
use crate::api::icalendar::rule_text::{Anchor, anchor};
use crate::api::icalendar::texts;
use crate::api::icalendar::time::ZonedDue;
use crate::api::icalendar::todo_reader::{Todo, rfc_3339};
use crate::recurrence::Due;
use crate::task::fields::{Description, Tags, Title};
use crate::task::{Revision, dates};

/// The title of a task without SUMMARY and without DESCRIPTION.
const UNTITLED: &str = "Untitled";

/// A task of a calendar. The series of its uid may change its dates.
pub(crate) struct ReadTask {
    pub uid: Option<String>,
    pub title: String,
    pub due: Option<Due>,
    /// The IANA zone of its days and times.
    pub zone: Option<Tz>,
    pub remind_at: Option<DateTime<Utc>>,
    pub rule: Option<String>,
    /// The local time at which the rule starts, if it is not the due date.
    pub rule_start: Option<NaiveDateTime>,
    pub excluded: Vec<Due>,
    /// The occurrence of a series that this task replaces.
    pub recurrence_id: Option<Due>,
    pub revision: Revision,
    /// What the import changed.
    pub notes: Vec<String>,
    /// Why the task cannot be imported.
    pub errors: FieldErrors,
    /// The other members in JSON.
    members: Map<String, Value>,
}

impl ReadTask {
    /// Returns the members of the task in JSON.
    pub(crate) fn into_members(self) -> Value {
        let text = |due: Due| match due {
            Due::Day(day) => day.to_string(),
            Due::At(at) => rfc_3339(at),
        };
        let mut members = self.members;
        members.insert("title".into(), self.title.into());
        members.insert("uid".into(), self.uid.into());
        members.insert("due_date".into(), self.due.map(text).into());
        members.insert("remind_at".into(), self.remind_at.map(rfc_3339).into());
        members.insert("recurrence_rule".into(), self.rule.into());
        let rule_start = self.rule_start.map(dates::local_text);
        members.insert("recurrence_start".into(), rule_start.into());
        members.insert("excluded_dates".into(), self.excluded.into_iter().map(text).collect());
        if let Some(zone) = self.zone {
            members.entry("time_zone").or_insert(zone.name().into());
        }
        Value::Object(members)
    }
}

impl Todo {
    /// Converts the properties to a task.
    pub(crate) fn into_task(mut self) -> ReadTask {
        self.end_alarm();
        let mut due = self.due_date();
        let own_zone = self.members.get("time_zone").and_then(Value::as_str).and_then(|name| name.parse().ok());
        let zone = own_zone.or_else(|| due.as_ref().or(self.start.as_ref()).and_then(ZonedDue::iana));
        if self.rule.is_some() && zone.is_none() && due.as_ref().is_some_and(ZonedDue::has_unnamed_zone) {
            self.error(
                "time_zone",
                "is described by the calendar, but equals no IANA zone; a repeating task needs one",
            );
        }
        due = due.map(|due| due.with_zone(own_zone));
        self.restore_own_rule(due.as_ref(), zone);
        let remind_at = self.reminder(due.as_ref());
        let title = self.title();
        self.texts();
        self.completion();
        ReadTask {
            uid: self.uid,
            title,
            due: due.filter(|_| !self.has_no_due).map(|due| due.due),
            zone,
            remind_at,
            rule: self.rule,
            rule_start: self.rule_start,
            excluded: self.excluded,
            recurrence_id: self.recurrence_id.map(|time| time.due),
            revision: Revision::new(self.revision.sequence, self.revision.modified_at),
            notes: self.notes,
            errors: self.errors,
            members: self.members,
        }
    }

    /// Returns DUE, or DTSTART and DURATION. Returns DTSTART of a repeating task without them, and of one whose rule counts from it.
    fn due_date(&mut self) -> Option<ZonedDue> {
        let end = self.due.clone().or_else(|| self.start.as_ref()?.plus(self.duration?));
        if end.is_none() && self.start.is_some() && self.duration.is_some() {
            self.error("due_date", "must be in the years 1 to 9999");
        }
        let Some(rule) = &self.rule else { return end.or_else(|| self.recurrence_id.clone()) };
        let (Some(start), Some(due)) = (&self.start, &end) else { return end.or_else(|| self.start.clone()) };
        match anchor(rule, start, due) {
            Anchor::Due(rule) => {
                self.rule = Some(rule);
                end
            }
            Anchor::Start => {
                self.note("it is due at its DTSTART, because its RRULE does not match its DUE");
                self.start.clone()
            }
        }
    }

    /// Takes the rule of an export of the service, unless another program has changed RRULE since.
    fn restore_own_rule(&mut self, due: Option<&ZonedDue>, zone: Option<Tz>) {
        let start = match due.map(|due| due.due) {
            Some(Due::Day(day)) => Some((day.and_time(NaiveTime::MIN), true)),
            Some(Due::At(at)) => Some((at.with_timezone(&zone.unwrap_or(Tz::UTC)).naive_local(), false)),
            None => None,
        };
        let Some((local, is_all_day)) = start else { return };
        let plain = |rule: &String| Some(plain_rule(rule, self.rule_start.unwrap_or(local), is_all_day)) == self.rule;
        if let Some(own) = self.own_rule.take().filter(plain) {
            self.rule = Some(own);
        }
    }

    /// Returns the time of the first alarm that has one.
    fn reminder(&mut self, due: Option<&ZonedDue>) -> Option<DateTime<Utc>> {
        let triggers = std::mem::take(&mut self.triggers);
        let mut times = Vec::new();
        for trigger in triggers {
            let time = match trigger {
                Trigger::At(time) => time.instant(),
                Trigger::Invalid(error) => {
                    self.error("remind_at", error.to_string());
                    return None;
                }
                Trigger::Relative { is_of_end, period } => {
                    let start = self.start.as_ref().filter(|_| !is_of_end);
                    start.or(due).and_then(|base| base.plus(period)?.instant())
                }
            };
            match time {
                Some(time) => times.push(time),
                None => self.note("an alarm relative to a missing date is ignored"),
            }
        }
        if times.len() > 1 {
            self.note("only the first of several alarms is kept");
        }
        times.first().copied()
    }

    /// Returns SUMMARY within the limits, or else the first line of DESCRIPTION.
    fn title(&mut self) -> String {
        let max = Title::LIMITS.max;
        let summary = texts::single_line(self.summary.as_deref().unwrap_or_default(), max);
        if summary.is_cut {
            self.note(&format!("the title was cut to {max} characters"));
        }
        if !summary.text.is_empty() {
            return summary.text;
        }
        self.note("it has no SUMMARY: its title is the first line of DESCRIPTION, or Untitled");
        let mut lines = self.description.as_deref().unwrap_or_default().lines();
        let line = lines.find_map(|line| Some(texts::single_line(line, max).text).filter(|text| !text.is_empty()));
        line.unwrap_or_else(|| UNTITLED.to_owned())
    }

    fn texts(&mut self) {
        if let Some(description) = self.description.take() {
            let fitted = texts::multi_line(&description, Description::LIMITS.max);
            if fitted.is_cut {
                self.note(&format!("the description was cut to {} characters", Description::LIMITS.max));
            }
            self.members.insert("description".into(), fitted.text.into());
        }
    }

    /// A cancelled task is completed and has the tag `cancelled`.
    fn completion(&mut self) {
        let max = Tags::LIMITS.max;
        if self.is_cancelled && !self.tags.iter().any(|tag| tag == CANCELLED) {
            self.tags.truncate(max.saturating_sub(1));
            self.tags.push(CANCELLED.to_owned());
        }
        if self.tags.len() > max {
            self.note(&format!("only the first {max} tags are kept"));
            self.tags.truncate(max);
        }
        let is_completed = self.is_completed || self.is_cancelled;
        self.members.insert("tags".into(), std::mem::take(&mut self.tags).into());
        self.members.insert("completed".into(), is_completed.into());
    }
}
