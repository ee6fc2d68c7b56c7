//! Matches days with a rule's parts (RFC 5545 section 3.3.10).
//!
//! The rule's start determines the defaults of missing parts.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Timelike, Weekday};
use rrule::{Frequency, NWeekday, RRule, Unvalidated};

use crate::recurrence::rule::Skip;

/// The day of a leap year that other years do not have, of BYYEARDAY.
const LEAP_DAY: i16 = 366;

/// The parts of a rule, prepared for matching days and times.
#[derive(PartialEq)]
pub(crate) struct Pattern {
    pub(crate) freq: Frequency,
    pub(crate) skip: Skip,
    /// At least 1.
    pub(crate) interval: i64,
    pub(crate) week_start: Weekday,
    /// BYSETPOS, sorted.
    pub(crate) positions: Vec<i64>,
    /// BYHOUR, BYMINUTE and BYSECOND, sorted. Empty means any.
    pub(crate) hours: Vec<u32>,
    pub(crate) minutes: Vec<u32>,
    pub(crate) seconds: Vec<u32>,
    /// BYMONTH, one bit per month. 0 means any.
    months: u32,
    /// BYMONTHDAY, one bit per day. The second mask counts from the month's end.
    month_days: [u64; 2],
    year_days: Vec<i16>,
    weeks: Vec<i8>,
    /// BYDAY without a number, one bit per weekday from Monday.
    weekdays: u32,
    /// BYDAY with a number: one bit per number, for each weekday. The second mask counts from the end.
    nth_weekdays: [[u64; 2]; 7],
}

/// Returns the bit of a number from 1 to 63, or 0 for other numbers.
fn bit(number: u32) -> u64 {
    1_u64.checked_shl(number).unwrap_or(0)
}

/// Sets the bit of a number in the first mask.
///
/// For a negative number, sets the bit of its absolute value in the second mask.
fn set_bit(masks: &mut [u64; 2], number: i16) {
    let [from_start, from_end] = masks;
    let mask = if number > 0 { from_start } else { from_end };
    *mask |= bit(u32::from(number.unsigned_abs()));
}

