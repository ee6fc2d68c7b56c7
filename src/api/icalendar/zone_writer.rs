//! Writes the definition of an IANA zone (VTIMEZONE, RFC 5545 section 3.6.5).

use std::fmt::Write;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

/// The first and the last year of single changes. A rule without end describes later years.
const FIRST_YEAR: i32 = 1970;
const LAST_YEAR: i32 = 2099;
/// The minimum number of years for which a rule must be right. In 28 years, a day of a year has each weekday four times.
const MIN_RULE_YEARS: usize = 28;

/// The offset of a zone, from an instant on.
#[derive(Clone, PartialEq, Eq)]
struct Period {
    /// In seconds.
    offset: i32,
    is_daylight: bool,
    name: String,
}

impl Period {
    fn of(zone: Tz, at: DateTime<Utc>) -> Self {
        let (offset, is_daylight) = key(zone, at);
        let name = zone.offset_from_utc_datetime(&at.naive_utc()).abbreviation().unwrap_or("LMT").to_owned();
        Self { offset, is_daylight, name }
    }
}

/// A change of the clock.
struct Change {
    /// In local time before the change.
    onset: NaiveDateTime,
    from: i32,
    to: Period,
}

/// Writes a VTIMEZONE with the changes from 1970 on.
pub(crate) fn write(zone: Tz, out: &mut String) {
    let first = Utc.with_ymd_and_hms(FIRST_YEAR, 1, 1, 0, 0, 0).earliest().unwrap_or_default();
    let initial = Period::of(zone, first);
    let (mut changes, mut rules) = (changes(zone, first), Vec::new());
    while let Some(rule) = take_rule(&mut changes) {
        rules.push(rule);
    }
    let _ = write!(out, "BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let start = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default().and_hms_opt(0, 0, 0).unwrap_or_default();
    write_observance(out, &[&Change { onset: start, from: initial.offset, to: initial }], None);
    let mut written: Vec<&Change> = Vec::new();
    for change in &changes {
        let is_alike = |other: &&Change| other.from == change.from && other.to == change.to;
        if !written.iter().any(is_alike) {
            let alike: Vec<&Change> = changes.iter().filter(is_alike).collect();
            write_observance(out, &alike, None);
            written.push(change);
        }
    }
    for (change, rule) in &rules {
        write_observance(out, &[change], Some(rule));
    }
    out.push_str("END:VTIMEZONE\r\n");
}

/// Finds the changes of a zone: compares the months, and searches the second of each change.
fn changes(zone: Tz, first: DateTime<Utc>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = first;
    while at.year() <= LAST_YEAR {
        let Some(next) = at.checked_add_months(Months::new(1)) else { break };
        changes.extend(changes_between(zone, at, next));
        at = next;
    }
    changes
}

/// Finds the changes within a month. A month has at most two (Morocco's Ramadan); a day has at most one.
fn changes_between(zone: Tz, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut day = start;
    let mut known = key(zone, start);
    while day < end {
        let next = day.checked_add_signed(TimeDelta::days(5)).map_or(end, |next| next.min(end));
        let next_key = key(zone, next);
        if known != next_key {
            let (mut before, mut after) = (day, next);
            while after.signed_duration_since(before) > TimeDelta::seconds(1) {
                let half = after.signed_duration_since(before).num_seconds() / 2;
                let middle = before.checked_add_signed(TimeDelta::seconds(half)).unwrap_or(after);
                if key(zone, middle) == known { before = middle } else { after = middle }
            }
            let (from, _) = known;
            let offset = TimeDelta::seconds(i64::from(from));
            let onset = after.naive_utc().checked_add_signed(offset).unwrap_or_default();
            changes.push(Change { onset, from, to: Period::of(zone, after) });
        }
        (day, known) = (next, next_key);
    }
    changes
}

/// Returns the offset in seconds, and whether it is daylight saving time.
fn key(zone: Tz, at: DateTime<Utc>) -> (i32, bool) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    (offset.fix().local_minus_utc(), offset.dst_offset() > TimeDelta::zero())
}

