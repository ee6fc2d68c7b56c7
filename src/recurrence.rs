//! When a repeating task is due again (RFC 5545 section 3.3.10).

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};

/// No rule is longer, in characters.
const MAX_RULE: usize = 500;
/// How many occurrences are looked at one by one; behind these, a rule without COUNT is asked for the first one that is not past.
const LOOKED_AT: usize = 1000;
/// How many then, before a rule is taken to have ended: a fraction of a second's work, whatever the rule.
const LOOKED_AT_NEARER: usize = 100_000;

/// From when the next occurrence is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RepeatFrom {
    /// From the due date: every Monday stays a Monday.
    #[default]
    DueDate,
    /// From the day on which the task is completed: a week after the plants were watered.
    Completion,
}

/// When a task is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Some time on this day, wherever the task's zone has it.
    Day(NaiveDate),
    /// At this instant.
    At(DateTime<Utc>),
}

/// A task's turn that has been done.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
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
pub struct NextTurn {
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
    let is_until = |until: &str| {
        NaiveDate::parse_from_str(until, "%Y%m%d").is_ok() && until.len() == 8
            || NaiveDateTime::parse_from_str(until.trim_end_matches('Z'), "%Y%m%dT%H%M%S").is_ok()
    };
    match (part(rule, "COUNT="), part(rule, "UNTIL=")) {
        (Some(count), None) => count.parse::<u32>().is_ok_and(|count| count > 0),
        (None, Some(until)) => is_until(until),
        (None, None) => true,
        (Some(_), Some(_)) => false,
    }
}

/// The turn after this one: the first that is not past, so that nobody has to tick off what was missed. `None`: it was the last.
pub fn next(turn: &Turn<'_>) -> Option<NextTurn> {
    let (pattern, bounds) = split(turn.rule);
    let today = turn.completed_at.with_timezone(&turn.zone).date_naive();
    let (start, earliest) = start(turn, today);
    let occurrences = |start| {
        let rule = pattern.parse::<RRule<Unvalidated>>().ok()?.validate(start).ok()?;
        Some(RRuleSet::new(start).rrule(rule).limit())
    };
    let mut missed = 0;
    let mut found = occurrences(start)?.into_iter().take(LOOKED_AT).filter(|date| *date > start).find(|date| {
        let past = *date < earliest;
        missed += u32::from(past);
        !past
    });
    if found.is_none() && bounds.count.is_none() {
        let nearer = whole_periods_later(&pattern, start, earliest);
        let mut coming = occurrences(nearer)?.into_iter().take(LOOKED_AT_NEARER);
        found = coming.find(|date| *date > start && *date >= earliest);
    }
    let date = found?;
    let due = match turn.due {
        Some(Due::At(_)) => Due::At(date.to_utc()),
        _ => Due::Day(date.date_naive()),
    };
    let count = match bounds.count {
        Some(count) => Some(count.checked_sub(1 + missed).filter(|left| *left > 0)?),
        None => None,
    };
    let in_time = bounds.until.as_deref().is_none_or(|until| is_until(date, until));
    let rule = [
        Some(pattern),
        count.map(|count| format!("COUNT={count}")),
        bounds.until.map(|until| format!("UNTIL={until}")),
    ];
    let rule = rule.into_iter().flatten().collect::<Vec<_>>().join(";");
    (in_time && date.year() <= 9999).then_some(NextTurn { due, rule })
}

/// The start, moved by whole periods of the rule to just before `earliest`, so that what has been missed for years need not be gone
/// through turn by turn. Months and years are not all alike, and few.
fn whole_periods_later(
    pattern: &str,
    start: DateTime<rrule::Tz>,
    earliest: DateTime<rrule::Tz>,
) -> DateTime<rrule::Tz> {
    let unit = match part(pattern, "FREQ=") {
        Some("SECONDLY") => 1,
        Some("MINUTELY") => 60,
        Some("HOURLY") => 3_600,
        Some("DAILY") => 86_400,
        Some("WEEKLY") => 604_800,
        _ => return start,
    };
    let period = unit * part(pattern, "INTERVAL=").and_then(|interval| interval.parse().ok()).unwrap_or(1_i64);
    let gone = chrono::TimeDelta::seconds(((earliest - start).num_seconds() / period - 1).max(0) * period);
    if unit < 86_400 {
        return start + gone;
    }
    // days and weeks by the clock on the wall, across its changes
    (start.naive_local() + gone).and_local_timezone(start.timezone()).earliest().unwrap_or(start)
}

