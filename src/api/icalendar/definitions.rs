//! Reads the time zones that a calendar file defines, before its tasks: a definition may follow the task that needs it.

use std::rc::Rc;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use crate::api::icalendar::content_lines::{ContentLine, ContentLines};
use crate::api::icalendar::definition::{Definition, Steps};
use crate::api::icalendar::observance::{DayOfMonth, Observance, YearlyRule};
use crate::api::icalendar::time::{local_time, unescaped};
use crate::api::icalendar::zones::{self, MAX_NAME, Zones};

/// The maximum number of definitions of a file.
const MAX_DEFINITIONS: usize = 500;
/// The maximum number of observances of a definition.
const MAX_OBSERVANCES: usize = 200;
/// The maximum number of single onsets (RDATE) of a file.
const MAX_DATES: usize = 20_000;
/// The maximum number of steps of all definitions of a file.
const MAX_STEPS: u32 = 4_000_000;
/// The longest accepted line of a definition, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// Reads the definitions and the default zones of a file. Skips definitions beyond the limits, and those with other rules than one
/// onset a year.
pub(crate) fn read(text: &[u8]) -> Zones {
    let mut reader = DefinitionReader::default();
    reader.steps.set(MAX_STEPS);
    for line in ContentLines::of(text) {
        if reader.is_relevant(&line)
            && let Some(line) = std::str::from_utf8(&line).ok().and_then(ContentLine::parse)
        {
            reader.read(line);
        }
    }
    reader.zones
}

#[derive(Default)]
struct DefinitionReader {
    zones: Zones,
    /// The number of calendars that have begun.
    calendar: usize,
    definitions: usize,
    dates: usize,
    steps: Steps,
    /// The open VTIMEZONE.
    open: Option<OpenDefinition>,
}

#[derive(Default)]
struct OpenDefinition {
    name: String,
    location: String,
    observances: Vec<Observance>,
    /// The open STANDARD or DAYLIGHT.
    observance: Option<OpenObservance>,
    is_unreadable: bool,
}

#[derive(Default)]
struct OpenObservance {
    start: Option<NaiveDateTime>,
    from: Option<i64>,
    to: Option<i64>,
    rule: Option<String>,
    dates: Vec<NaiveDateTime>,
}

impl DefinitionReader {
    /// Returns whether a line belongs to a definition, begins or ends a component, or sets the default zone.
    fn is_relevant(&self, line: &[u8]) -> bool {
        let is_open = self.open.as_ref().is_some_and(|open| !open.is_unreadable);
        let starts_with =
            |prefix: &[u8]| line.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        line.len() <= MAX_LINE
            && (is_open || [&b"BEGIN:V"[..], b"END:VTIMEZONE", b"X-WR-TIMEZONE"].into_iter().any(starts_with))
    }

    fn read(&mut self, line: ContentLine<'_>) {
        let value = line.value.trim();
        let is = |name: &str, component: &str| line.is(name) && value.eq_ignore_ascii_case(component);
        if is("BEGIN", "VCALENDAR") {
            self.calendar = self.calendar.saturating_add(1);
            self.open = None;
        } else if is("BEGIN", "VTIMEZONE") {
            self.open = Some(OpenDefinition::default());
        } else if is("END", "VTIMEZONE") {
            self.close();
        } else if line.is("X-WR-TIMEZONE") && !value.is_empty() && value.len() <= MAX_NAME {
            self.zones.set_floating(self.calendar, &unescaped(value));
        } else if let Some(open) = &mut self.open {
            open.read(line, value, &mut self.dates);
        }
    }

    /// Adds the open definition. A definition that states its IANA zone needs no evaluation.
    fn close(&mut self) {
        let Some(open) = self.open.take().filter(|open| !open.name.is_empty()) else { return };
        self.definitions = self.definitions.saturating_add(1);
        if self.definitions > MAX_DEFINITIONS || open.name.len() > MAX_NAME {
            return;
        }
        if let Some(zone) = zones::by_name(&open.location) {
            self.zones.alias(self.calendar, &open.name, zone);
        } else if !open.is_unreadable
            && let Some(definition) = Definition::new(open.name.clone(), open.observances, Rc::clone(&self.steps))
        {
            self.zones.define(self.calendar, &open.name, definition);
        }
    }
}

impl OpenDefinition {
    fn read(&mut self, line: ContentLine<'_>, value: &str, dates: &mut usize) {
        let is_observance = ["STANDARD", "DAYLIGHT"].iter().any(|name| value.eq_ignore_ascii_case(name));
        if line.is("BEGIN") && is_observance {
            self.observance = Some(OpenObservance::default());
        } else if line.is("END") && is_observance {
            match self.observance.take().and_then(OpenObservance::into_observance) {
                Some(observance) if self.observances.len() < MAX_OBSERVANCES => self.observances.push(observance),
                _ => self.is_unreadable = true,
            }
        } else if let Some(observance) = &mut self.observance {
            self.is_unreadable |= observance.read(line, value, dates).is_none();
        } else if line.is("TZID") {
            self.name = unescaped(value).into_owned();
        } else if line.is("X-LIC-LOCATION") {
            self.location = value.get(..value.len().min(MAX_NAME)).unwrap_or_default().to_owned();
        }
    }
}

