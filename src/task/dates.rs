//! Parses dates and date-times of requests.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Timelike, Utc};

use crate::recurrence::Due;

/// Parses a date or a date-time.
///
/// # Errors
/// The text is neither. The error describes the accepted formats.
pub(crate) fn parse_due(text: &str) -> Result<Due, &'static str> {
    if text.len() == DATE_CHARS
        && let Some(day) = parse_day(text)
    {
        return Ok(Due::Day(day));
    }
    parse_instant(text).map(Due::At).map_err(|_| "must be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)")
}

/// Parses a date-time. Seconds, fraction and offset are optional; the default offset is UTC.
///
/// The result has millisecond precision. A leap second becomes the following second: databases do not support leap seconds.
///
/// # Errors
/// The text is not a date-time. The error describes the accepted format.
pub(crate) fn parse_instant(text: &str) -> Result<DateTime<Utc>, &'static str> {
    try_parse_instant(text).ok_or("must be a date-time (2026-12-01T09:00:00Z)")
}

/// Writes a local date-time, as [`parse_local`] reads it.
pub(crate) fn local_text(at: NaiveDateTime) -> String {
    at.format("%FT%T%.f").to_string()
}

/// Parses a date-time without offset: `2026-12-01T09:00:00`.
pub(crate) fn parse_local(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = Some(text).filter(|text| text.is_ascii())?.split_once('T')?;
    // databases do not support leap seconds
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f").ok().filter(|time| time.nanosecond() < 1_000_000_000)?;
    Some(parse_day(date)?.and_time(time).trunc_subsecs(3))
}

const DATE_CHARS: usize = "2026-12-01".len();

fn try_parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = Some(text).filter(|text| text.is_ascii())?.to_ascii_uppercase();
    let (date, rest) = text.split_at_checked(DATE_CHARS)?;
    parse_day(date)?;
    let time = rest.strip_prefix(['T', ' '])?;
    // hours and minutes need two digits each; chrono also accepts one
    let is_digits = |range: std::ops::Range<usize>| {
        time.get(range).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !(is_digits(0..2) && is_digits(3..5)) {
        return None;
    }
    let text = format!("{date}T{time}");
    let formats_with_offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let utc_text = text.strip_suffix('Z').unwrap_or(&text);
    let utc = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(utc_text, format).ok());
    let with_offset = || {
        formats_with_offset.iter().find_map(|format| DateTime::parse_from_str(&text, format).ok()).map(|at| at.to_utc())
    };
    let instant = utc.map(|at| at.and_utc()).or_else(with_offset)?;
    let instant = DateTime::from_timestamp_millis(instant.timestamp_millis())?;
    // an offset can move the year out of 1 to 9999
    (1..=9999).contains(&instant.year()).then_some(instant)
}

/// Parses a day with a year from 0001 to 9999 (RFC 3339).
///
/// Four digits make a round trip possible, and text sorts by date.
fn parse_day(text: &str) -> Option<NaiveDate> {
    let is_valid =
        |(index, byte): (usize, u8)| if index == 4 || index == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let has_format = text.len() == DATE_CHARS && text.bytes().enumerate().all(is_valid);
    text.parse::<NaiveDate>().ok().filter(|day| has_format && day.year() >= 1)
}

/// Converts an instant to its column value: UTC with millisecond precision.
///
/// Both databases store the same value, and a response shows the stored value.
pub(crate) fn to_db_timestamp(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().trunc_subsecs(3)
}
