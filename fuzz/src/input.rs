//! Targets for the input of authenticated users: rules, bodies, imports and queries.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use task_api::fuzzing;
use task_api::recurrence;
use task_api::recurrence::{Budget, CompletedOccurrence, Due, RepeatFrom};

/// The range of valid years.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Returns an instant in the valid years, from the first eight bytes.
fn instant(bytes: &[u8]) -> DateTime<Utc> {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    let number = bytes.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let seconds = FIRST + i64::try_from(number % (LAST - FIRST) as u64).unwrap_or(0);
    DateTime::from_timestamp(seconds, 0).expect("the timestamp is in range")
}

/// Computes the next occurrence. The first 17 bytes select times and zone; the rest is the rule.
pub fn recurrence(bytes: &[u8]) {
    let (times, rule) = bytes.split_at(bytes.len().min(17));
    let Some(rule) = std::str::from_utf8(rule).ok().and_then(recurrence::parse) else { return };
    let (due, completed_at) = (instant(times), instant(times.get(8..).unwrap_or_default()));
    let choice = times.last().copied().unwrap_or(0);
    let zone: Tz = TZ_VARIANTS[usize::from(choice) * 2 % TZ_VARIANTS.len()];
    let from = if choice % 2 == 0 { RepeatFrom::DueDate } else { RepeatFrom::Completion };
    let start = (choice % 3 == 0).then(|| due.naive_utc());
    for due in [None, Some(Due::At(due)), Some(Due::Day(due.date_naive()))] {
        let completed = CompletedOccurrence { rule: &rule, from, due, start, zone, completed_at };
        if let Ok(Some(next)) = recurrence::next(&completed, &mut Budget::for_request()) {
            let year = match next.due {
                Due::At(at) => at.year(),
                Due::Day(day) => day.year(),
            };
            assert!(YEARS.contains(&year), "{rule} leads to {:?}", next.due);
            assert_eq!(recurrence::parse(&next.rule).as_ref(), Some(&next.rule), "the remaining rule is valid");
        }
    }
}

/// Parses an import as JSON and as a calendar.
pub fn import(bytes: &[u8]) {
    fuzzing::read_import(bytes);
}

/// Parses the query of a list.
pub fn filter(bytes: &[u8]) {
    if let Ok(query) = std::str::from_utf8(bytes) {
        fuzzing::read_query(query);
    }
}

/// Parses the body of a create and of an update.
pub fn task(bytes: &[u8]) {
    fuzzing::read_task(bytes);
}
