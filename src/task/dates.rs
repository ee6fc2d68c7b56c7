//! Reads dates and date-times of clients.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, Utc};

use crate::recurrence::Due;

/// A date or a date-time.
pub(crate) fn due(text: &str) -> Result<Due, &'static str> {
    if text.len() == DATE_CHARS
        && let Some(day) = day(text)
    {
        return Ok(Due::Day(day));
    }
    instant(text).map(Due::At).map_err(|_| "must be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)")
}

/// A date-time with or without seconds, fraction and offset; without an offset it is UTC. To the millisecond; a leap second is the
/// one after it, since no database knows one.
pub(crate) fn instant(text: &str) -> Result<DateTime<Utc>, &'static str> {
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

/// The column of an instant: UTC, to the millisecond. A response shows what is stored, on both databases.
pub(crate) fn stored(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().trunc_subsecs(3)
}
