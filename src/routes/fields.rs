//! Reading the members of a task from a body: the aliases, the leniencies and the limits of the contract.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::error::{ApiError, ApiResult, FieldError, FieldErrors};
use crate::recurrence::{self, Due, RepeatFrom};
use crate::store::{Completion, Priority, TaskChange, TaskDraft};

const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 1000;
/// The most tags of a task.
pub(super) const MAX_TAGS: usize = 20;
/// The longest tag, in characters.
pub(super) const MAX_TAG: usize = 50;

/// Each member's names: the canonical one first, then its aliases in the order in which they are looked at.
const TITLE: &[&str] = &["title"];
const DESCRIPTION: &[&str] = &["description"];
const PRIORITY: &[&str] = &["priority"];
const TAGS: &[&str] = &["tags"];
const DUE_DATE: &[&str] = &["due_date", "dueDate", "due_at", "deadline"];
const TIME_ZONE: &[&str] = &["time_zone"];
const REMIND_AT: &[&str] = &["remind_at", "reminder_at", "reminderAt", "remindAt", "reminder_time"];
const RECURRENCE: &[&str] = &["recurrence_rule", "recurrence", "recurrence_pattern", "recurring_rule", "recurringRule"];
const REPEAT_FROM: &[&str] = &["repeat_from", "repeatFrom"];
const COMPLETED: &[&str] = &["completed", "is_completed", "done"];
const STATUS: &[&str] = &["status"];

/// All of them.
#[cfg(test)]
pub(super) const NAMES: [&[&str]; 11] =
    [TITLE, DESCRIPTION, PRIORITY, TAGS, DUE_DATE, TIME_ZONE, REMIND_AT, RECURRENCE, REPEAT_FROM, COMPLETED, STATUS];

/// What a value should have been: the end of the sentence "title must …".
type Wrong = &'static str;

/// Reads the body of a create.
pub(super) fn draft(body: Value, now: DateTime<Utc>) -> ApiResult<TaskDraft> {
    let mut members = Members::of(body)?;
    let title = members.read(TITLE, title);
    if title.is_none() && members.wrong.is_empty() {
        members.wrong.push(FieldError::member("title", "is required"));
    }
    let change = members.change(title, now)?;
    Ok(TaskDraft {
        title: change.title.unwrap_or_default(),
        description: change.description.flatten(),
        // a new task is not completed, so that a toggle completes it
        completed: matches!(change.completion, Completion::Set(true) | Completion::Toggle),
        priority: change.priority.unwrap_or(Priority::Medium),
        tags: change.tags.unwrap_or_default(),
        due: change.due.flatten(),
        time_zone: change.time_zone.flatten(),
        remind_at: change.remind_at.flatten(),
        recurrence_rule: change.recurrence_rule.flatten(),
        repeat_from: change.repeat_from.unwrap_or_default(),
        now,
    })
}

/// Reads the body of an update: absent keeps, `null` clears.
pub(super) fn change(body: Value, now: DateTime<Utc>) -> ApiResult<TaskChange> {
    let mut members = Members::of(body)?;
    let title = members.read(TITLE, title);
    members.change(title, now)
}

/// Reads the body of `/complete`: an object with a boolean `completed` sets; another object, `null` or no body toggles.
///
/// # Errors
/// The body is another kind of JSON.
pub(super) fn completion(body: Option<Value>) -> ApiResult<Completion> {
    match body {
        None | Some(Value::Null) => Ok(Completion::Toggle),
        Some(body) => {
            let completed = Members::of(body)?.members.get("completed").and_then(Value::as_bool);
            Ok(completed.map_or(Completion::Toggle, Completion::Set))
        }
    }
}

/// Reads the body of `/status`.
pub(super) fn status_change(body: Value) -> ApiResult<Completion> {
    let mut members = Members::of(body)?;
    let completion = members.completion();
    if completion == Completion::Keep && members.wrong.is_empty() {
        members.wrong.push(FieldError::member("status", "is required"));
    }
    members.checked(completion)
}

/// The members of a body, and what is wrong with those that were read.
struct Members {
    members: Map<String, Value>,
    wrong: FieldErrors,
}

impl Members {
    fn of(body: Value) -> ApiResult<Self> {
        match body {
            Value::Object(members) => Ok(Self { members, wrong: FieldErrors::default() }),
            _ => Err(ApiError::Invalid(FieldError::body("The body must be a JSON object").into())),
        }
    }

