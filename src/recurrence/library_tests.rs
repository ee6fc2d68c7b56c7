//! Compares the results with the crate `rrule`, on random rules.

#![expect(clippy::arithmetic_side_effects, reason = "the dates in the tests are far from the limits")]

//! The crate `rrule` also lists occurrences, without a bound. The tests use it for near occurrences and for all yearly rules.
//! It misses occurrences of hourly, minutely and secondly rules; those are compared with a search over all seconds.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rrule::{RRule, RRuleSet, Unvalidated};

use chrono::{TimeDelta, Timelike};
use chrono_tz::Tz;

use super::tests::*;
use super::*;
use crate::recurrence::rule::part_value;

fn numbers(name: &'static str, from: i32, to: i32) -> impl Strategy<Value = String> {
    let number = (from..=to).prop_filter("0 is not a valid number", move |number| from >= 0 || *number != 0);
    (any::<bool>(), vec(number, 1..4)).prop_map(move |(is_given, numbers)| match is_given {
        true => format!(";{name}={}", numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")),
        false => String::new(),
    })
}

fn weekdays(nth: bool) -> impl Strategy<Value = String> {
    let days = subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 0..4);
    let numbers = select(if nth { vec!["", "1", "2", "-1", "-2"] } else { vec![""] });
    (days, numbers).prop_map(|(days, number)| match days.is_empty() {
        true => String::new(),
        false => {
            format!(";BYDAY={}", days.iter().map(|day| format!("{number}{day}")).collect::<Vec<_>>().join(","))
        }
    })
}

fn rule() -> impl Strategy<Value = String> {
    let frequencies = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"];
    let days = (numbers("BYMONTH", 1, 12), numbers("BYMONTHDAY", -31, 31), numbers("BYYEARDAY", -366, 366));
    let times = (numbers("BYHOUR", 0, 23), numbers("BYMINUTE", 0, 59), numbers("BYSECOND", 0, 59));
    let weeks = (numbers("BYWEEKNO", 1, 53), numbers("BYSETPOS", -6, 6), select(vec!["", ";WKST=SU", ";WKST=WE"]));
    (0..frequencies.len(), 1..40_u16, days, times, weeks, weekdays(true), weekdays(false), any::<[bool; 4]>()).prop_map(
        move |(frequency, interval, days, times, weeks, nth, each, given)| {
            let of_date = frequency < 2;
            let parts = [
                if given[0] { days.0 } else { String::new() },
                if frequency == 2 { String::new() } else { days.1 },
                if given[1] && frequency == 0 { days.2 } else { String::new() },
                if given[2] { times.0 + &times.1 + &times.2 } else { String::new() },
                if given[3] && frequency == 0 { weeks.0.clone() } else { String::new() },
                // an ordinal of a weekday is meaningless with BYWEEKNO
                if of_date && weeks.0.is_empty() { nth } else { each },
            ];
            let by = parts.concat();
            // the library counts positions from the rule's start, not from the first day of that week
            let position = if by.is_empty() || frequency == 2 { String::new() } else { weeks.1 };
            format!("FREQ={};INTERVAL={interval}{by}{position}{}", frequencies[frequency], weeks.2)
        },
    )
}

/// Generates an hourly, minutely or secondly rule.
///
/// The values are the seconds of its period, its interval, and the rule.
fn subdaily_rule() -> impl Strategy<Value = (i64, i64, String)> {
    let times = (numbers("BYHOUR", 0, 23), numbers("BYMINUTE", 0, 59), numbers("BYSECOND", 0, 59));
    let frequency = select(vec![("HOURLY", 3_600), ("MINUTELY", 60), ("SECONDLY", 1)]);
    (frequency, 1..200_i64, times, weekdays(false)).prop_map(|((name, unit), interval, times, days)| {
        let rule = format!("FREQ={name};INTERVAL={interval}{}{}{}{days}", times.0, times.1, times.2);
        (unit, interval, rule)
    })
}

/// Returns the first matching second in the two days after the start.
fn find_by_search(unit: i64, interval: i64, rule: &str, start: i64) -> Option<DateTime<Utc>> {
    let list = |name: &str| part_value(rule, name).map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>());
    let (hours, minutes, seconds) = (list("BYHOUR="), list("BYMINUTE="), list("BYSECOND="));
    let days = part_value(rule, "BYDAY=");
    let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
    let first = at(start);
    let is_in = |list: &Option<Vec<String>>, number: u32, of_start: Option<u32>| match list {
        Some(list) => list.contains(&number.to_string()),
        None => of_start.is_none_or(|of_start| number == of_start),
    };
    (start + 1..start + 2 * 86_400).find_map(|second| {
        let on_grid = (second / unit - start / unit) % interval == 0;
        let local = Some(at(second)).filter(|_| on_grid)?;
        let day = local.format("%a").to_string().to_ascii_uppercase();
        let matches = days.is_none_or(|days| days.contains(&day[..2]))
            && is_in(&hours, local.hour(), None)
            && is_in(&minutes, local.minute(), (unit > 60).then_some(first.minute()))
            && is_in(&seconds, local.second(), (unit > 1).then_some(first.second()));
        matches.then_some(local)
    })
}