/// Removes the changes of the last years that follow one yearly rule. Returns the first of them and the rule.
fn take_rule(changes: &mut Vec<Change>) -> Option<(Change, String)> {
    let last = changes.last().filter(|last| last.onset.year() == LAST_YEAR)?;
    let (time, month, weekday) = (last.onset.time(), last.onset.month(), last.onset.weekday());
    let (from, to) = (last.from, last.to.clone());
    let is_alike = |change: &Change| {
        let onset = change.onset;
        (onset.time(), onset.month(), onset.weekday(), change.from, &change.to) == (time, month, weekday, from, &to)
    };
    let (mut days, mut indices, mut year) = (last.onset.day()..=last.onset.day(), Vec::new(), LAST_YEAR);
    for (index, change) in changes.iter().enumerate().rev().filter(|(_, change)| is_alike(change)) {
        let day = change.onset.day();
        let wider = *days.start().min(&day)..=*days.end().max(&day);
        if change.onset.year() != year || wider.end().saturating_sub(*wider.start()) > 6 {
            break;
        }
        (days, year) = (wider, year.saturating_sub(1));
        indices.push(index);
    }
    if indices.len() < MIN_RULE_YEARS || days.end().saturating_sub(*days.start()) != 6 {
        return None;
    }
    let rule = format!("FREQ=YEARLY;BYMONTH={month};{}", day_parts(*days.start(), month, weekday));
    let mut first = None;
    for index in indices {
        first = Some(changes.remove(index));
    }
    first.map(|first| (first, rule))
}

/// Writes the rule of a weekday within seven days of a month.
fn day_parts(first: u32, month: u32, weekday: Weekday) -> String {
    let name = &weekday.to_string().to_ascii_uppercase()[..2];
    let month_length = match month {
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let last = first.saturating_add(6);
    match first {
        1 | 8 | 15 | 22 => format!("BYDAY={}{name}", last / 7),
        _ if last == month_length => format!("BYDAY=-1{name}"),
        _ => {
            let days: Vec<String> = (first..=last).map(|day| day.to_string()).collect();
            format!("BYMONTHDAY={};BYDAY={name}", days.join(","))
        }
    }
}

/// Writes an observance with equal changes.
fn write_observance(out: &mut String, changes: &[&Change], rule: Option<&str>) {
    let Some((first, others)) = changes.split_first() else { return };
    let kind = if first.to.is_daylight { "DAYLIGHT" } else { "STANDARD" };
    let format = "%Y%m%dT%H%M%S";
    let _ = write!(
        out,
        "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{}\r\n",
        first.onset.format(format),
        offset(first.from),
        offset(first.to.offset),
        first.to.name
    );
    if let Some(rule) = rule {
        let _ = write!(out, "RRULE:{rule}\r\n");
    }
    for change in others {
        let _ = write!(out, "RDATE:{}\r\n", change.onset.format(format));
    }
    let _ = write!(out, "END:{kind}\r\n");
}

/// Writes an offset: `+0100`, or `-004430` with seconds.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let rest = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::api::icalendar::definitions;
    use crate::api::icalendar::zones::Zone;

    fn text(zone: Tz) -> String {
        let mut out = String::new();
        write(zone, &mut out);
        out
    }

    #[test]
    fn a_zone_with_daylight_saving_time_has_two_rules() {
        let text = text(Tz::Europe__Berlin);
        assert!(
            text.starts_with("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"),
            "{text}"
        );
        assert!(
            text.contains(
                "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
            ),
            "{text}"
        );
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"), "{text}");
        assert!(text.len() < 2000 && text.lines().all(|line| line.len() <= 75), "{text}");
    }

    /// The service's own reader evaluates each definition like the IANA zone.
    #[test]
    fn definitions_have_the_offsets_of_their_zones() {
        const YEARS: Range<i32> = FIRST_YEAR..LAST_YEAR;
        for zone in chrono_tz::TZ_VARIANTS.into_iter().step_by(7).chain([Tz::Europe__Berlin, Tz::Africa__Casablanca]) {
            // a name that is no IANA name, so that the definition counts
            let calendar = format!("BEGIN:VCALENDAR\r\n{}", text(zone).replace(zone.name(), "Custom"));
            let zones = definitions::read(calendar.as_bytes());
            let Some(Zone::Defined(definition)) = zones.zone(1, "Custom") else { panic!("{zone} is not read") };
            for (year, hour) in YEARS.flat_map(|year| (0..8760).step_by(619).map(move |hour| (year, hour))) {
                let at = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hour);
                let expected = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
                assert_eq!(definition.offset(at), Some(i64::from(expected)), "{zone} {at}\n{calendar}");
            }
        }
    }
}