    /// The value under the first of these names that is there, read by `read`.
    fn read<T>(&mut self, names: &[&str], read: impl FnOnce(Value) -> Result<T, Wrong>) -> Option<T> {
        let name = names.iter().find(|name| self.members.contains_key(**name))?;
        let value = self.members.remove(*name)?;
        match read(value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.wrong.push(FieldError::member(name, wrong));
                None
            }
        }
    }

    fn change(mut self, title: Option<String>, now: DateTime<Utc>) -> ApiResult<TaskChange> {
        let change = TaskChange {
            title,
            description: self.read(DESCRIPTION, description),
            completion: self.completion(),
            priority: self.read(PRIORITY, priority),
            tags: self.read(TAGS, tags),
            due: self.read(DUE_DATE, |value| text(value, "must be a date or a date-time", due)),
            time_zone: self.read(TIME_ZONE, |value| text(value, "must be an IANA time zone", time_zone)),
            remind_at: self.read(REMIND_AT, |value| text(value, "must be a date-time", instant)),
            recurrence_rule: self.read(RECURRENCE, |value| text(value, "must be an RRULE", recurrence_rule)),
            repeat_from: self.read(REPEAT_FROM, repeat_from),
            now,
        };
        self.checked(change)
    }

    /// `completed` and `status` side by side: the one that differs from the stored value wins. Where they disagree, exactly one
    /// does, whatever is stored: a toggle.
    fn completion(&mut self) -> Completion {
        let completed = self.read(COMPLETED, |value| completed(&value));
        let status = self.read(STATUS, |value| completed_by_status(&value));
        match (completed, status) {
            (Some(completed), Some(status)) if completed != status => Completion::Toggle,
            (Some(completed), _) | (None, Some(completed)) => Completion::Set(completed),
            (None, None) => Completion::Keep,
        }
    }

    fn checked<T>(self, value: T) -> ApiResult<T> {
        self.wrong.none_or(value)
    }
}

fn title(value: Value) -> Result<String, Wrong> {
    let Value::String(title) = value else { return Err("must be text") };
    let title = title.trim();
    match title.chars().count() {
        0 => Err("must not be empty"),
        1..=MAX_TITLE if title.contains(is_control) || title.contains(['\u{2028}', '\u{2029}']) => {
            Err("must not contain line breaks or control characters")
        }
        1..=MAX_TITLE => Ok(title.to_owned()),
        _ => Err("must have at most 200 characters"),
    }
}

fn description(value: Value) -> Result<Option<String>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() > MAX_DESCRIPTION => Err("must have at most 1000 characters"),
        Value::String(text) if text.contains(|c| is_control(c) && !['\t', '\n', '\r'].contains(&c)) => {
            Err("must not contain control characters")
        }
        Value::String(text) => Ok(Some(text)),
        _ => Err("must be text or null"),
    }
}

/// C0, DEL and C1.
fn is_control(c: char) -> bool {
    c.is_control()
}

fn priority(value: Value) -> Result<Priority, Wrong> {
    match value {
        Value::Null => Some(Priority::Medium),
        Value::String(name) => priority_by_name(name.trim()),
        _ => None,
    }
    .ok_or("must be low, medium, high or none")
}

/// A priority's name in any case.
pub(super) fn priority_by_name(name: &str) -> Option<Priority> {
    match name.to_ascii_lowercase().as_str() {
        "none" => Some(Priority::None),
        "low" => Some(Priority::Low),
        "medium" => Some(Priority::Medium),
        "high" => Some(Priority::High),
        _ => None,
    }
}

/// A list of texts, a list of objects with `name`, or one text with commas.
fn tags(value: Value) -> Result<Vec<String>, Wrong> {
    const FORM: Wrong = "must be a list of texts";
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(list) => distinct_tags(list.split(',').filter(|tag| !tag.trim().is_empty()).map(Ok)),
        Value::Array(list) => distinct_tags(list.into_iter().map(|tag| tag_text(tag).ok_or(FORM))),
        _ => Err(FORM),
    }
}

