//! Converts dates and times of a calendar (RFC 5545 sections 3.3.4 and 3.3.5).

use chrono::{NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, TimeZone};
use chrono_tz::Tz;
use icalendar::parser::Property;

use crate::api::icalendar::properties::MILLIS;

/// Converts a date or date-time to RFC 3339. Returns any other value unchanged; validation of the task rejects it by member name.
pub(crate) fn time(property: &Property<'_>) -> String {
    let text = property.val.as_str();
    day(text).or_else(|| instant(property)).unwrap_or_else(|| text.to_owned())
}

/// Returns the time zone of `TZID`, if it is an IANA name.
pub(crate) fn zone(property: &Property<'_>) -> Option<Tz> {
    parameter(property, "TZID")?.parse().ok()
}

/// Returns the value of a parameter, without quotes.
pub(crate) fn parameter<'p>(property: &'p Property<'_>, name: &str) -> Option<&'p str> {
    let parameter = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(name))?;
    parameter.val.as_ref().map(|value| value.as_str().trim_matches('"'))
}

/// Parses `20261201`.
fn day(text: &str) -> Option<String> {
    let day = has_form(text, "dddddddd").then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())??;
    Some(day.to_string())
}

/// Parses `20261201T093000`, in UTC if it ends with `Z`.
fn instant(property: &Property<'_>) -> Option<String> {
    let text = property.val.as_str();
    let (local, is_utc) = text.strip_suffix('Z').map_or((text, false), |local| (local, true));
    if !has_form(local, "ddddddddTdddddd") {
        return None;
    }
    let local = NaiveDateTime::parse_from_str(local, "%Y%m%dT%H%M%S").ok()?;
    let at = match zone(property) {
        // a local time skipped by a clock change does not exist
        Some(zone) if !is_utc => zone.from_local_datetime(&local).earliest()?.to_utc(),
        _ => local.and_utc(),
    };
    let at = at.checked_add_signed(TimeDelta::milliseconds(millis(property)?))?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Returns the milliseconds of a time. `None`: the parameter is not a number from 0 to 999.
fn millis(property: &Property<'_>) -> Option<i64> {
    match parameter(property, MILLIS) {
        None => Some(0),
        Some(text) if (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()
        }
        Some(_) => None,
    }
}

/// Returns whether a text has this form, where `d` is a digit. chrono alone also accepts signs and spaces.
fn has_form(text: &str, form: &str) -> bool {
    let matches = |(byte, form)| if form == b'd' { u8::is_ascii_digit(&byte) } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Converts the value of a line. An invalid value is unchanged.
    fn read(line: &str) -> String {
        time(&Property::try_from(line).expect("a property"))
    }

    #[test]
    fn converts_dates_and_times() {
        for (line, expected) in [
            ("DUE:20261201", "2026-12-01"),
            ("DUE:20261201T093000Z", "2026-12-01T09:30:00Z"),
            ("DUE:20261201T093000", "2026-12-01T09:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20261201T093000", "2026-12-01T08:30:00Z"),
            ("DUE;TZID=\"Europe/Vienna\":20261201T093000", "2026-12-01T08:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20261201T093000Z", "2026-12-01T09:30:00Z"),
            ("DUE;TZID=Nowhere:20261201T093000", "2026-12-01T09:30:00Z"),
            ("DUE;X-MS=7:20261201T093000Z", "2026-12-01T09:30:00.007Z"),
            ("DUE;X-MS=999:99991231T235959Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn keeps_any_other_value() {
        for (parameters, value) in [
            ("", "20200101T000000ZZZZ"),
            ("", "20200101T000000ZZ"),
            ("", "20200101T000000z"),
            ("", "20200101T0000"),
            ("", "2020 1 1"),
            ("", "+2020101"),
            ("", "-0010101T000000Z"),
            ("", "20200230"),
            ("", "20200101T250000Z"),
            ("", ""),
            ("", "\u{661}0200101"),
            (";X-MS=9000000000000000", "20200101T000000Z"),
            (";X-MS=9223372036854775807", "20200101T000000Z"),
            (";X-MS=-1", "20200101T000000Z"),
            (";X-MS=+1", "20200101T000000Z"),
            (";X-MS=1000", "20200101T000000Z"),
            (";X-MS=0.5", "20200101T000000Z"),
            (";X-MS=x", "20200101T000000Z"),
            // a local time skipped by a clock change
            (";TZID=Europe/Vienna", "20260329T023000"),
        ] {
            assert_eq!(read(&format!("DUE{parameters}:{value}")), value, "{parameters}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_do_not_panic_in_any_zone() {
        for zone in chrono_tz::TZ_VARIANTS {
            for value in ["00000101T000000", "00010101T000000", "99991231T235959", "99991231T235960"] {
                read(&format!("DUE;X-MS=999;TZID={zone}:{value}"));
            }
        }
    }
}
