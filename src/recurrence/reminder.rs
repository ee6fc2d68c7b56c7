//! Moves the reminder of a repeating task with its due date.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::recurrence::local_time::{to_instant, to_local, to_nearest_instant};
use crate::recurrence::occurrence::{Due, NextOccurrence};

/// The reminder of an occurrence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reminder {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The local time that `at` has without clock changes, if a clock change moved the reminder or the due time.
    pub local: Option<NaiveDateTime>,
}

impl Reminder {
    /// Returns the reminder of the next occurrence, at the same local distance from its due date.
    ///
    /// Returns `None` outside the years 1 to 9999.
    pub fn next(self, due: Due, zone: Tz, next: &NextOccurrence) -> Option<Self> {
        let distance = self.local_distance(due, zone, next.completed_local);
        let local = next.local.checked_add_signed(distance)?;
        let at = place(local, distance, next.due, zone).filter(|at| (1..=9999).contains(&at.year()))?;
        let is_moved = to_local(at, zone) != local || local_time(next.due, zone) != next.local;
        Some(Self { at, local: is_moved.then_some(local) })
    }

    /// Returns the local distance from the due date. It is negative for a reminder before the due date.
    ///
    /// `self.local` counts only if it leads to `self.at`: the reminder or the due date may have been changed.
    fn local_distance(self, due: Due, zone: Tz, due_local: NaiveDateTime) -> TimeDelta {
        let stored = self.local.map(|local| (local, local.signed_duration_since(due_local)));
        let stored = stored.filter(|(local, distance)| place(*local, *distance, due, zone) == Some(self.at));
        match stored {
            Some((_, distance)) => distance,
            None => to_local(self.at, zone).signed_duration_since(local_time(due, zone)),
        }
    }
}

/// Returns the local time of a due date.
fn local_time(due: Due, zone: Tz) -> NaiveDateTime {
    match due {
        Due::Day(day) => day.into(),
        Due::At(at) => to_local(at, zone),
    }
}

/// Returns the instant of a reminder.
///
/// A clock change does not move a reminder to the other side of the due time: it then keeps its elapsed distance.
fn place(local: NaiveDateTime, distance: TimeDelta, due: Due, zone: Tz) -> Option<DateTime<Utc>> {
    let Due::At(due) = due else { return to_instant(local, zone) };
    let elapsed = due.checked_add_signed(distance)?;
    let at = to_nearest_instant(local, zone, elapsed)?;
    let is_other_side = if distance > TimeDelta::zero() { at < due } else { at > due };
    Some(if is_other_side { elapsed } else { at })
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::recurrence::occurrence::{CompletedOccurrence, RepeatFrom};
    use crate::recurrence::{Budget, next};

    /// Completes an occurrence again and again when it is due. Returns the due times and reminders after the first.
    fn series(zone: Tz, rule: &str, due: &str, remind_at: &str, length: usize) -> Vec<String> {
        let mut due = due.parse().map(Due::Day).unwrap_or_else(|_| Due::At(due.parse().unwrap()));
        let mut reminder = Reminder { at: remind_at.parse().unwrap(), local: None };
        let mut start = None;
        let mut times = Vec::new();
        for _ in 0..length {
            let completed_at = match due {
                Due::Day(day) => day.and_hms_opt(12, 0, 0).unwrap().and_utc(),
                Due::At(at) => at,
            };
            let from = RepeatFrom::DueDate;
            let completed = CompletedOccurrence { rule, from, due: Some(due), start, zone, completed_at };
            let occurrence = next(&completed, &mut Budget::for_request()).unwrap().unwrap();
            reminder = reminder.next(due, zone, &occurrence).unwrap();
            (due, start) = (occurrence.due, occurrence.start);
            let due = match due {
                Due::Day(day) => day.to_string(),
                Due::At(at) => to_local(at, zone).format("%m-%dT%H:%M").to_string(),
            };
            times.push(format!("{due} {}", to_local(reminder.at, zone).format("%m-%dT%H:%M")));
        }
        times
    }

    #[test]
    fn a_reminder_keeps_its_local_time_of_day() {
        let times = series(Tz::Europe__Berlin, "FREQ=MONTHLY", "2027-01-04", "2027-01-04T08:00:00Z", 11);
        for (month, time) in (2..).zip(times) {
            assert_eq!(time, format!("2027-{month:02}-04 {month:02}-04T09:00"));
        }
    }

    #[test]
    fn a_reminder_in_a_gap_moves_on_that_day_only() {
        // due at 04:00, reminder at 02:30
        assert_eq!(
            series(Tz::Europe__Berlin, "FREQ=DAILY", "2027-03-27T03:00:00Z", "2027-03-27T01:30:00Z", 3),
            ["03-28T04:00 03-28T03:30", "03-29T04:00 03-29T02:30", "03-30T04:00 03-30T02:30"]
        );
    }

    #[test]
    fn a_due_time_in_a_gap_does_not_change_later_reminders() {
        // due at 02:30, reminder at 20:00 the day before
        assert_eq!(
            series(Tz::Europe__Berlin, "FREQ=DAILY", "2027-03-27T01:30:00Z", "2027-03-26T19:00:00Z", 3),
            ["03-28T03:30 03-27T20:00", "03-29T02:30 03-28T20:00", "03-30T02:30 03-29T20:00"]
        );
        // both in the gap
        assert_eq!(
            series(Tz::Europe__Berlin, "FREQ=DAILY", "2027-03-27T01:30:00Z", "2027-03-27T01:15:00Z", 2),
            ["03-28T03:30 03-28T03:15", "03-29T02:30 03-29T02:15"]
        );
    }

    #[test]
    fn a_reminder_stays_on_its_side_of_the_due_time() {
        // due at 03:10, reminder 15 minutes before: 02:55 does not exist
        assert_eq!(
            series(Tz::Europe__Berlin, "FREQ=DAILY", "2027-03-27T02:10:00Z", "2027-03-27T01:55:00Z", 2),
            ["03-28T03:10 03-28T01:55", "03-29T03:10 03-29T02:55"]
        );
        // 02:55 occurs twice
        let due = Due::At("2027-10-31T02:10:00Z".parse().unwrap());
        let local = "2027-10-31T02:55:00".parse().unwrap();
        let at = place(local, Duration::minutes(-15), due, Tz::Europe__Berlin);
        assert_eq!(at, Some("2027-10-31T01:55:00Z".parse().unwrap()));
    }
}
