//! The next occurrence in the model: counts days one by one, without the crate that the service uses.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use task_api::recurrence::{Due, RepeatFrom};
use task_api::task::Task;

/// Returns the next due date and the remaining rule of a completed task with a daily or weekly rule.
pub fn next_occurrence(task: &Task) -> Option<(Due, String)> {
    let rule = Rule::parse(task.recurrence_rule.as_deref()?);
    let zone: Tz = task.time_zone.as_deref().unwrap_or("UTC").parse().expect("the zones of this test exist");
    let completed_at = task.completed_at?;
    let today = completed_at.with_timezone(&zone).date_naive();
    let from_due_date = task.repeat_from == RepeatFrom::DueDate;
    // an all-day date is counted in UTC; the zone does not matter
    let has_time = matches!(task.due, Some(Due::At(_)));
    let task_zone = zone;
    let (zone, first_day, time, earliest) = match task.due {
        Some(Due::At(instant)) => {
            let due = instant.with_timezone(&zone);
            (zone, if from_due_date { due.date_naive() } else { today }, due.time(), completed_at)
        }
        Some(Due::Day(day)) if from_due_date => (Tz::UTC, day, NaiveTime::MIN, midnight(today)),
        _ => (Tz::UTC, today, NaiveTime::MIN, midnight(today)),
    };
    let mut day = first_day;
    let mut count = rule.count;
    loop {
        day += rule.interval;
        count = count.map(|count| count - 1);
        let occurrence =
            zone.from_local_datetime(&day.and_time(time)).single().expect("an unambiguous local time").to_utc();
        let is_after = |until: DateTime<Utc>| match has_time {
            true => occurrence > until,
            false => day > until.with_timezone(&task_zone).date_naive(),
        };
        if count == Some(0) || rule.until.is_some_and(is_after) {
            return None;
        }
        let due = if let Some(Due::At(_)) = task.due { Due::At(occurrence) } else { Due::Day(day) };
        if occurrence >= earliest && !is_excluded(task, due) {
            return Some((due, rule.with_count(count)));
        }
    }
}

/// Returns whether the series skips this occurrence.
fn is_excluded(task: &Task, occurrence: Due) -> bool {
    let zone: Tz = task.time_zone.as_deref().unwrap_or("UTC").parse().expect("the zones of this test exist");
    let day = |due: &Due| match due {
        Due::Day(day) => *day,
        Due::At(at) => at.with_timezone(&zone).date_naive(),
    };
    task.excluded_dates.iter().any(|excluded| match (excluded, occurrence) {
        (Due::At(excluded), Due::At(occurrence)) => *excluded == occurrence,
        _ => day(excluded) == day(&occurrence),
    })
}

fn midnight(day: chrono::NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// A rule with `FREQ`, then `INTERVAL`, `COUNT` or `UNTIL`.
struct Rule<'a> {
    text: &'a str,
    interval: TimeDelta,
    count: Option<u32>,
    until: Option<DateTime<Utc>>,
}

impl<'a> Rule<'a> {
    fn parse(text: &'a str) -> Self {
        let part = |name: &str| text.split(';').find_map(|part| part.strip_prefix(name));
        let days = match part("FREQ=") {
            Some("DAILY") => 1,
            Some("WEEKLY") => 7,
            other => panic!("{other:?} is not a rule of this test"),
        };
        let interval: i64 = part("INTERVAL=").map_or(1, |interval| interval.parse().expect("a number"));
        let until = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").expect("an instant");
        Self {
            text,
            interval: TimeDelta::days(days * interval),
            count: part("COUNT=").map(|count| count.parse().expect("a number")),
            until: part("UNTIL=").map(|text| until(text).and_utc()),
        }
    }

    fn with_count(&self, count: Option<u32>) -> String {
        let parts = self.text.split(';').map(|part| match (part.starts_with("COUNT="), count) {
            (true, Some(count)) => format!("COUNT={count}"),
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join(";")
    }
}
