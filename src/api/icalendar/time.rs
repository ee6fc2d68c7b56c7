//! Reads dates and times of a calendar (RFC 5545 sections 3.3.4 and 3.3.5).

use std::borrow::Cow;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::parser::ParseString;

use crate::api::icalendar::content_lines::ContentLine;
use crate::api::icalendar::period::Period;
use crate::api::icalendar::properties::{FOLD, MILLIS};
use crate::api::icalendar::zones::{Zone, Zones};
use crate::recurrence::Due;

/// Why a time cannot be read: the rest of the sentence "DUE …".
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum TimeError {
    /// The value is not a date or a time.
    #[error("must be a date (20261201) or a time (20261201T093000Z) in the years 1 to 9999")]
    Malformed,
    /// No source describes the zone.
    #[error(
        "has the time zone {0:?}, which is neither an IANA name nor a Windows name, and which no VTIMEZONE of the calendar describes"
    )]
    UnknownZone(String),
}

/// A date or an instant, with the zone that it was written in.
#[derive(Clone)]
pub(crate) struct ZonedDue {
    pub due: Due,
    /// `None`: a time in UTC, or a floating time without a default zone.
    zone: Option<Zone>,
}

impl ZonedDue {
    /// Reads the value of a property. `None`: it is empty.
    ///
    /// # Errors
    /// [`TimeError`].
    pub(crate) fn read(line: ContentLine<'_>, calendar: usize, zones: &Zones) -> Result<Option<Self>, TimeError> {
        let text = line.value.trim();
        let default_zone = || zones.floating(calendar).transpose().map_err(TimeError::UnknownZone);
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(day) = day(text) {
            return Ok(Some(Self { due: Due::Day(day), zone: default_zone()? }));
        }
        let (local, is_utc) = text.strip_suffix(['Z', 'z']).map_or((text, false), |local| (local, true));
        let local = local_time(local).ok_or(TimeError::Malformed)?;
        let zone = match line.parameter("TZID").filter(|name| !name.is_empty()) {
            _ if is_utc => None,
            Some(name) => Some(
                zones.zone(calendar, name).ok_or_else(|| TimeError::UnknownZone(name.chars().take(80).collect()))?,
            ),
            None => default_zone()?,
        };
        let is_second = line.has_parameter(FOLD, "1");
        let at = zone.as_ref().map_or_else(|| Some(local.and_utc()), |zone| zone.instant(local, is_second));
        let at = at.and_then(|at| at.checked_add_signed(TimeDelta::milliseconds(millis(line)?)));
        Ok(Some(Self { due: Due::At(at.ok_or(TimeError::Malformed)?), zone }))
    }

    /// Returns the IANA zone of the time. `None`: UTC, or a zone of the calendar that equals no IANA zone.
    pub(crate) fn iana(&self) -> Option<Tz> {
        self.zone.as_ref()?.iana(self.instant()?)
    }

    /// Returns whether the time is in a zone that equals no IANA zone.
    pub(crate) fn has_unnamed_zone(&self) -> bool {
        self.zone.is_some() && self.iana().is_none()
    }

    /// Returns the instant; of a day, its start.
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        match self.due {
            Due::At(at) => Some(at),
            Due::Day(day) => self.resolve(day.and_time(NaiveTime::MIN)),
        }
    }

    /// Returns the local day.
    pub(crate) fn day(&self) -> Option<NaiveDate> {
        match self.due {
            Due::Day(day) => Some(day),
            Due::At(at) => Some(self.zone.as_ref().map_or_else(|| Some(at.naive_utc()), |zone| zone.local(at))?.date()),
        }
    }

    /// Adds a duration: its days to the local time, its seconds to the instant.
    pub(crate) fn plus(&self, period: Period) -> Option<Self> {
        let add_days = |day: NaiveDate| match period.days {
            0.. => day.checked_add_days(Days::new(period.days.unsigned_abs())),
            _ => day.checked_sub_days(Days::new(period.days.unsigned_abs())),
        };
        let due = match self.due {
            Due::Day(day) if period.seconds == 0 => Due::Day(add_days(day)?),
            _ => {
                let start = self.instant()?;
                let local = self.zone.as_ref().map_or_else(|| Some(start.naive_utc()), |zone| zone.local(start))?;
                let moved = if period.days == 0 {
                    start
                } else {
                    self.resolve(add_days(local.date())?.and_time(local.time()))?
                };
                Due::At(moved.checked_add_signed(TimeDelta::try_seconds(period.seconds)?)?)
            }
        };
        Some(Self { due, zone: self.zone.clone() })
    }

    fn resolve(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.zone.as_ref().map_or_else(|| Some(local.and_utc()), |zone| zone.instant(local, false))
    }

    /// Replaces the zone that a day begins in.
    pub(crate) fn with_zone(self, zone: Option<Tz>) -> Self {
        let zone = zone.map(Zone::Iana).or(self.zone);
        Self { due: self.due, zone }
    }
}

