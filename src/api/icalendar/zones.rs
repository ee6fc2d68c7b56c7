//! Finds the time zone of a name in a calendar.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use crate::api::icalendar::definition::Definition;
use crate::api::icalendar::windows_zones;

/// The maximum length of a zone's name, in bytes.
pub(crate) const MAX_NAME: usize = 255;

/// The maximum number of different names in a file.
const MAX_NAMES: usize = 1000;

/// A time zone of a calendar.
#[derive(Clone)]
pub(crate) enum Zone {
    /// A zone of the IANA database.
    Iana(Tz),
    /// A zone that the calendar defines.
    Defined(Rc<Definition>),
}

impl Zone {
    /// Converts a local time. A repeated time is the first of both, or the second if `is_second`; a skipped time has the offset before
    /// the change (RFC 5545 section 3.3.5).
    pub(crate) fn instant(&self, local: NaiveDateTime, is_second: bool) -> Option<DateTime<Utc>> {
        let zone = match self {
            Self::Defined(definition) => return definition.instant(local),
            Self::Iana(zone) => zone,
        };
        let offsets = zone.offset_from_local_datetime(&local);
        let offset = if is_second { offsets.latest() } else { offsets.earliest() };
        let offset = offset.or_else(|| Some(GapInfo::new(&local, zone)?.begin?.1))?;
        Some(local.checked_sub_offset(offset.fix())?.and_utc())
    }

    /// Converts an instant to the local time.
    pub(crate) fn local(&self, at: DateTime<Utc>) -> Option<NaiveDateTime> {
        match self {
            Self::Iana(zone) => at.naive_utc().checked_add_offset(zone.offset_from_utc_datetime(&at.naive_utc()).fix()),
            Self::Defined(definition) => {
                at.naive_utc().checked_add_signed(TimeDelta::try_seconds(definition.offset(at)?)?)
            }
        }
    }

    /// Returns the IANA zone, or one with the same offsets from the year of this instant on.
    pub(crate) fn iana(&self, at: DateTime<Utc>) -> Option<Tz> {
        match self {
            Self::Iana(zone) => Some(*zone),
            Self::Defined(definition) => definition.iana(at.year()),
        }
    }
}

/// The zones of a calendar file. A file may have several calendars, counted from 1.
#[derive(Default)]
pub(crate) struct Zones {
    /// The zones that the calendars define, by calendar and normalized name.
    definitions: HashMap<(usize, String), Zone>,
    /// The zones of floating times (`X-WR-TIMEZONE`), by calendar.
    floating: HashMap<usize, String>,
    found: RefCell<HashMap<(usize, String), Option<Zone>>>,
}

impl Zones {
    /// Adds a definition. The first one of a name counts.
    pub(crate) fn define(&mut self, calendar: usize, name: &str, definition: Definition) {
        self.definitions.entry((calendar, normalized(name))).or_insert_with(|| Zone::Defined(Rc::new(definition)));
    }

    /// Adds a definition that states its IANA zone (`X-LIC-LOCATION`).
    pub(crate) fn alias(&mut self, calendar: usize, name: &str, zone: Tz) {
        self.definitions.entry((calendar, normalized(name))).or_insert(Zone::Iana(zone));
    }

    /// Sets the zone of a calendar's floating times. The first one counts.
    pub(crate) fn set_floating(&mut self, calendar: usize, name: &str) {
        self.floating.entry(calendar).or_insert_with(|| name.to_owned());
    }

    /// Returns the zone of a calendar's floating times. `None`: the calendar names none. The error is an unknown name.
    pub(crate) fn floating(&self, calendar: usize) -> Option<Result<Zone, String>> {
        let name = self.floating.get(&calendar)?;
        Some(self.zone(calendar, name).ok_or_else(|| name.clone()))
    }

