//! Tests of series in time zones and in shorter months.

#![expect(clippy::arithmetic_side_effects, reason = "the dates in the tests are far from the limits")]

use chrono::{Days, LocalResult, Months, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::*;
use super::*;

/// Completes an occurrence again and again when it is due. Returns the due dates after the first.
fn series(rule: &str, from: RepeatFrom, zone: Tz, first: Due, length: usize) -> Vec<Due> {
    let mut rule = parse(rule).unwrap();
    let (mut due, mut start) = (first, None);
    let mut dates = Vec::new();
    for _ in 0..length {
        let completed_at = match due {
            // early enough in every zone
            Due::Day(day) => (day - Days::new(1)).and_time(NaiveTime::MIN).and_utc(),
            Due::At(at) => at,
        };
        let completed = CompletedOccurrence { rule: &rule, from, due: Some(due), start, zone, completed_at };
        let Some(next) = next(&completed, &mut Budget::for_request()).unwrap() else { break };
        (rule, due, start) = (next.rule, next.due, next.start);
        dates.push(due);
    }
    dates
}

fn dates(texts: &[&str]) -> Vec<Due> {
    texts.iter().map(|text| due(text)).collect()
}

#[test]
fn a_skipped_time_moves_on_that_day_only() {
    for from in [RepeatFrom::DueDate, RepeatFrom::Completion] {
        for (zone, first, expected) in [
            (
                Tz::Europe__Berlin,
                "2027-03-26T01:30:00Z",
                ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"],
            ),
            (
                Tz::America__Santiago,
                "2027-09-03T04:00:00Z",
                ["2027-09-04T04:00:00Z", "2027-09-05T04:00:00Z", "2027-09-06T03:00:00Z", "2027-09-07T03:00:00Z"],
            ),
            (
                Tz::Australia__Lord_Howe,
                "2027-09-30T15:45:00Z",
                ["2027-10-01T15:45:00Z", "2027-10-02T15:45:00Z", "2027-10-03T15:15:00Z", "2027-10-04T15:15:00Z"],
            ),
        ] {
            assert_eq!(series("daily", from, zone, due(first), 4), dates(&expected), "{zone} {from:?}");
        }
    }
    // moved to the next day
    let expected = ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"];
    assert_eq!(
        series("daily", RepeatFrom::DueDate, Tz::America__Nuuk, due("2027-03-26T01:30:00Z"), 3),
        dates(&expected)
    );
    // with the time in the rule, from another start
    let rule = "FREQ=DAILY;INTERVAL=2;BYHOUR=2;BYMINUTE=30";
    let expected = ["2027-03-28T01:30:00Z", "2027-03-30T00:30:00Z"];
    let first = due("2027-03-26T01:30:00Z");
    assert_eq!(series(rule, RepeatFrom::DueDate, Tz::Europe__Berlin, first, 2), dates(&expected));
    // each occurrence of a gap counts once
    let expected = ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-29T01:30:00Z"];
    let first = due("2027-03-27T02:30:00Z");
    assert_eq!(
        series("FREQ=DAILY;BYHOUR=2,3;COUNT=5", RepeatFrom::DueDate, Tz::Europe__Berlin, first, 3),
        dates(&expected)
    );
}

#[test]
fn from_the_completion_the_last_day_of_a_shorter_month_is_used() {
    let from = RepeatFrom::Completion;
    let zone = Tz::Europe__Berlin;
    for (rule, completed_at, expected) in [
        ("FREQ=MONTHLY;INTERVAL=3", "2026-11-29T10:00:00Z", "2027-02-28"),
        ("FREQ=MONTHLY;INTERVAL=3", "2027-11-29T10:00:00Z", "2028-02-29"),
        ("FREQ=MONTHLY", "2027-03-31T10:00:00Z", "2027-04-30"),
        ("FREQ=YEARLY", "2028-02-29T10:00:00Z", "2029-02-28"),
        ("FREQ=MONTHLY;SKIP=OMIT", "2027-03-31T10:00:00Z", "2027-05-31"),
        ("FREQ=MONTHLY;SKIP=FORWARD", "2027-03-31T10:00:00Z", "2027-05-01"),
    ] {
        for was_due in [Some(due("2026-01-15")), None] {
            assert_due(next_due(rule, was_due, from, zone, completed_at), expected);
        }
        // 00:30 on the same day
        let first = format!("{}T00:30:00Z", &completed_at[..10]);
        let expected = format!("{expected}T00:30:00Z");
        assert_due(next_due(rule, Some(due(&first)), from, Tz::UTC, completed_at), &expected);
    }
}

#[test]
fn a_stored_start_that_does_not_lead_to_the_due_date_is_ignored() {
    let rule = parse("monthly").unwrap();
    for (start, was_due, expected) in [
        ("2027-01-31T00:00:00", "2027-02-28", "2027-03-31"),
        ("2027-01-30T00:00:00", "2027-02-28", "2027-03-30"),
        ("2027-01-31T00:00:00", "2027-02-27", "2027-03-27"),
        ("2027-03-31T00:00:00", "2027-02-28", "2027-03-28"),
        ("9999-12-31T23:59:59", "2027-02-28", "2027-03-28"),
        ("0001-01-31T00:00:00", "2027-02-28", "2027-03-31"),
    ] {
        let completed = CompletedOccurrence {
            rule: &rule,
            from: RepeatFrom::DueDate,
            due: Some(due(was_due)),
            start: Some(start.parse().unwrap()),
            zone: Tz::UTC,
            completed_at: at("2027-02-01T00:00:00Z"),
        };
        let next = next(&completed, &mut Budget::for_request()).unwrap();
        assert_eq!(next.map(|next| next.due), Some(due(expected)), "{start} {was_due}");
    }
}

#[test]
fn until_is_read_in_the_zone_of_the_task() {
    let next = |rule: &str, zone, was_due: &str| {
        next_due(rule, Some(due(was_due)), RepeatFrom::DueDate, zone, "2027-01-01T00:00:00Z").map(|(due, _)| due)
    };
    let rule = "FREQ=DAILY;UNTIL=20270106T045959Z";
    assert_eq!(next(rule, Tz::America__New_York, "2027-01-04"), Some(due("2027-01-05")));
    assert_eq!(next(rule, Tz::America__New_York, "2027-01-05"), None);
    assert_eq!(next(rule, Tz::UTC, "2027-01-05"), Some(due("2027-01-06")));
    assert_eq!(
        next("FREQ=DAILY;UNTIL=99991231T235959Z", Tz::Pacific__Kiritimati, "9999-12-30"),
        Some(due("9999-12-31"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// chrono's addition of months also uses the last day of a shorter month.
    #[test]
    fn skip_backward_equals_the_addition_of_months(
        day in 0_u64..40_000, interval in 1_u32..30, is_yearly in any::<bool>(), time in 0_u32..86_400,
        zone in select(TZ_VARIANTS.to_vec()), has_time in any::<bool>(),
    ) {
        let first = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(day);
        let (freq, months) = if is_yearly { ("YEARLY", 12 * interval) } else { ("MONTHLY", interval) };
        let rule = format!("FREQ={freq};INTERVAL={interval};SKIP=BACKWARD");
        let local = |number: u32| {
            (first + Months::new(number * months)).and_time(NaiveTime::from_num_seconds_from_midnight_opt(time, 0).unwrap())
        };
        let due_of = |number: u32| match has_time {
            true => Due::At(to_instant(local(number), zone).unwrap()),
            false => Due::Day(local(number).date()),
        };
        // the first due time must not be in a gap: its local time would be another
        prop_assume!(!has_time || to_local(to_instant(local(0), zone).unwrap(), zone) == local(0));
        let expected: Vec<Due> = (1..7).map(due_of).collect();
        prop_assert_eq!(series(&rule, RepeatFrom::DueDate, zone, due_of(0), 6), expected, "{} {}", rule, zone);
    }

    #[test]
    fn daily_times_return_after_each_clock_change(
        zone in select(TZ_VARIANTS.to_vec()), day in 0_u64..40_000, time in 0_u32..96,
    ) {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(time * 900, 0).unwrap();
        let first = NaiveDate::from_ymd_opt(1980, 1, 1).unwrap() + Days::new(day);
        let LocalResult::Single(start) = zone.from_local_datetime(&first.and_time(time)) else { return Ok(()) };
        let dates = series("FREQ=DAILY", RepeatFrom::DueDate, zone, Due::At(start.to_utc()), 40);
        let mut day = first;
        for date in dates {
            day = day.succ_opt().unwrap();
            let Due::At(at) = date else { panic!("a time") };
            let (wanted, local) = (day.and_time(time), to_local(at, zone));
            match zone.from_local_datetime(&wanted) {
                LocalResult::None => {
                    // the offset of the time before the gap
                    let gap = local - wanted;
                    prop_assert!(gap > TimeDelta::zero() && gap <= TimeDelta::days(1), "{} {} {}", zone, wanted, local);
                    let before = to_local(at - gap - TimeDelta::minutes(1), zone);
                    prop_assert!(before < wanted, "{} {} {}", zone, wanted, local);
                    // a skipped day has no occurrence of its own
                    if gap == TimeDelta::days(1) {
                        day = local.date();
                    }
                }
                _ => prop_assert_eq!(local, wanted, "{}", zone),
            }
        }
    }
}
