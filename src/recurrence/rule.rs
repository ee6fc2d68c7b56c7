//! Parses and validates recurrence rules (RFC 5545 section 3.3.10).

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use rrule::{RRule, Unvalidated};

/// The maximum length of a rule in characters.
const MAX_RULE_CHARS: usize = 500;

/// Parses and normalizes a rule.
///
/// Also accepts `daily`, `weekly`, `monthly` and `yearly`, in any case. Returns `None` for an invalid rule, or one longer than
/// 500 characters.
pub fn parse(text: &str) -> Option<String> {
    let rule = text.to_ascii_uppercase();
    let rule = rule.strip_prefix("RRULE:").unwrap_or(&rule);
    let rule = match rule {
        "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" => format!("FREQ={rule}"),
        _ => rule.to_owned(),
    };
    if rule.len() > MAX_RULE_CHARS || !has_valid_parts(&rule) || !has_valid_bound(&rule) {
        return None;
    }
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    // validates without the bounds: the library would compare the formats of UNTIL and the start
    let (pattern, _) = split_bounds(&rule);
    pattern.parse::<RRule<Unvalidated>>().ok()?.validate(start).ok()?;
    Some(rule)
}

/// Returns whether all parts are valid. A part is `NAME=value` with a name of RFC 5545, which may occur once. The library ignores
/// unknown parts.
fn has_valid_parts(rule: &str) -> bool {
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
    let has_valid_chars =
        |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",+-".contains(&byte));
    let parts: Vec<Option<(&str, &str)>> = rule.split(';').map(|part| part.split_once('=')).collect();
    let names: Vec<&str> = parts.iter().flatten().map(|(name, _)| *name).collect();
    let are_names_known =
        parts.iter().all(|part| part.is_some_and(|(name, value)| NAMES.contains(&name) && has_valid_chars(value)));
    let are_names_unique = names.iter().enumerate().all(|(index, name)| !names[..index].contains(name));
    // section 3.3.10: only monthly and yearly rules have ordinals of weekdays, and INTERVAL is positive
    let has_ordinal = |value: &str| value.split(',').any(|day| day.len() > 2);
    let value_of = |name: &str| parts.iter().flatten().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let has_misplaced_ordinal =
        value_of("BYDAY").is_some_and(has_ordinal) && !matches!(value_of("FREQ"), Some("MONTHLY" | "YEARLY"));
    // 0 is not a valid number, and BYSETPOS needs another BY part
    let numbers = ["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"].into_iter().filter_map(value_of);
    let has_zero = numbers.flat_map(|value| value.split(',')).any(|number| number.parse() == Ok(0));
    let has_lone_position =
        value_of("BYSETPOS").is_some() && !names.iter().any(|name| name.starts_with("BY") && *name != "BYSETPOS");
    are_names_known
        && are_names_unique
        && !has_misplaced_ordinal
        && !has_zero
        && !has_lone_position
        && value_of("INTERVAL").is_none_or(|interval| interval.parse::<u16>().is_ok_and(|n| n > 0))
}

/// Returns whether the rule has no bound or one valid bound: COUNT above 0 or UNTIL.
fn has_valid_bound(rule: &str) -> bool {
    match (part_value(rule, "COUNT="), part_value(rule, "UNTIL=")) {
        (Some(count), None) => count.parse::<u32>().is_ok_and(|count| count > 0),
        (None, Some(until)) => parse_until_day(until).is_some(),
        (None, None) => true,
        (Some(_), Some(_)) => false,
    }
}

/// The bounds of a rule.
pub(crate) struct Bounds {
    pub count: Option<u32>,
    pub until: Option<String>,
}

/// Splits a rule into its pattern and its bounds.
pub(crate) fn split_bounds(rule: &str) -> (String, Bounds) {
    let bounds = Bounds {
        count: part_value(rule, "COUNT=").and_then(|count| count.parse().ok()),
        until: part_value(rule, "UNTIL=").map(str::to_owned),
    };
    let pattern = rule.split(';').filter(|part| !part.starts_with("COUNT=") && !part.starts_with("UNTIL="));
    (pattern.collect::<Vec<_>>().join(";"), bounds)
}

/// Returns the value of the part with this prefix (the name with `=`).
pub(crate) fn part_value<'a>(rule: &'a str, prefix: &str) -> Option<&'a str> {
    rule.split(';').find_map(|part| part.strip_prefix(prefix))
}

/// Parses UNTIL, and returns its day. UNTIL is a day, a local date-time or a date-time in UTC, in the years 1 to 9999.
pub(crate) fn parse_until_day(until: &str) -> Option<NaiveDate> {
    let (day, time) = until.split_at_checked(8)?;
    let is_digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |time: &str| {
        let time = time.strip_suffix('Z').unwrap_or(time);
        time.strip_prefix('T')
            .is_some_and(|time| is_digits(time, 6) && NaiveTime::parse_from_str(time, "%H%M%S").is_ok())
    };
    if !is_digits(day, 8) || !(time.is_empty() || is_time(time)) {
        return None;
    }
    NaiveDate::parse_from_str(day, "%Y%m%d").ok().filter(|day| day.year() >= 1)
}

/// Returns whether the date is at or before UNTIL.
pub(crate) fn is_until_or_before(date: DateTime<rrule::Tz>, until: &str) -> bool {
    let local = date.naive_local();
    match until.strip_suffix('Z') {
        Some(instant) => date.naive_utc().format("%Y%m%dT%H%M%S").to_string().as_str() <= instant,
        None if until.len() == 8 => local.format("%Y%m%d").to_string().as_str() <= until,
        None => local.format("%Y%m%dT%H%M%S").to_string().as_str() <= until,
    }
}
