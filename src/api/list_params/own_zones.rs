//! The current days of all time zones, for tasks that are judged by their own time zone.

#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::api::list_params::days::{day_of, end_of, start_of};
use crate::db::{DueFilter, GroupSpans, ZoneGroups, ZoneRanges};
use crate::task::dates::to_db_timestamp;

/// The last computed days. They change at the midnights of zones, which are at quarters of an hour.
static CURRENT: Mutex<Option<(i64, Arc<OwnZones>)>> = Mutex::new(None);

/// Seconds of a quarter of an hour.
const QUARTER: i64 = 15 * 60;

/// The first column value of a due date.
const FIRST: NaiveDateTime = NaiveDate::from_ymd_opt(1, 1, 1).expect("it is in range").and_time(NaiveTime::MIN);

/// The current days of all time zones.
pub(crate) struct OwnZones {
    groups: Arc<ZoneGroups>,
    days: Vec<CurrentDays>,
}

/// The current days of a group of time zones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CurrentDays {
    today: NaiveDate,
    /// The start of today.
    start: DateTime<Utc>,
    /// The end of today.
    end: DateTime<Utc>,
    /// Today and the next six days.
    last_of_week: NaiveDate,
    end_of_week: DateTime<Utc>,
}

impl OwnZones {
    /// Returns the days at an instant. Computes them once for each quarter of an hour.
    pub(crate) fn at(now: DateTime<Utc>) -> Arc<Self> {
        let quarter = now.timestamp().div_euclid(QUARTER);
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some((known, zones)) if *known == quarter => zones.clone(),
            _ => {
                let zones = Arc::new(Self::compute(now));
                *current = Some((quarter, zones.clone()));
                zones
            }
        }
    }

    fn compute(now: DateTime<Utc>) -> Self {
        let mut days = vec![CurrentDays::of(now, Tz::UTC)];
        let mut known = BTreeMap::from([(days[0], 0)]);
        let mut groups = BTreeMap::new();
        for zone in TZ_VARIANTS {
            let current = CurrentDays::of(now, zone);
            let group = *known.entry(current).or_insert_with(|| {
                days.push(current);
                days.len().saturating_sub(1)
            });
            groups.insert(zone.name(), group);
        }
        Self { groups: Arc::new(ZoneGroups::new(groups)), days }
    }

    /// Filters tasks due today.
    pub(crate) fn today(&self) -> DueFilter {
        self.within(|days| GroupSpans {
            instants: (to_db_timestamp(days.start), to_db_timestamp(days.end)),
            days: (midnight(days.today), after(days.today)),
        })
    }

    /// Filters tasks due today or on the next six days.
    pub(crate) fn week(&self) -> DueFilter {
        self.within(|days| GroupSpans {
            instants: (to_db_timestamp(days.start), to_db_timestamp(days.end_of_week)),
            days: (midnight(days.today), after(days.last_of_week)),
        })
    }

    /// Filters overdue tasks, or tasks that are not overdue.
    pub(crate) fn overdue(&self, now: DateTime<Utc>, is_overdue: bool) -> DueFilter {
        let passed = self
            .ranges(|days| GroupSpans { instants: (FIRST, to_db_timestamp(now)), days: (FIRST, midnight(days.today)) });
        DueFilter::OverdueInOwnZone { passed, is_overdue }
    }

    fn within(&self, spans: impl Fn(&CurrentDays) -> GroupSpans) -> DueFilter {
        DueFilter::WithinOwnZone(self.ranges(spans))
    }

    fn ranges(&self, spans: impl Fn(&CurrentDays) -> GroupSpans) -> ZoneRanges {
        ZoneRanges::new(self.groups.clone(), self.days.iter().map(spans).collect())
    }
}

impl CurrentDays {
    fn of(now: DateTime<Utc>, zone: Tz) -> Self {
        let today = day_of(now, zone);
        let last_of_week = today.checked_add_days(Days::new(6)).unwrap_or(today);
        let end = |day| end_of(day, zone).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { today, start: start_of(today, zone), end: end(today), last_of_week, end_of_week: end(last_of_week) }
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// Returns the midnight after a day.
fn after(day: NaiveDate) -> NaiveDateTime {
    day.succ_opt().map_or(NaiveDateTime::MAX, midnight)
}
