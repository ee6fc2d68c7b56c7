//! Parses and validates recurrence rules (RFC 5545 section 3.3.10, RFC 7529 section 4).

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use rrule::{RRule, Unvalidated};

/// The maximum length of a rule in characters.
const MAX_RULE_CHARS: usize = 500;

/// The treatment of dates that a month does not have, such as 31 April (RFC 7529 section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Skip {
    /// The rule has no occurrence in that month.
    Omit,
    /// The occurrence is on the last day of the month.
    Backward,
    /// The occurrence is on the first day of the next month.
    Forward,
}

/// The words for rules. `monthly` and `yearly` use the last day of a shorter month.
const WORDS: [(&str, &str); 6] = [
    ("DAILY", "FREQ=DAILY"),
    ("WEEKDAYS", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("WEEKLY", "FREQ=WEEKLY"),
    ("BIWEEKLY", "FREQ=WEEKLY;INTERVAL=2"),
    ("MONTHLY", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
    ("YEARLY", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD"),
];

/// Returns whether a text means that the task does not repeat: `none` or `never`, in any case.
pub fn is_none(text: &str) -> bool {
    ["NONE", "NEVER"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Parses and normalizes a rule.
///
/// Also accepts `daily`, `weekdays`, `weekly`, `biweekly`, `monthly` and `yearly`, in any case. Adds RSCALE to a rule with SKIP, as RFC
/// 7529 requires. Returns `None` for an invalid rule, or one longer than 500 characters.
pub fn parse(text: &str) -> Option<String> {
    let rule = text.to_ascii_uppercase();
    let rule = rule.strip_prefix("RRULE:").unwrap_or(&rule);
    let rule = match WORDS.iter().find(|(word, _)| *word == rule) {
        Some((_, rule)) => (*rule).to_owned(),
        None if part_value(rule, "SKIP=").is_some() && part_value(rule, "RSCALE=").is_none() => {
            format!("RSCALE=GREGORIAN;{rule}")
        }
        None => rule.to_owned(),
    };
    if rule.len() > MAX_RULE_CHARS || !has_valid_parts(&rule) || !has_valid_bound(&rule) || !has_valid_scale(&rule) {
        return None;
    }
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    // validates without the bounds: the library would compare the formats of UNTIL and the start
    let (pattern, _) = split_bounds(&rule);
    parse_parts(&pattern)?.validate(start).ok()?;
    Some(rule)
}

/// Returns whether an all-day task cannot have the rule: its frequency is hourly or finer.
pub(crate) fn needs_time(rule: &str) -> bool {
    part_value(rule, "FREQ=").is_some_and(|freq| ["HOURLY", "MINUTELY", "SECONDLY"].contains(&freq))
}

/// Returns the value of SKIP.
pub(crate) fn skip(rule: &str) -> Option<Skip> {
    match part_value(rule, "SKIP=")? {
        "OMIT" => Some(Skip::Omit),
        "BACKWARD" => Some(Skip::Backward),
        "FORWARD" => Some(Skip::Forward),
        _ => None,
    }
}

/// Parses the parts of RFC 5545. The library does not know those of RFC 7529.
pub(crate) fn parse_parts(pattern: &str) -> Option<RRule<Unvalidated>> {
    let is_known = |part: &&str| !part.starts_with("RSCALE=") && !part.starts_with("SKIP=");
    pattern.split(';').filter(is_known).collect::<Vec<_>>().join(";").parse().ok()
}

/// Returns whether all parts are valid. A part is `NAME=value` with a name of RFC 5545 or RFC 7529, which may
/// occur once. The library ignores
/// unknown parts.
fn has_valid_parts(rule: &str) -> bool {
    const NAMES: [&str; 16] = [
        "RSCALE",
        "SKIP",
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
        (None, Some(until)) => Until::parse(until).is_some(),
        (None, None) => true,
        (Some(_), Some(_)) => false,
    }
}

/// Returns whether RSCALE and SKIP are absent or have a supported value.
fn has_valid_scale(rule: &str) -> bool {
    part_value(rule, "RSCALE=").is_none_or(|scale| scale == "GREGORIAN")
        && (part_value(rule, "SKIP=").is_none() || skip(rule).is_some())
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

/// The last time of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    Day(NaiveDate),
    Local(NaiveDateTime),
    At(DateTime<Utc>),
}

impl Until {
    /// Parses UNTIL: a day, a local date-time or a date-time in UTC, in the years 1 to 9999.
    pub(crate) fn parse(until: &str) -> Option<Self> {
        let (day, time) = until.split_at_checked(8)?;
        let is_digits =
            |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        let day = is_digits(day, 8).then(|| NaiveDate::parse_from_str(day, "%Y%m%d").ok())??;
        if day.year() < 1 {
            return None;
        }
        if time.is_empty() {
            return Some(Self::Day(day));
        }
        let (time, is_utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
        let time = time.strip_prefix('T').filter(|time| is_digits(time, 6))?;
        let local = day.and_time(NaiveTime::parse_from_str(time, "%H%M%S").ok()?);
        Some(if is_utc { Self::At(local.and_utc()) } else { Self::Local(local) })
    }

    /// Returns the last day in a time zone.
    pub(crate) fn day(self, zone: Tz) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Local(local) => local.date(),
            Self::At(at) => at.with_timezone(&zone).date_naive(),
        }
    }

    /// Returns whether a time of a rule is not after this bound. `at` is the instant of `local`.
    pub(crate) fn includes(self, local: NaiveDateTime, at: DateTime<Utc>) -> bool {
        match self {
            Self::Day(day) => local.date() <= day,
            Self::Local(until) => local <= until,
            Self::At(until) => at <= until,
        }
    }
}
