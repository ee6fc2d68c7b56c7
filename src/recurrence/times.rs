//! The times of day of a rule.

use chrono::NaiveTime;

/// The times of day of a period.
///
/// They are all combinations of the hours, minutes and seconds.
pub(crate) struct Times<'t> {
    pub(crate) hours: &'t [u32],
    pub(crate) minutes: &'t [u32],
    pub(crate) seconds: &'t [u32],
}

impl Times<'_> {
    pub(crate) fn len(&self) -> usize {
        self.hours.len().saturating_mul(self.minutes.len()).saturating_mul(self.seconds.len())
    }

    pub(crate) fn get(&self, index: usize) -> Option<NaiveTime> {
        let times_per_hour = self.minutes.len().saturating_mul(self.seconds.len());
        let hour = self.hours.get(index.checked_div(times_per_hour)?)?;
        let minute = self.minutes.get(index.checked_rem(times_per_hour)?.checked_div(self.seconds.len())?)?;
        let second = self.seconds.get(index.checked_rem(self.seconds.len())?)?;
        NaiveTime::from_hms_opt(*hour, *minute, *second)
    }

    /// Returns the index of the first time at or after `time`.
    pub(crate) fn first_from(&self, time: NaiveTime) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle) {
                Some(candidate) if candidate < time => low = middle.saturating_add(1),
                _ => high = middle,
            }
        }
        low
    }
}