    /// Finds the zone of a name: an IANA name, such a name after a prefix, a Windows name, or a definition of the calendar.
    pub(crate) fn zone(&self, calendar: usize, name: &str) -> Option<Zone> {
        if name.len() > MAX_NAME {
            return None;
        }
        let key = (calendar, normalized(name));
        if let Some(found) = self.found.borrow().get(&key) {
            return found.clone();
        }
        if self.found.borrow().len() >= MAX_NAMES {
            return None;
        }
        let defined = || self.definitions.get(&key).cloned();
        let zone = by_name(name).map(Zone::Iana).or_else(defined);
        self.found.borrow_mut().insert(key, zone.clone());
        zone
    }
}

/// Writes a name without escapes and case.
fn normalized(name: &str) -> String {
    name.replace('\\', "").trim().to_lowercase()
}

/// Finds a zone by an IANA name, by such a name after a prefix (`/mozilla.org/20070129_1/Europe/Berlin`), or by a Windows name.
pub(crate) fn by_name(name: &str) -> Option<Tz> {
    let name = name.trim();
    let path = name.strip_prefix('/');
    // an IANA name has at most three parts
    let suffixes = path.into_iter().flat_map(|path| {
        let ends = path.rmatch_indices('/').take(3).filter_map(|(index, _)| path.get(index.saturating_add(1)..));
        ends.chain([path])
    });
    let longest = suffixes.filter_map(iana).last();
    iana(name).or(longest).or_else(|| windows_zones::iana(name))
}

/// Finds an IANA zone by its name in any case, with spaces or underscores.
fn iana(name: &str) -> Option<Tz> {
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    let name = name.replace(' ', "_");
    TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_zones_by_all_kinds_of_names() {
        for (name, expected) in [
            ("Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("europe/BERLIN", Some(Tz::Europe__Berlin)),
            (" America/New York ", Some(Tz::America__New_York)),
            ("/freeassociation.sourceforge.net/Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("/mozilla.org/20070129_1/Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("/citadel.org/20190914_1/America/Argentina/Buenos_Aires", Some(Tz::America__Argentina__Buenos_Aires)),
            ("/example.org/UTC", Some(Tz::UTC)),
            ("W. Europe Standard Time", Some(Tz::Europe__Berlin)),
            ("w. europe STANDARD time", Some(Tz::Europe__Berlin)),
            ("Eastern Standard Time", Some(Tz::America__New_York)),
            ("AUS Eastern Standard Time", Some(Tz::Australia__Sydney)),
            ("Aus Central W. Standard Time", Some(Tz::Australia__Eucla)),
            ("Central Standard Time (Mexico)", Some(Tz::America__Mexico_City)),
            ("UTC-11", Some(Tz::Etc__GMTPlus11)),
            ("India Standard Time", Some(Tz::Asia__Kolkata)),
            ("Europe/Nowhere", None),
            ("Customized Time Zone", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(by_name(name).map(|zone| zone.name()), expected.map(|zone: Tz| zone.name()), "{name}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_do_not_panic_in_any_zone() {
        let time = |text| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap();
        for zone in TZ_VARIANTS {
            for local in ["00000101T000000", "00010101T000000", "99991231T235959"] {
                let at = Zone::Iana(zone).instant(time(local), false);
                assert!(at.is_some_and(|at| Zone::Iana(zone).local(at).is_some()), "{zone} {local}");
            }
        }
    }

    #[test]
    fn a_skipped_time_has_the_offset_before_the_change() {
        for (zone, local, expected) in [
            (Tz::Europe__Berlin, "2027-03-28T02:30:00", "2027-03-28T01:30:00Z"),
            (Tz::America__Santiago, "2027-09-05T00:00:00", "2027-09-05T04:00:00Z"),
            (Tz::Australia__Lord_Howe, "2027-10-03T02:15:00", "2027-10-02T15:45:00Z"),
            (Tz::Pacific__Apia, "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"),
            (Tz::Europe__Berlin, "2027-10-31T02:30:00", "2027-10-31T00:30:00Z"),
        ] {
            let at = Zone::Iana(zone).instant(local.parse().unwrap(), false).unwrap();
            assert_eq!(at, expected.parse::<DateTime<Utc>>().unwrap(), "{zone} {local}");
        }
    }
}