/// Reads no further than the first tag that is one too many: each tag is compared with those before it.
fn distinct_tags<T: AsRef<str>>(given: impl Iterator<Item = Result<T, Wrong>>) -> Result<Vec<String>, Wrong> {
    let mut tags: Vec<String> = Vec::new();
    for tag in given {
        let tag = tag?;
        let tag = tag.as_ref().trim();
        if !(1..=MAX_TAG).contains(&tag.chars().count()) || tag.contains(is_control) {
            return Err("must each have 1 to 50 characters, none of them a control character");
        }
        if tags.iter().any(|known| known == tag) {
            continue;
        }
        if tags.len() == MAX_TAGS {
            return Err("must be at most 20");
        }
        tags.push(tag.to_owned());
    }
    Ok(tags)
}

fn tag_text(tag: Value) -> Option<String> {
    match tag {
        Value::String(text) => Some(text),
        Value::Object(mut members) => match members.remove("name") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn completed(value: &Value) -> Result<bool, Wrong> {
    match value {
        Value::Bool(completed) => Ok(*completed),
        Value::Null => Ok(false),
        _ => Err("must be true or false"),
    }
}

fn completed_by_status(value: &Value) -> Result<bool, Wrong> {
    match value {
        Value::String(name) => super::list_query::completed_by_name(name).ok_or("must be pending or completed"),
        _ => completed(value).map_err(|_| "must be pending or completed"),
    }
}

/// `null` and the empty text clear; any other text is read by `read`.
fn text<T>(value: Value, form: Wrong, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => read(text.trim()).map(Some),
        _ => Err(form),
    }
}

/// A date or a date-time.
pub(super) fn due(text: &str) -> Result<Due, Wrong> {
    if text.len() == DATE_CHARS
        && let Some(day) = day(text)
    {
        return Ok(Due::Day(day));
    }
    instant(text).map(Due::At).map_err(|_| "must be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)")
}

/// A date-time with or without seconds, fraction and offset; without an offset it is UTC. To the millisecond; a leap second is the
/// one after it, since no database knows one.
pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, Wrong> {
    read_instant(text).ok_or("must be a date-time (2026-12-01T09:00:00Z)")
}

const DATE_CHARS: usize = "2026-12-01".len();

fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = Some(text).filter(|text| text.is_ascii())?.to_ascii_uppercase();
    let (date, rest) = text.split_at_checked(DATE_CHARS)?;
    day(date)?;
    let time = rest.strip_prefix(['T', ' '])?;
    // hours and minutes have two digits each; chrono would do with one
    let digits =
        |at: std::ops::Range<usize>| time.get(at).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !(digits(0..2) && digits(3..5)) {
        return None;
    }
    let text = format!("{date}T{time}");
    let with_offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let without = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let plain = text.strip_suffix('Z').unwrap_or(&text);
    let plain = without.iter().find_map(|form| NaiveDateTime::parse_from_str(plain, form).ok()).map(|at| at.and_utc());
    let offset =
        || with_offset.iter().find_map(|form| DateTime::parse_from_str(&text, form).ok()).map(|at| at.to_utc());
    let read = DateTime::from_timestamp_millis(plain.or_else(offset)?.timestamp_millis())?;
    // an offset can carry a date over the first or the last year that has four digits
    (1..=9999).contains(&read.year()).then_some(read)
}

/// Years have four digits, as in RFC 3339: what is read can be written again, and sorts as text.
fn day(text: &str) -> Option<NaiveDate> {
    let form = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let in_form = text.len() == DATE_CHARS && text.bytes().enumerate().all(form);
    text.parse::<NaiveDate>().ok().filter(|day| in_form && day.year() >= 1)
}

fn time_zone(text: &str) -> Result<String, Wrong> {
    text.parse::<Tz>()
        .map(|zone| zone.name().to_owned())
        .map_err(|_| "must be an IANA time zone, such as Europe/Vienna")
}

/// An RFC 5545 RRULE value, or a word for one.
fn recurrence_rule(text: &str) -> Result<String, Wrong> {
    recurrence::parse(text).ok_or("must be an RRULE, such as FREQ=WEEKLY;BYDAY=MO")
}

fn repeat_from(value: Value) -> Result<RepeatFrom, Wrong> {
    let name = match &value {
        Value::Null => return Ok(RepeatFrom::DueDate),
        Value::String(name) => name.trim().to_ascii_lowercase(),
        _ => String::new(),
    };
    match name.as_str() {
        "due_date" | "due" => Ok(RepeatFrom::DueDate),
        "completion" => Ok(RepeatFrom::Completion),
        _ => Err("must be due_date or completion"),
    }
}