/// Sorts and removes repeated values.
fn sorted<T: Copy + Into<N>, N: Ord>(values: &[T]) -> Vec<N> {
    let mut sorted: Vec<N> = values.iter().map(|value| (*value).into()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

impl Pattern {
    /// Creates the pattern of a rule that starts at this local time.
    pub(crate) fn new(rule: &RRule<Unvalidated>, skip: Skip, start: NaiveDateTime) -> Self {
        let mut pattern = Self::with_parts(rule, skip);
        pattern.set_defaults(start);
        pattern
    }

    /// Creates the pattern of an all-day task's rule. Times have no meaning (RFC 5545 section 3.3.10): an hourly rule is daily.
    pub(crate) fn for_days(rule: &RRule<Unvalidated>, skip: Skip, start: NaiveDateTime) -> Self {
        let mut pattern = Self::with_parts(rule, skip);
        for times in [&mut pattern.hours, &mut pattern.minutes, &mut pattern.seconds] {
            times.clear();
        }
        if matches!(pattern.freq, Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
            (pattern.freq, pattern.interval) = (Frequency::Daily, 1);
        }
        // BYSETPOS selected times
        if pattern.has_no_day_parts() && pattern.months == 0 {
            pattern.positions.clear();
        }
        pattern.set_defaults(start);
        pattern
    }

    fn with_parts(rule: &RRule<Unvalidated>, skip: Skip) -> Self {
        let mut pattern = Self {
            freq: rule.get_freq(),
            skip,
            interval: i64::from(rule.get_interval()).max(1),
            week_start: rule.get_week_start(),
            positions: sorted(rule.get_by_set_pos()),
            hours: sorted(rule.get_by_hour()),
            minutes: sorted(rule.get_by_minute()),
            seconds: sorted(rule.get_by_second()),
            months: rule.get_by_month().iter().fold(0, |mask, month| mask | (1 << (month & 15))),
            month_days: [0; 2],
            year_days: sorted(rule.get_by_year_day()),
            weeks: sorted(rule.get_by_week_no()),
            weekdays: 0,
            nth_weekdays: [[0; 2]; 7],
        };
        rule.get_by_month_day().iter().for_each(|day| set_bit(&mut pattern.month_days, i16::from(*day)));
        for weekday in rule.get_by_weekday() {
            match weekday {
                NWeekday::Every(weekday) => pattern.weekdays |= 1 << weekday.num_days_from_monday(),
                NWeekday::Nth(number, weekday) => pattern.set_nth(*number, *weekday),
            }
        }
        pattern
    }

    /// Selects the start's day and time for missing parts.
    fn set_defaults(&mut self, start: NaiveDateTime) {
        if self.has_no_day_parts() {
            self.set_default_days(start);
        }
        self.set_default_times(start);
    }

    fn set_nth(&mut self, number: i16, weekday: Weekday) {
        if let Some(masks) = self.nth_weekdays.get_mut(weekday.num_days_from_monday() as usize) {
            set_bit(masks, number);
        }
    }

    /// Returns whether no part selects days within a month.
    fn has_no_day_parts(&self) -> bool {
        self.month_days == [0; 2] && self.year_days.is_empty() && self.weeks.is_empty() && !self.has_weekdays()
    }

    fn has_weekdays(&self) -> bool {
        self.weekdays != 0 || self.nth_weekdays != [[0; 2]; 7]
    }

    /// Selects the start's day, for a rule without day parts.
    fn set_default_days(&mut self, start: NaiveDateTime) {
        match self.freq {
            Frequency::Yearly | Frequency::Monthly => {
                if self.freq == Frequency::Yearly && self.months == 0 {
                    self.months = 1 << (start.month() & 15);
                }
                self.month_days[0] = bit(start.day());
            }
            Frequency::Weekly => self.weekdays = 1 << start.weekday().num_days_from_monday(),
            _ => {}
        }
    }

    /// Selects the start's hour, minute and second for missing parts.
    ///
    /// Only parts below the rule's frequency get a default.
    fn set_default_times(&mut self, start: NaiveDateTime) {
        let parts = [
            (&mut self.hours, Frequency::Hourly, start.hour()),
            (&mut self.minutes, Frequency::Minutely, start.minute()),
            (&mut self.seconds, Frequency::Secondly, start.second()),
        ];
        for (values, frequency, default) in parts {
            if values.is_empty() && self.freq < frequency {
                values.push(default);
            }
        }
    }

    /// Returns whether BYMONTH allows this month.
    pub(crate) fn allows_month(&self, month: u32) -> bool {
        self.months == 0 || self.months & (1 << (month & 15)) != 0
    }

    /// Returns whether all day parts match this day.
    pub(crate) fn matches(&self, day: NaiveDate) -> bool {
        self.allows_month(day.month())
            && self.matches_month_day(day)
            && self.matches_year_day(day)
            && self.matches_weekday(day)
            && self.matches_week(day)
    }

    fn matches_month_day(&self, day: NaiveDate) -> bool {
        let [from_start, from_end] = self.month_days;
        if from_start | from_end == 0 {
            return true;
        }
        let (number, length) = (day.day(), month_length(day));
        from_start & bit(number) != 0
            || from_end & bit(count_from_end(number, length)) != 0
            || self.skip == Skip::Backward && number == length && self.is_beyond_month(length)
    }

    /// Returns whether BYMONTHDAY has a day after the last day of a month of this length. Only monthly and yearly rules create such
    /// dates; others only exclude days.
    fn is_beyond_month(&self, length: u32) -> bool {
        let beyond = self.month_days[0].checked_shr(length.saturating_add(1)).unwrap_or(0);
        beyond != 0 && matches!(self.freq, Frequency::Monthly | Frequency::Yearly)
    }

    /// Returns whether SKIP=FORWARD moves a date that the month before does not have to this day.
    pub(crate) fn matches_moved(&self, day: NaiveDate) -> bool {
        let is_first = day.day() == 1 && self.skip == Skip::Forward;
        let Some(before) = day.pred_opt().filter(|_| is_first) else { return false };
        self.allows_month(before.month())
            && self.is_beyond_month(month_length(before))
            && self.year_days.is_empty()
            && self.matches_weekday(day)
            && self.weeks.is_empty()
    }

    fn matches_year_day(&self, day: NaiveDate) -> bool {
        if self.year_days.is_empty() {
            return true;
        }
        let number = |number: u32| i16::try_from(number).unwrap_or(0);
        let (ordinal, length) = (day.ordinal(), year_length(day));
        let backwards = number(count_from_end(ordinal, length)).saturating_neg();
        let is_leap_day = self.skip == Skip::Backward && ordinal == length && self.year_days.last() == Some(&LEAP_DAY);
        let has = |day: i16| self.year_days.binary_search(&day).is_ok();
        has(number(ordinal)) || has(backwards) || is_leap_day
    }

    /// Matches BYDAY. A number counts within the month, or within the year for a yearly rule without BYMONTH.
    fn matches_weekday(&self, day: NaiveDate) -> bool {
        if !self.has_weekdays() {
            return true;
        }
        let weekday = day.weekday().num_days_from_monday();
        if self.weekdays & (1 << weekday) != 0 {
            return true;
        }
        let [from_start, from_end] = self.nth_weekdays.get(weekday as usize).copied().unwrap_or_default();
        if from_start | from_end == 0 {
            return false;
        }
        let (position, length) = match self.freq == Frequency::Yearly && self.months == 0 {
            true => (day.ordinal(), year_length(day)),
            false => (day.day(), month_length(day)),
        };
        let nth_bit = |position: u32| bit(position.saturating_add(6) / 7);
        from_start & nth_bit(position) != 0 || from_end & nth_bit(count_from_end(position, length)) != 0
    }

    fn matches_week(&self, day: NaiveDate) -> bool {
        if self.weeks.is_empty() {
            return true;
        }
        let Some((number, weeks_in_year)) = self.week(day) else { return false };
        let backwards = number.saturating_sub(weeks_in_year).saturating_sub(1);
        self.weeks.iter().any(|week| [number, backwards].contains(&i64::from(*week)))
    }

    /// Returns a day's week number, and the weeks of that year.
    fn week(&self, day: NaiveDate) -> Option<(i64, i64)> {
        let year = day.year();
        let starts = [year.checked_sub(1)?, year, year.checked_add(1)?, year.checked_add(2)?];
        let starts = starts.map(|year| self.first_week(year));
        let year_range = starts.windows(2).find(|pair| pair[1].is_none_or(|next| day < next))?;
        let (first, next) = (year_range[0]?, year_range[1]?);
        let weeks = |days: chrono::TimeDelta| days.num_days() / 7;
        Some((weeks(day.signed_duration_since(first)).saturating_add(1), weeks(next.signed_duration_since(first))))
    }

    /// Returns the first day of week 1 of a year.
    ///
    /// Week 1 is the first week with at least four days in the year.
    fn first_week(&self, year: i32) -> Option<NaiveDate> {
        let fourth = NaiveDate::from_ymd_opt(year, 1, 4)?;
        fourth.checked_sub_days(Days::new(u64::from(fourth.weekday().days_since(self.week_start))))
    }
}

/// Returns the position of a day counted from the end, starting at 1.
fn count_from_end(position: u32, length: u32) -> u32 {
    length.saturating_sub(position).saturating_add(1)
}

fn month_length(day: NaiveDate) -> u32 {
    u32::from(day.num_days_in_month())
}

fn year_length(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}
