//! Finds the onsets of an observance: a period of standard or daylight saving time (RFC 5545 section 3.6.5).

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

/// A period of standard or daylight saving time, which begins at each of its onsets.
#[derive(Clone, Debug)]
pub(crate) struct Observance {
    /// The first onset, in local time with the offset `from`.
    pub start: NaiveDateTime,
    /// The offset before an onset, in seconds.
    pub from: i64,
    /// The offset after an onset, in seconds.
    pub to: i64,
    pub rule: Option<YearlyRule>,
    /// Further onsets, sorted.
    pub dates: Vec<NaiveDateTime>,
}

/// The rule of an observance: one onset a year.
#[derive(Clone, Debug)]
pub(crate) struct YearlyRule {
    pub month: u32,
    pub day: DayOfMonth,
    /// The last onset. `true`: in UTC.
    pub until: Option<(NaiveDateTime, bool)>,
    /// The last year.
    pub last_year: Option<i32>,
}

/// The day of an onset in its month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum DayOfMonth {
    /// The nth weekday of the month; negative numbers count from its end.
    Nth(i8, Weekday),
    /// The first of these days that is the weekday, if given.
    Of(Vec<u32>, Option<Weekday>),
}

impl YearlyRule {
    /// Returns the onset's day in a year.
    fn day(&self, year: i32) -> Option<NaiveDate> {
        match &self.day {
            DayOfMonth::Nth(number @ 1.., weekday) => {
                NaiveDate::from_weekday_of_month_opt(year, self.month, *weekday, number.unsigned_abs())
            }
            DayOfMonth::Nth(number, weekday) => {
                let last = NaiveDate::from_ymd_opt(year, self.month, 1)?.checked_add_months(chrono::Months::new(1))?;
                let last = last.pred_opt()?;
                let back = last.weekday().days_since(*weekday);
                let weeks = u32::from(number.unsigned_abs()).checked_sub(1)?;
                let day = last.checked_sub_days(Days::new(u64::from(back.checked_add(weeks.checked_mul(7)?)?)))?;
                (day.month() == self.month).then_some(day)
            }
            DayOfMonth::Of(days, weekday) => days
                .iter()
                .filter_map(|day| NaiveDate::from_ymd_opt(year, self.month, *day))
                .find(|day| weekday.is_none_or(|weekday| day.weekday() == weekday)),
        }
    }
}

/// The clock of a comparison with onsets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Local,
    Utc,
}

impl Observance {
    /// Returns the last onset at or before a time.
    pub(crate) fn last_onset(&self, time: NaiveDateTime, clock: Clock) -> Option<NaiveDateTime> {
        // onsets are in local time before the change
        let offset = TimeDelta::try_seconds(if clock == Clock::Utc { self.from } else { 0 })?;
        let time = time.checked_add_signed(offset)?;
        let after = self.dates.partition_point(|date| *date <= time);
        let date = after.checked_sub(1).and_then(|index| self.dates.get(index)).copied();
        let start = Some(self.start).filter(|start| *start <= time);
        let onset = [date, start, self.last_of_rule(time)].into_iter().flatten().max()?;
        onset.checked_sub_signed(offset)
    }

    fn last_of_rule(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let rule = self.rule.as_ref()?;
        let until_year = rule.until.map(|(until, _)| until.year());
        let newest = [Some(time.year()), until_year, rule.last_year].into_iter().flatten().min()?;
        let is_valid = |onset: &NaiveDateTime| {
            let is_until = |(until, is_utc): (NaiveDateTime, bool)| {
                let offset = TimeDelta::try_seconds(if is_utc { self.from } else { 0 }).unwrap_or_default();
                until.checked_add_signed(offset).is_none_or(|until| *onset <= until)
            };
            *onset <= time && *onset >= self.start && rule.until.is_none_or(is_until)
        };
        // the newest year may begin after the time or after UNTIL
        let years = [newest, newest.checked_sub(1)?, newest.checked_sub(2)?];
        years.into_iter().filter_map(|year| Some(rule.day(year)?.and_time(self.start.time()))).find(is_valid)
    }
}