impl OpenObservance {
    /// Reads a property. `None`: it is invalid, or beyond a limit.
    fn read(&mut self, line: ContentLine<'_>, value: &str, dates: &mut usize) -> Option<()> {
        if line.is("DTSTART") {
            self.start = Some(local_time(value)?);
        } else if line.is("TZOFFSETFROM") {
            self.from = Some(offset(value)?);
        } else if line.is("TZOFFSETTO") {
            self.to = Some(offset(value)?);
        } else if line.is("RRULE") {
            self.rule = Some(value.to_ascii_uppercase());
        } else if line.is("RDATE") {
            for date in value.split(',') {
                *dates = dates.saturating_add(1);
                let date = date.trim().split('/').next().and_then(local_time).filter(|_| *dates <= MAX_DATES);
                self.dates.push(date?);
            }
        }
        Some(())
    }

    fn into_observance(mut self) -> Option<Observance> {
        let start = self.start?;
        self.dates.sort_unstable();
        let rule = match self.rule.as_deref().map(str::trim).filter(|rule| !rule.is_empty()) {
            Some(rule) => Some(yearly_rule(rule, start)?),
            None => None,
        };
        Some(Observance { start, from: self.from?, to: self.to?, rule, dates: self.dates })
    }
}

/// Parses `+0100` or `-003040`, at most one day.
fn offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => (1, text),
    };
    let is_valid = matches!(digits.len(), 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = |index: usize| digits.get(index..index.checked_add(2)?)?.parse::<i64>().ok();
    let (hours, minutes, seconds) = (number(0)?, number(2)?, if digits.len() == 6 { number(4)? } else { 0 });
    let total = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    (is_valid && total <= 86_400).then_some(total.checked_mul(sign)?)
}

/// Parses a rule with one onset a year. `None`: the rule has another form.
fn yearly_rule(text: &str, start: NaiveDateTime) -> Option<YearlyRule> {
    let (mut month, mut weekday, mut days) = (start.month(), None, None);
    let (mut until, mut last_year, mut is_yearly) = (None, None, false);
    for part in text.split(';').filter(|part| !part.is_empty()) {
        match part.split_once('=')? {
            ("FREQ", "YEARLY") => is_yearly = true,
            ("INTERVAL", "1") | ("WKST", _) => {}
            ("BYMONTH", value) => month = value.parse().ok().filter(|month| (1..=12).contains(month))?,
            ("BYDAY", value) => weekday = Some(nth_weekday(value)?),
            ("BYMONTHDAY", value) => {
                let numbers: Option<Vec<u32>> = value.split(',').map(|day| day.parse().ok()).collect();
                days = Some(numbers.filter(|days| days.len() <= 31)?);
            }
            ("UNTIL", value) => until = Some(until_time(value)?),
            ("COUNT", value) => {
                let count = value.parse::<i32>().ok().filter(|count| *count > 0)?;
                last_year = Some(start.year().checked_add(count.checked_sub(1)?)?);
            }
            _ => return None,
        }
    }
    let day = match (weekday, days) {
        (Some((0, weekday)), Some(days)) => DayOfMonth::Of(days, Some(weekday)),
        (Some((0, _)), None) | (Some(_), Some(_)) => return None,
        (Some((number, weekday)), None) => DayOfMonth::Nth(number, weekday),
        (None, Some(days)) => DayOfMonth::Of(days, None),
        (None, None) => DayOfMonth::Of(vec![start.day()], None),
    };
    is_yearly.then_some(YearlyRule { month, day, until, last_year })
}

/// Parses `-1SU` or `SU`, which has the number 0.
fn nth_weekday(text: &str) -> Option<(i8, Weekday)> {
    let (number, weekday) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match weekday {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let number = if number.is_empty() { 0 } else { number.parse().ok().filter(|n| *n != 0 && (-5..=5).contains(n))? };
    Some((number, weekday))
}

/// Parses UNTIL. `true`: it is in UTC.
fn until_time(text: &str) -> Option<(NaiveDateTime, bool)> {
    match text.strip_suffix('Z') {
        Some(utc) => Some((local_time(utc)?, true)),
        None if text.len() == 8 => {
            let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
            Some((day.and_time(NaiveTime::from_hms_opt(23, 59, 59)?), false))
        }
        None => Some((local_time(text)?, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_offsets() {
        for (text, expected) in [
            ("+0100", Some(3600)),
            ("-0330", Some(-12_600)),
            ("0200", Some(7200)),
            ("-004430", Some(-2670)),
            ("+2500", None),
            ("+01", None),
            ("+01:00", None),
            ("", None),
        ] {
            assert_eq!(offset(text), expected, "{text}");
        }
    }

    #[test]
    fn rules_with_several_onsets_a_year_are_unreadable() {
        let start = local_time("20000101T020000").unwrap();
        for rule in
            ["FREQ=DAILY", "FREQ=YEARLY;BYDAY=SU", "FREQ=YEARLY;INTERVAL=2", "BYMONTH=3", "FREQ=YEARLY;BYMONTH=13"]
        {
            assert!(yearly_rule(rule, start).is_none(), "{rule}");
        }
        assert!(yearly_rule("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;", start).is_some());
    }
}
