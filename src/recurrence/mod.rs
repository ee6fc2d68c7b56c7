//! The next occurrence of a repeating task (RFC 5545 section 3.3.10), computed with a bounded number of steps.

#![deny(clippy::arithmetic_side_effects)]

mod budget;
#[cfg(test)]
mod library_tests;
mod pattern;
#[cfg(test)]
mod tests;
mod times;
mod walk;

use std::ops::ControlFlow::{Break, Continue};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::{RRule, Unvalidated};
use serde::Serialize;
use utoipa::ToSchema;

use crate::recurrence::pattern::Pattern;
use crate::recurrence::walk::Walk;
pub use budget::{Budget, MAX_STEPS, TooCostly};

/// The longest rule, in characters.
const MAX_RULE: usize = 500;
/// The last year that has four digits.
const LAST_YEAR: i32 = 9999;

/// From where the next occurrence of a repeating task is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatFrom {
    /// From its due date.
    #[default]
    DueDate,
    /// From the day on which it is completed.
    Completion,
}

/// When a task is due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Due {
    /// Some time on this day, wherever the task's zone has it.
    Day(NaiveDate),
    /// At this instant.
    At(DateTime<Utc>),
}

/// A task's turn that has been done.
#[derive(Clone, Copy, Debug)]
pub struct CompletedOccurrence<'a> {
    /// The rule by which it repeats.
    pub rule: &'a str,
    /// From when it is counted.
    pub from: RepeatFrom,
    /// When it was due. A task that never was repeats from its completion.
    pub due: Option<Due>,
    /// The zone in which its days and hours lie.
    pub zone: Tz,
    /// When it was done.
    pub completed_at: DateTime<Utc>,
}

/// The next turn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextOccurrence {
    /// When it is due.
    pub due: Due,
    /// The rule that is left: COUNT is one less, and less those that were missed.
    pub rule: String,
}

/// Reads a rule, or a word for one (`daily`, `weekly`, `monthly`, `yearly`, in any case); gives it as it is stored.
pub fn parse(text: &str) -> Option<String> {
    let rule = text.to_ascii_uppercase();
    let rule = rule.strip_prefix("RRULE:").unwrap_or(&rule);
    let rule = match rule {
        "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" => format!("FREQ={rule}"),
        _ => rule.to_owned(),
    };
    if rule.len() > MAX_RULE || !has_known_parts(&rule) || !has_one_bound(&rule) {
        return None;
    }
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    // the bounds are ours to keep: the library would compare UNTIL's form with that of a start
    let (pattern, _) = split(&rule);
    pattern.parse::<RRule<Unvalidated>>().ok()?.validate(start).ok()?;
    Some(rule)
}

/// `NAME=value` between semicolons, each of RFC 5545's names once; the library passes over what it does not know.
fn has_known_parts(rule: &str) -> bool {
    const NAMES: [&str; 14] = [
        "FREQ",
        "UNTIL",
        "COUNT",
        "INTERVAL",
        "BYSECOND",
        "BYMINUTE",
        "BYHOUR",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    ];
    let plain = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",+-".contains(&byte));
    let parts: Vec<Option<(&str, &str)>> = rule.split(';').map(|part| part.split_once('=')).collect();
    let names: Vec<&str> = parts.iter().flatten().map(|(name, _)| *name).collect();
    let known = parts.iter().all(|part| part.is_some_and(|(name, value)| NAMES.contains(&name) && plain(value)));
    let once = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    // section 3.3.10: an ordinal belongs to months and years, INTERVAL is positive
    let ordinal = |value: &str| value.split(',').any(|day| day.len() > 2);
    let has = |wanted: &str| parts.iter().flatten().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let ordinals = has("BYDAY").is_some_and(ordinal) && !matches!(has("FREQ"), Some("MONTHLY" | "YEARLY"));
    // nor is there a day 0, or an n-th of nothing
    let counted = ["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"].into_iter().filter_map(has);
    let zero = counted.flat_map(|value| value.split(',')).any(|number| number.parse() == Ok(0));
    let of_nothing =
        has("BYSETPOS").is_some() && !names.iter().any(|name| name.starts_with("BY") && *name != "BYSETPOS");
    known
        && once
        && !ordinals
        && !zero
        && !of_nothing
        && has("INTERVAL").is_none_or(|interval| interval.parse::<u16>().is_ok_and(|n| n > 0))
}