/// Parses `20261201`.
fn day(text: &str) -> Option<NaiveDate> {
    has_form(text, "dddddddd").then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

/// Parses `20261201T093000`, without a zone. Reads a leap second as the last second before it.
pub(crate) fn local_time(text: &str) -> Option<NaiveDateTime> {
    let text = text.to_ascii_uppercase();
    if !has_form(&text, "ddddddddTdddddd") {
        return None;
    }
    let time = NaiveDateTime::parse_from_str(&text, "%Y%m%dT%H%M%S").ok()?;
    chrono::Timelike::with_nanosecond(&time, 0)
}

/// Returns the milliseconds of a time. `None`: the parameter is not a number from 0 to 999.
fn millis(line: ContentLine<'_>) -> Option<i64> {
    match line.parameter(MILLIS) {
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

/// Unescapes a text (RFC 5545 section 3.3.11).
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('\\') { ParseString::from(text).unescape_text().as_str().to_owned().into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a line of a calendar whose floating times are in Tokyo.
    fn read(line: &str) -> Result<Option<Due>, TimeError> {
        let mut zones = Zones::default();
        zones.set_floating(1, "Asia/Tokyo");
        ZonedDue::read(ContentLine::parse(line).expect("a line"), 1, &zones).map(|time| time.map(|time| time.due))
    }

    #[test]
    fn reads_dates_and_times() {
        for (line, expected) in [
            ("DUE:20261201T093000Z", "2026-12-01T09:30:00Z"),
            ("DUE:20261201t093000z", "2026-12-01T09:30:00Z"),
            ("DUE:20261201T093000", "2026-12-01T00:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20261201T093000", "2026-12-01T08:30:00Z"),
            ("DUE;TZID=\"Europe/Vienna\":20261201T093000", "2026-12-01T08:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20261201T093000Z", "2026-12-01T09:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20270328T023000", "2027-03-28T01:30:00Z"),
            ("DUE;TZID=Europe/Vienna:20271031T023000", "2027-10-31T00:30:00Z"),
            ("DUE;X-FOLD=1;TZID=Europe/Vienna:20271031T023000", "2027-10-31T01:30:00Z"),
            ("DUE;X-MS=7:20261201T093000Z", "2026-12-01T09:30:00.007Z"),
            ("DUE;X-MS=999:99991231T235959Z", "9999-12-31T23:59:59.999Z"),
            ("DUE:20261231T235960Z", "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(line), Ok(Some(Due::At(expected.parse().unwrap()))), "{line}");
        }
        assert_eq!(read("DUE;VALUE=DATE:20261201"), Ok(Some(Due::Day("2026-12-01".parse().unwrap()))));
        assert_eq!(read("DUE: "), Ok(None));
    }

    #[test]
    fn rejects_any_other_value() {
        for line in [
            "DUE:20200101T000000ZZZZ",
            "DUE:20200101T0000",
            "DUE:2020 1 1",
            "DUE:+2020101",
            "DUE:-0010101T000000Z",
            "DUE:20200230",
            "DUE:20200101T250000Z",
            "DUE:\u{661}0200101",
            "DUE;X-MS=9000000000000000:20200101T000000Z",
            "DUE;X-MS=-1:20200101T000000Z",
            "DUE;X-MS=+1:20200101T000000Z",
            "DUE;X-MS=1000:20200101T000000Z",
            "DUE;X-MS=0.5:20200101T000000Z",
        ] {
            assert_eq!(read(line), Err(TimeError::Malformed), "{line}");
        }
        assert_eq!(read("DUE;TZID=Nowhere:20200101T000000"), Err(TimeError::UnknownZone("Nowhere".into())));
    }

    #[test]
    fn adds_days_in_local_time_and_seconds_in_absolute_time() {
        let zones = Zones::default();
        let start = |line| ZonedDue::read(ContentLine::parse(line).unwrap(), 1, &zones).unwrap().unwrap();
        let berlin = start("DUE;TZID=Europe/Berlin:20270327T090000");
        for (period, expected) in
            [("P1D", "2027-03-28T07:00:00Z"), ("PT24H", "2027-03-28T08:00:00Z"), ("-P1DT1H", "2027-03-26T07:00:00Z")]
        {
            let due = berlin.plus(Period::parse(period).unwrap()).unwrap().due;
            assert_eq!(due, Due::At(expected.parse().unwrap()), "{period}");
        }
        let day = start("DUE:20270327");
        assert_eq!(day.plus(Period::parse("P1W").unwrap()).unwrap().due, Due::Day("2027-04-03".parse().unwrap()));
        let morning = day.with_zone(Some(Tz::Europe__Berlin)).plus(Period::parse("PT9H").unwrap()).unwrap().due;
        assert_eq!(morning, Due::At("2027-03-27T08:00:00Z".parse().unwrap()));
    }
}
