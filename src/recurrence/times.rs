//! The times of a day in a rule.

use chrono::NaiveTime;

/// The times of day of a period: each hour with each minute with each second.
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
        let in_hour = self.minutes.len().saturating_mul(self.seconds.len());
        let hour = self.hours.get(index.checked_div(in_hour)?)?;
        let minute = self.minutes.get(index.checked_rem(in_hour)?.checked_div(self.seconds.len())?)?;
        let second = self.seconds.get(index.checked_rem(self.seconds.len())?)?;
        NaiveTime::from_hms_opt(*hour, *minute, *second)
    }

    /// The index of the first time that is not before this one.
    pub(crate) fn first_from(&self, time: NaiveTime) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle) {
                Some(found) if found < time => low = middle.saturating_add(1),
                _ => high = middle,
            }
        }
        low
    }
}