/// COUNT or UNTIL, not both: a number of turns, or a day, a local date-time, or one in UTC.
fn has_one_bound(rule: &str) -> bool {
    match (part(rule, "COUNT="), part(rule, "UNTIL=")) {
        (Some(count), None) => count.parse::<u32>().is_ok_and(|count| count > 0),
        (None, Some(until)) => until_day(until).is_some(),
        (None, None) => true,
        (Some(_), Some(_)) => false,
    }
}

/// Computes the turn after this one: the first that is not past. `None`: it was the last.
///
/// # Errors
/// [`TooCostly`]: the rule needs more steps than [`MAX_STEPS`], or than the budget has left.
pub fn next(turn: &CompletedOccurrence<'_>, budget: &mut Budget) -> Result<Option<NextOccurrence>, TooCostly> {
    let (pattern, bounds) = split(turn.rule);
    let Ok(parts) = pattern.parse::<RRule<Unvalidated>>() else { return Ok(None) };
    let (start, earliest) = start(turn, turn.completed_at.with_timezone(&turn.zone).date_naive());
    let local = start.naive_local();
    let (past, bound) = (local_before(earliest), bounds.until.as_deref().and_then(until_day));
    let walk = Walk {
        pattern: &Pattern::new(&parts, local),
        start: local,
        // each missed occurrence takes one from COUNT
        from: if bounds.count.is_some() { local } else { local.max(past) },
        // a day later, because UNTIL may be in UTC
        last: bound.and_then(|day| day.succ_opt()).map_or(last_day(), |day| day.min(last_day())),
        steps: budget.for_rule(),
    };
    let mut left = bounds.count;
    let found = walk.run(|local| {
        let is_past = local < past;
        let date = if is_past { None } else { in_zone(local, start.timezone()).filter(|date| *date > start) };
        if date.is_none() && (!is_past || local <= start.naive_local()) {
            return Continue(());
        }
        if left.is_some_and(|left| left < 2) {
            return Break(None);
        }
        if let Some(date) = date.filter(|date| *date >= earliest) {
            return Break(Some(date));
        }
        left = left.map(|left| left.saturating_sub(1));
        Continue(())
    })?;
    let count = left.map(|left| left.saturating_sub(1));
    Ok(found.flatten().and_then(|date| next_turn(turn, date, pattern, count, bounds.until)))
}

/// The turn at this date, with the rule that is left. `None`: it is after UNTIL or after the year 9999.
fn next_turn(
    turn: &CompletedOccurrence<'_>,
    date: DateTime<rrule::Tz>,
    pattern: String,
    count: Option<u32>,
    until: Option<String>,
) -> Option<NextOccurrence> {
    let due = match turn.due {
        Some(Due::At(_)) => Due::At(date.to_utc()),
        _ => Due::Day(date.date_naive()),
    };
    let is_in_time = until.as_deref().is_none_or(|until| is_until(date, until));
    let is_writable = date.year() <= LAST_YEAR && date.to_utc().year() <= LAST_YEAR;
    let rule =
        [Some(pattern), count.map(|count| format!("COUNT={count}")), until.map(|until| format!("UNTIL={until}"))];
    let rule = rule.into_iter().flatten().collect::<Vec<_>>().join(";");
    (is_in_time && is_writable).then_some(NextOccurrence { due, rule })
}

fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// A local time such that no earlier one can stand for `earliest` or an instant after it, whatever clocks do around it.
fn local_before(earliest: DateTime<rrule::Tz>) -> NaiveDateTime {
    let offset = |days: i64| {
        let near = earliest.checked_add_signed(TimeDelta::days(days)).unwrap_or(earliest);
        near.naive_local().signed_duration_since(near.naive_utc())
    };
    let change = offset(1).checked_sub(&offset(-1)).unwrap_or_default().abs();
    earliest.naive_local().checked_sub_signed(change).unwrap_or(NaiveDateTime::MIN)
}

/// The instant of a local time. Clocks jump over it: by the duration since midnight, as for one that comes twice.
fn in_zone(local: NaiveDateTime, zone: rrule::Tz) -> Option<DateTime<rrule::Tz>> {
    local.and_local_timezone(zone).single().or_else(|| {
        let midnight = local.date().and_time(NaiveTime::MIN).and_local_timezone(zone).single()?;
        midnight.checked_add_signed(local.time().signed_duration_since(NaiveTime::MIN))
    })
}

/// The moment that the rule counts from, and the first that is not past. Days are counted in UTC, where each has 24 hours.
fn start(turn: &CompletedOccurrence<'_>, today: NaiveDate) -> (DateTime<rrule::Tz>, DateTime<rrule::Tz>) {
    let day = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    let zone = rrule::Tz::from(turn.zone);
    match (turn.due, turn.from) {
        (Some(Due::Day(due)), RepeatFrom::DueDate) => (day(due), day(today)),
        (Some(Due::Day(_)), RepeatFrom::Completion) | (None, _) => (day(today), day(today)),
        (Some(Due::At(due)), RepeatFrom::DueDate) => (due.with_timezone(&zone), turn.completed_at.with_timezone(&zone)),
        (Some(Due::At(due)), RepeatFrom::Completion) => {
            // at the hour of the day at which it was due; where clocks jump over that hour, at the moment of completion
            let hour = due.with_timezone(&zone).time();
            let completed = turn.completed_at.with_timezone(&zone);
            let start = today.and_time(hour).and_local_timezone(zone).earliest().unwrap_or(completed);
            (start, completed)
        }
    }
}

/// What bounds a rule.
struct Bounds {
    count: Option<u32>,
    until: Option<String>,
}

/// A rule without its bounds, and these.
fn split(rule: &str) -> (String, Bounds) {
    let bounds = Bounds {
        count: part(rule, "COUNT=").and_then(|count| count.parse().ok()),
        until: part(rule, "UNTIL=").map(str::to_owned),
    };
    let pattern = rule.split(';').filter(|part| !part.starts_with("COUNT=") && !part.starts_with("UNTIL="));
    (pattern.collect::<Vec<_>>().join(";"), bounds)
}

/// The value behind a name (with its `=`) in a rule.
fn part<'a>(rule: &'a str, name: &str) -> Option<&'a str> {
    rule.split(';').find_map(|part| part.strip_prefix(name))
}

/// The day of UNTIL, where it is well formed: a day, a local date-time, or one in UTC, of the years 1 to 9999.
fn until_day(until: &str) -> Option<NaiveDate> {
    let (day, time) = until.split_at_checked(8)?;
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |time: &str| {
        let time = time.strip_suffix('Z').unwrap_or(time);
        time.strip_prefix('T').is_some_and(|time| digits(time, 6) && NaiveTime::parse_from_str(time, "%H%M%S").is_ok())
    };
    if !digits(day, 8) || !(time.is_empty() || is_time(time)) {
        return None;
    }
    NaiveDate::parse_from_str(day, "%Y%m%d").ok().filter(|day| day.year() >= 1)
}

/// UNTIL is inclusive: a day, a local date-time, or one in UTC.
fn is_until(date: DateTime<rrule::Tz>, until: &str) -> bool {
    let local = date.naive_local();
    match until.strip_suffix('Z') {
        Some(instant) => date.naive_utc().format("%Y%m%dT%H%M%S").to_string().as_str() <= instant,
        None if until.len() == 8 => local.format("%Y%m%d").to_string().as_str() <= until,
        None => local.format("%Y%m%dT%H%M%S").to_string().as_str() <= until,
    }
}
