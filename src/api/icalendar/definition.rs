//! Evaluates a time zone that a calendar defines (VTIMEZONE, RFC 5545 section 3.6.5).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::api::icalendar::observance::{Clock, Observance};

/// The remaining steps of all definitions of a file. A step examines one observance, or compares one instant.
pub(crate) type Steps = Rc<Cell<u32>>;

/// A time zone that a calendar defines. It has at least one observance.
pub(crate) struct Definition {
    name: String,
    observances: Vec<Observance>,
    /// The equal IANA zones, by year.
    iana: RefCell<HashMap<i32, Option<Tz>>>,
    steps: Steps,
}

impl Definition {
    /// Creates a zone. `None`: there are no observances.
    pub(crate) fn new(name: String, observances: Vec<Observance>, steps: Steps) -> Option<Self> {
        (!observances.is_empty()).then(|| Self { name, observances, iana: RefCell::default(), steps })
    }

    /// Takes steps. `None`: the file has fewer left.
    fn take(&self, steps: usize) -> Option<()> {
        self.steps.set(self.steps.get().checked_sub(u32::try_from(steps).ok()?)?);
        Some(())
    }

    /// Returns the last observance that has begun, and its onset. The outer `None`: the file has no steps left.
    fn observance(&self, time: NaiveDateTime, clock: Clock) -> Option<Option<(NaiveDateTime, &Observance)>> {
        self.take(self.observances.len())?;
        let onsets = self.observances.iter().filter_map(|it| Some((it.last_onset(time, clock)?, it)));
        Some(onsets.max_by_key(|(onset, _)| *onset))
    }

    /// Returns the offset before the first onset, in seconds.
    fn first_offset(&self) -> i64 {
        self.observances.iter().min_by_key(|it| it.start).map_or(0, |it| it.from)
    }

    /// Converts a local time. A repeated time is the first of both; a skipped time has the offset before the change (RFC 5545 section
    /// 3.3.5).
    pub(crate) fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let offset = match self.observance(local, Clock::Local)? {
            None => self.first_offset(),
            Some((onset, it)) => {
                let skipped = TimeDelta::try_seconds(it.to.checked_sub(it.from)?)?;
                if local < onset.checked_add_signed(skipped)? { it.from } else { it.to }
            }
        };
        Some(local.checked_sub_signed(TimeDelta::try_seconds(offset)?)?.and_utc())
    }

    /// Returns the offset at an instant, in seconds.
    pub(crate) fn offset(&self, at: DateTime<Utc>) -> Option<i64> {
        let observance = self.observance(at.naive_utc(), Clock::Utc)?;
        Some(observance.map_or_else(|| self.first_offset(), |(_, it)| it.to))
    }

    /// Returns an IANA zone with the same offsets in the three years from this one. Prefers a zone whose city is in the name.
    pub(crate) fn iana(&self, year: i32) -> Option<Tz> {
        if let Some(known) = self.iana.borrow().get(&year) {
            return *known;
        }
        let found = self.find_iana(year);
        self.iana.borrow_mut().insert(year, found);
        found
    }

    fn find_iana(&self, year: i32) -> Option<Tz> {
        let offsets: Option<Vec<_>> = self.samples(year)?.into_iter().map(|at| Some((at, self.offset(at)?))).collect();
        let offsets = offsets?;
        self.take(offsets.len().checked_mul(TZ_VARIANTS.len())?)?;
        let is_equal = |zone: &&Tz| offsets.iter().all(|(at, offset)| iana_offset(**zone, *at) == *offset);
        let name = self.name.to_ascii_lowercase();
        let is_named = |zone: &&Tz| {
            let city = zone.name().rsplit('/').next().unwrap_or("").replace('_', " ").to_ascii_lowercase();
            zone.name().contains('/') && city.len() > 3 && name.contains(&city)
        };
        let preferred = PREFERRED.iter();
        TZ_VARIANTS.iter().filter(is_named).chain(preferred).chain(TZ_VARIANTS.iter()).find(is_equal).copied()
    }

    /// Returns instants of three years: two of each month, and both sides of each change of the definition.
    fn samples(&self, year: i32) -> Option<Vec<DateTime<Utc>>> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?.and_time(chrono::NaiveTime::MIN).and_utc();
        let mut samples = Vec::new();
        self.take(self.observances.len().checked_mul(72)?)?;
        for days in (0..72 * 15).step_by(15) {
            let at = first.checked_add_signed(TimeDelta::try_days(days)?)?;
            samples.push(at);
            for observance in &self.observances {
                let onset = observance.last_onset(at.naive_utc(), Clock::Utc).map(|onset| onset.and_utc());
                let Some(onset) = onset.filter(|onset| *onset > first) else { continue };
                samples.extend([onset.checked_sub_signed(TimeDelta::try_seconds(1)?)?, onset]);
            }
        }
        samples.sort_unstable();
        samples.dedup();
        Some(samples)
    }
}