/// Returns the first occurrence from `earliest` on, if it is among the first 1,000.
///
/// The library lists local times. It drops days whose midnight a clock change skips.
fn find_by_library(rule: &str, zone: Tz, start: DateTime<Utc>, earliest: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local_start = to_local(start, zone).and_utc().with_timezone(&rrule::Tz::UTC);
    let rule = rule.parse::<RRule<Unvalidated>>().unwrap().validate(local_start).unwrap();
    let occurrences = RRuleSet::new(local_start).rrule(rule).limit();
    let dates = occurrences.into_iter().take(1_000).filter_map(|date| to_instant(date.naive_utc(), zone));
    dates.into_iter().find(|date| *date > start && *date >= earliest).filter(|date| date.year() <= 9999)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_library(
        rule in rule(), start in 0_i64..4_000_000_000, later in 0_i64..40_000_000,
        zone in select(vec![Tz::UTC, Tz::Europe__Vienna, Tz::America__Sao_Paulo, Tz::Australia__Lord_Howe]),
    ) {
        let Some(rule) = parse(&rule) else { return Ok(()) };
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let (due, completed_at) = (Some(Due::At(at(start))), at(start + later));
        let completed = CompletedOccurrence { rule: &rule, from: RepeatFrom::DueDate, due, start: None, zone, completed_at };
        let actual = next(&completed, &mut Budget::for_request());
        prop_assert_eq!(&actual, &next(&completed, &mut Budget::for_request()), "the result is deterministic");
        let soon = completed_at + TimeDelta::days(700);
        let is_soon = matches!(&actual, Ok(Some(NextOccurrence { due: Due::At(next), .. })) if *next < soon);
        if !is_soon && !rule.starts_with("FREQ=YEARLY") {
            return Ok(());
        }
        if let Some(expected) = find_by_library(&rule, zone, at(start), completed_at) {
            match actual {
                Err(too_costly) => prop_assert_eq!(too_costly, RuleError::StepLimit),
                Ok(found) => prop_assert_eq!(found.map(|next| next.due), Some(Due::At(expected)), "{}", rule),
            }
        }
    }

    #[test]
    fn all_rules_terminate(
        text in "[A-Z0-9=;,+-]{0,60}", rule in rule(), subdaily in subdaily_rule(), start in any::<i64>(),
    ) {
        for rule in [text, rule, subdaily.2].iter().filter_map(|rule| parse(rule)) {
            let due = DateTime::from_timestamp_millis(start / 40_000).filter(|at| (1..=9999).contains(&at.year()));
            let completed = CompletedOccurrence {
                rule: &rule,
                from: RepeatFrom::DueDate,
                due: due.map(Due::At),
                start: None,
                zone: Tz::America__New_York,
                completed_at: at("2026-12-01T00:00:00Z"),
            };
            if let Ok(Some(next)) = next(&completed, &mut Budget::for_request()) {
                let Due::At(next) = next.due else { prop_assert!(due.is_none()); continue };
                prop_assert!((1..=9999).contains(&next.year()));
                prop_assert!(Some(next) > due);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_a_search_over_all_seconds(
        (unit, interval, rule) in subdaily_rule(), start in 0_i64..4_000_000_000,
    ) {
        let rule = parse(&rule).unwrap();
        let start_at = DateTime::from_timestamp(start, 0).unwrap();
        let completed = CompletedOccurrence {
            rule: &rule,
            from: RepeatFrom::DueDate,
            due: Some(Due::At(start_at)),
            start: None,
            zone: Tz::UTC,
            completed_at: start_at,
        };
        let actual = match next(&completed, &mut Budget::for_request()) {
            Ok(Some(NextOccurrence { due: Due::At(at), .. })) => Some(at),
            _ => None,
        };
        let actual = actual.filter(|at| *at < start_at + TimeDelta::days(2));
        prop_assert_eq!(actual, find_by_search(unit, interval, &rule, start), "{} from {}", rule, start_at);
    }
}