/// The moment that the rule counts from, and the first that is not past. Days are counted in UTC, where each has 24 hours.
fn start(turn: &Turn<'_>, today: NaiveDate) -> (DateTime<rrule::Tz>, DateTime<rrule::Tz>) {
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

/// UNTIL is inclusive: a day, a local date-time, or one in UTC.
fn is_until(date: DateTime<rrule::Tz>, until: &str) -> bool {
    let local = date.naive_local();
    match until.strip_suffix('Z') {
        Some(instant) => date.naive_utc().format("%Y%m%dT%H%M%S").to_string().as_str() <= instant,
        None if until.len() == 8 => local.format("%Y%m%d").to_string().as_str() <= until,
        None => local.format("%Y%m%dT%H%M%S").to_string().as_str() <= until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due(text: &str) -> Due {
        text.parse().map(Due::Day).unwrap_or_else(|_| Due::At(at(text)))
    }

    /// The next due date, and the rule that is left, of a task that was due and done then.
    fn after(rule: &str, was_due: &str, done: &str) -> Option<(Due, String)> {
        turn(rule, Some(due(was_due)), RepeatFrom::DueDate, Tz::Europe__Vienna, done)
    }

    fn turn(rule: &str, due: Option<Due>, from: RepeatFrom, zone: Tz, done: &str) -> Option<(Due, String)> {
        let rule = parse(rule).unwrap();
        next(&Turn { rule: &rule, from, due, zone, completed_at: at(done) }).map(|next| (next.due, next.rule))
    }

    fn is(found: Option<(Due, String)>, expected: &str) {
        assert_eq!(found.map(|(due, _)| due), Some(due(expected)));
    }

    #[test]
    fn rules_are_read_and_nonsense_is_not() {
        assert_eq!(parse("Weekly").as_deref(), Some("FREQ=WEEKLY"));
        assert_eq!(parse("rrule:freq=monthly;bymonthday=-1").as_deref(), Some("FREQ=MONTHLY;BYMONTHDAY=-1"));
        for rule in ["FREQ=WEEKLY;UNTIL=20271231T235959Z", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2"] {
            assert_eq!(parse(rule).as_deref(), Some(rule));
        }
        for wrong in [
            "",
            "often",
            "FREQ=",
            "FREQ=FORTNIGHTLY",
            "BYDAY=MO",
            "FREQ=DAILY;INTERVAL=x",
            "FREQ=DAILY\nX",
            "FREQ=DAILY;COUNT=1;UNTIL=20270101T000000Z;BYDAY=ZZ",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(300))), None);
    }

    #[test]
    fn days_follow_days() {
        is(after("daily", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
        is(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-11-29T10:00:00Z"), "2026-12-07");
        is(after("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", "2027-01-31T10:00:00Z"), "2027-02-28");
        is(after("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29", "2028-02-29T10:00:00Z"), "2032-02-29");
        is(after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30", "2026-11-30T10:00:00Z"), "2026-12-31");
    }

    #[test]
    fn hours_stay_across_changes_of_the_clock() {
        // nine in the morning in Vienna: UTC+2 before the 25th of October 2026, UTC+1 after
        is(after("daily", "2026-10-24T07:00:00Z", "2026-10-24T08:00:00Z"), "2026-10-25T08:00:00Z");
        is(after("daily", "2027-03-27T08:00:00Z", "2027-03-27T09:00:00Z"), "2027-03-28T07:00:00Z");
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        is(after("daily", "2026-12-01", "2026-12-20T10:00:00Z"), "2026-12-20");
        is(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-12-15T10:00:00Z"), "2026-12-21");
        is(after("daily", "2026-12-01T08:00:00Z", "2026-12-20T10:00:00Z"), "2026-12-21T08:00:00Z");
        is(after("FREQ=MINUTELY", "2026-01-01T00:00:00Z", "2026-12-20T10:00:30Z"), "2026-12-20T10:01:00Z");
        is(after("FREQ=SECONDLY;INTERVAL=7", "1990-01-01T00:00:00Z", "2026-12-20T10:00:30Z"), "2026-12-20T10:00:35Z");
        is(after("FREQ=DAILY;INTERVAL=2", "1990-01-01T08:00:00Z", "2026-07-01T10:00:00Z"), "2026-07-03T07:00:00Z");
        is(after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR", "1990-01-01", "2026-12-20T10:00:00Z"), "2026-12-21");
        is(after("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "1950-01-03", "2026-12-20T10:00:00Z"), "2026-12-22");
    }

    #[test]
    fn a_turn_may_be_counted_from_its_completion() {
        let from = RepeatFrom::Completion;
        let zone = Tz::Europe__Vienna;
        is(turn("weekly", Some(due("2026-12-01")), from, zone, "2026-12-04T10:00:00Z"), "2026-12-11");
        is(
            turn("weekly", Some(due("2026-12-01T08:00:00Z")), from, zone, "2026-12-04T10:00:00Z"),
            "2026-12-11T08:00:00Z",
        );
        // half past midnight in Vienna is the next day
        is(turn("daily", None, RepeatFrom::DueDate, zone, "2026-12-04T23:30:00Z"), "2026-12-06");
    }

    #[test]
    fn a_bounded_rule_ends() {
        assert_eq!(
            after("FREQ=DAILY;COUNT=3", "2026-12-01", "2026-12-01T10:00:00Z"),
            Some((due("2026-12-02"), "FREQ=DAILY;COUNT=2".into()))
        );
        assert_eq!(after("FREQ=DAILY;COUNT=1", "2026-12-01", "2026-12-01T10:00:00Z"), None);
        assert_eq!(
            after("FREQ=DAILY;COUNT=5", "2026-12-01", "2026-12-04T10:00:00Z"),
            Some((due("2026-12-04"), "FREQ=DAILY;COUNT=2".into()))
        );
        assert_eq!(after("FREQ=DAILY;COUNT=3", "2026-12-01", "2026-12-09T10:00:00Z"), None);
        is(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
        assert_eq!(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-02", "2026-12-02T10:00:00Z"), None);
    }

    #[test]
    fn a_rule_without_occurrences_ends() {
        assert_eq!(after("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-12-01", "2026-12-01T10:00:00Z"), None);
        assert_eq!(after("daily", "9999-12-31", "2026-12-01T10:00:00Z"), None);
    }
}