fn iana_offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// Zones with many inhabitants, preferred to other zones with the same offsets.
const PREFERRED: [Tz; 22] = [
    Tz::UTC,
    Tz::Europe__London,
    Tz::Europe__Berlin,
    Tz::Europe__Athens,
    Tz::Europe__Moscow,
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Los_Angeles,
    Tz::America__Sao_Paulo,
    Tz::America__Mexico_City,
    Tz::America__Santiago,
    Tz::Asia__Kolkata,
    Tz::Asia__Shanghai,
    Tz::Asia__Tokyo,
    Tz::Asia__Dubai,
    Tz::Asia__Karachi,
    Tz::Africa__Lagos,
    Tz::Africa__Johannesburg,
    Tz::Australia__Sydney,
    Tz::Australia__Brisbane,
    Tz::Pacific__Auckland,
];

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::api::icalendar::observance::{DayOfMonth, YearlyRule};

    fn steps() -> Steps {
        Rc::new(Cell::new(10_000_000))
    }

    fn time(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
    }

    fn observance(start: &str, from: i64, to: i64, month: u32, day: DayOfMonth) -> Observance {
        let rule = YearlyRule { month, day, until: None, last_year: None };
        Observance { start: time(start), from, to, rule: Some(rule), dates: Vec::new() }
    }

    /// Central European time, under a name that is not an IANA zone.
    fn central_europe(name: &str) -> Definition {
        let observances = vec![
            observance("19701025T030000", 7200, 3600, 10, DayOfMonth::Nth(-1, Weekday::Sun)),
            observance("19700329T020000", 3600, 7200, 3, DayOfMonth::Nth(-1, Weekday::Sun)),
        ];
        Definition::new(name.into(), observances, steps()).unwrap()
    }

    #[test]
    fn converts_local_times_as_the_iana_zone_does() {
        let zone = central_europe("custom");
        for (local, expected) in [
            ("20270104T090000", "20270104T080000"),
            ("20270704T090000", "20270704T070000"),
            ("20270328T015959", "20270328T005959"),
            ("20270328T020000", "20270328T010000"),
            ("20270328T023000", "20270328T013000"),
            ("20270328T030000", "20270328T010000"),
            ("20271031T023000", "20271031T003000"),
            ("20271031T030000", "20271031T020000"),
            ("19600101T120000", "19600101T110000"),
            ("99991231T235959", "99991231T225959"),
        ] {
            assert_eq!(zone.instant(time(local)), Some(time(expected).and_utc()), "{local}");
        }
        for hour in 0..24 * 800 {
            let at = time("20260101T000000").and_utc() + TimeDelta::hours(hour);
            assert_eq!(zone.offset(at), Some(iana_offset(Tz::Europe__Berlin, at)), "{at}");
        }
    }

    #[test]
    fn finds_an_iana_zone_with_the_same_offsets() {
        assert_eq!(central_europe("Customized Time Zone").iana(2027), Some(Tz::Europe__Berlin));
        assert_eq!(central_europe("(UTC+01:00) Amsterdam, Vienna").iana(2027), Some(Tz::Europe__Amsterdam));
        let fixed = |offset| {
            let start = time("16010101T000000");
            let it = Observance { start, from: offset, to: offset, rule: None, dates: Vec::new() };
            Definition::new("x".into(), vec![it], steps()).unwrap()
        };
        assert_eq!(fixed(19_800).iana(2027), Some(Tz::Asia__Kolkata));
        assert_eq!(fixed(1).iana(2027), None);
        assert_eq!(fixed(19_800).offset(time("99991231T000000").and_utc()), Some(19_800));
        assert!(Definition::new("x".into(), Vec::new(), steps()).is_none());
    }

    #[test]
    fn bounds_end_a_rule() {
        let mut daylight = observance("20100314T020000", -18_000, -14_400, 3, DayOfMonth::Nth(2, Weekday::Sun));
        daylight.rule.as_mut().unwrap().until = Some((time("20120311T070000"), true));
        let mut standard =
            observance("20101107T020000", -14_400, -18_000, 11, DayOfMonth::Of((1..8).collect(), Some(Weekday::Sun)));
        standard.rule.as_mut().unwrap().last_year = Some(2012);
        let zone = Definition::new("x".into(), vec![daylight, standard], steps()).unwrap();
        for (at, offset) in [
            ("20110701T000000", -14_400),
            ("20111201T000000", -18_000),
            ("20120701T000000", -14_400),
            ("20130701T000000", -18_000),
            ("20990701T000000", -18_000),
        ] {
            assert_eq!(zone.offset(time(at).and_utc()), Some(offset), "{at}");
        }
    }

    #[test]
    fn the_steps_of_a_file_are_bounded() {
        let zone = central_europe("x");
        zone.steps.set(3);
        assert!(zone.instant(time("20270104T090000")).is_some());
        assert_eq!((zone.instant(time("20270104T090000")), zone.iana(2027)), (None, None));
    }
}
