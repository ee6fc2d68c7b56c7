//! Rules, and what follows an occurrence of them.

#![expect(clippy::arithmetic_side_effects, reason = "the dates of the tests are far from the limits")]

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn due(text: &str) -> Due {
    text.parse().map(Due::Day).unwrap_or_else(|_| Due::At(at(text)))
}

/// The next due date, and the rule that is left, of a task that was due and done then.
fn after(rule: &str, was_due: &str, done: &str) -> Option<(Due, String)> {
    turn(rule, Some(due(was_due)), RepeatFrom::DueDate, Tz::Europe__Vienna, done)
}

fn turn(rule: &str, due: Option<Due>, from: RepeatFrom, zone: Tz, done: &str) -> Option<(Due, String)> {
    let rule = parse(rule).unwrap();
    let turn = Turn { rule: &rule, from, due, zone, completed_at: at(done) };
    next(&turn, &mut Budget::of_request()).unwrap().map(|next| (next.due, next.rule))
}

fn is(found: Option<(Due, String)>, expected: &str) {
    assert_eq!(found.map(|(due, _)| due), Some(due(expected)));
}

#[test]
fn rules_are_read_and_nonsense_is_not() {
    assert_eq!(parse("Weekly").as_deref(), Some("FREQ=WEEKLY"));
    assert_eq!(parse("rrule:freq=monthly;bymonthday=-1").as_deref(), Some("FREQ=MONTHLY;BYMONTHDAY=-1"));
    for rule in ["FREQ=WEEKLY;UNTIL=20271231T235959Z", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2"] {
        assert_eq!(parse(rule).as_deref(), Some(rule));
    }
    for wrong in [
        "",
        "often",
        "FREQ=",
        "FREQ=FORTNIGHTLY",
        "BYDAY=MO",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY\nX",
        "FREQ=DAILY;COUNT=1;UNTIL=20270101T000000Z;BYDAY=ZZ",
    ] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
    assert_eq!(parse(&format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(300))), None);
}

#[test]
fn days_follow_days() {
    is(after("daily", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
    is(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-11-29T10:00:00Z"), "2026-12-07");
    is(after("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", "2027-01-31T10:00:00Z"), "2027-02-28");
    is(after("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29", "2028-02-29T10:00:00Z"), "2032-02-29");
    is(after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30", "2026-11-30T10:00:00Z"), "2026-12-31");
}

#[test]
fn hours_stay_across_changes_of_the_clock() {
    // nine in the morning in Vienna: UTC+2 before the 25th of October 2026, UTC+1 after
    is(after("daily", "2026-10-24T07:00:00Z", "2026-10-24T08:00:00Z"), "2026-10-25T08:00:00Z");
    is(after("daily", "2027-03-27T08:00:00Z", "2027-03-27T09:00:00Z"), "2027-03-28T07:00:00Z");
}

#[test]
fn what_was_missed_is_not_made_up_for() {
    is(after("daily", "2026-12-01", "2026-12-20T10:00:00Z"), "2026-12-20");
    is(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-12-15T10:00:00Z"), "2026-12-21");
    is(after("daily", "2026-12-01T08:00:00Z", "2026-12-20T10:00:00Z"), "2026-12-21T08:00:00Z");
    is(after("FREQ=MINUTELY", "2026-01-01T00:00:00Z", "2026-12-20T10:00:30Z"), "2026-12-20T10:01:00Z");
    is(after("FREQ=SECONDLY;INTERVAL=7", "1990-01-01T00:00:00Z", "2026-12-20T10:00:30Z"), "2026-12-20T10:00:35Z");
    is(after("FREQ=DAILY;INTERVAL=2", "1990-01-01T08:00:00Z", "2026-07-01T10:00:00Z"), "2026-07-03T07:00:00Z");
    is(after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR", "1990-01-01", "2026-12-20T10:00:00Z"), "2026-12-21");
    is(after("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "1950-01-03", "2026-12-20T10:00:00Z"), "2026-12-22");
}

#[test]
fn a_turn_may_be_counted_from_its_completion() {
    let from = RepeatFrom::Completion;
    let zone = Tz::Europe__Vienna;
    is(turn("weekly", Some(due("2026-12-01")), from, zone, "2026-12-04T10:00:00Z"), "2026-12-11");
    is(turn("weekly", Some(due("2026-12-01T08:00:00Z")), from, zone, "2026-12-04T10:00:00Z"), "2026-12-11T08:00:00Z");
    // half past midnight in Vienna is the next day
    is(turn("daily", None, RepeatFrom::DueDate, zone, "2026-12-04T23:30:00Z"), "2026-12-06");
}

#[test]
fn a_bounded_rule_ends() {
    assert_eq!(
        after("FREQ=DAILY;COUNT=3", "2026-12-01", "2026-12-01T10:00:00Z"),
        Some((due("2026-12-02"), "FREQ=DAILY;COUNT=2".into()))
    );
    assert_eq!(after("FREQ=DAILY;COUNT=1", "2026-12-01", "2026-12-01T10:00:00Z"), None);
    assert_eq!(
        after("FREQ=DAILY;COUNT=5", "2026-12-01", "2026-12-04T10:00:00Z"),
        Some((due("2026-12-04"), "FREQ=DAILY;COUNT=2".into()))
    );
    assert_eq!(after("FREQ=DAILY;COUNT=3", "2026-12-01", "2026-12-09T10:00:00Z"), None);
    is(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
    assert_eq!(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-02", "2026-12-02T10:00:00Z"), None);
}

#[test]
fn the_last_year_ends_every_rule() {
    assert_eq!(after("daily", "9999-12-31", "2026-12-01T10:00:00Z"), None);
}

/// The outcome for a task that was due at the start of 2026 and is done a year later.
fn cost(rule: &str) -> Result<Option<NextTurn>, TooCostly> {
    let rule = parse(rule).unwrap();
    let due = Some(Due::At(at("2026-01-01T00:00:00Z")));
    let turn =
        Turn { rule: &rule, from: RepeatFrom::DueDate, due, zone: Tz::UTC, completed_at: at("2027-01-01T00:00:00Z") };
    next(&turn, &mut Budget::of_request())
}

#[test]
fn a_rule_that_occurs_too_seldom_is_too_costly() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
        "FREQ=SECONDLY;INTERVAL=43200;BYSECOND=1",
    ] {
        assert_eq!(cost(rule), Err(TooCostly::Rule), "{rule}");
    }
}

#[test]
fn a_rule_that_occurs_at_last_is_not() {
    for (rule, expected) in [
        ("FREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU", None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", Some("2032-02-29T00:00:00Z")),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", Some("2032-02-29T00:00:00Z")),
        ("FREQ=YEARLY;BYYEARDAY=366", Some("2028-12-31T00:00:00Z")),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", Some("2032-12-27T00:00:00Z")),
        ("FREQ=YEARLY;INTERVAL=65535", None),
        ("FREQ=SECONDLY;INTERVAL=65535", None),
        ("FREQ=HOURLY;BYHOUR=3;BYMINUTE=30;BYDAY=SA", Some("2027-01-02T03:30:00Z")),
    ] {
        let found = cost(rule);
        assert!(found.is_ok(), "{rule}");
        if let Some(expected) = expected {
            assert_eq!(found.unwrap().map(|next| next.due), Some(due(expected)), "{rule}");
        }
    }
}

#[test]
fn every_second_of_a_year_takes_no_memory() {
    let all = |end: u32| (0..end).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let rule =
        format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSECOND={}", all(24), all(60), all(60));
    is(cost(&rule).map(|next| next.map(|next| (next.due, next.rule))).unwrap(), "2027-01-01T00:00:00Z");
}

#[test]
fn until_has_one_form() {
    for until in
        ["20270101T000000ZZ", "-9990101", "00000101", "20270101T0000", "20270101T240000Z", "2027010", "20270101Z"]
    {
        assert_eq!(parse(&format!("FREQ=DAILY;UNTIL={until}")), None, "{until}");
    }
}

#[test]
fn a_request_has_one_budget_for_all_its_rules() {
    let mut budget = Budget::of_request();
    let turn = |rule| Turn {
        rule,
        from: RepeatFrom::DueDate,
        due: None,
        zone: Tz::UTC,
        completed_at: at("2027-01-01T00:00:00Z"),
    };
    let costly = turn("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    let outcomes: Vec<_> = (0..100).map(|_| next(&costly, &mut budget).unwrap_err()).collect();
    assert_eq!(outcomes.first(), Some(&TooCostly::Rule));
    assert_eq!(outcomes.last(), Some(&TooCostly::Request));
    assert_eq!(next(&turn("FREQ=DAILY"), &mut budget), Err(TooCostly::Request));
}

mod against_the_library {
    //! The crate `rrule` lists occurrences as well, without a bound. It is asked where it finds one soon, and for each yearly rule.
    //! It loses occurrences of rules below the day; those are compared with a search of each second.

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use rrule::RRuleSet;

    use chrono::Timelike;

    use super::*;

    fn numbers(name: &'static str, from: i32, to: i32) -> impl Strategy<Value = String> {
        let number = (from..=to).prop_filter("there is no number 0", move |number| from >= 0 || *number != 0);
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
        (0..frequencies.len(), 1..40_u16, days, times, weeks, weekdays(true), weekdays(false), any::<[bool; 4]>())
            .prop_map(move |(frequency, interval, days, times, weeks, nth, each, given)| {
                let of_date = frequency < 2;
                let parts = [
                    if given[0] { days.0 } else { String::new() },
                    if frequency == 2 { String::new() } else { days.1 },
                    if given[1] && frequency == 0 { days.2 } else { String::new() },
                    if given[2] { times.0 + &times.1 + &times.2 } else { String::new() },
                    if given[3] && frequency == 0 { weeks.0.clone() } else { String::new() },
                    // a number of a weekday means nothing beside a number of a week
                    if of_date && weeks.0.is_empty() { nth } else { each },
                ];
                let by = parts.concat();
                // the library counts from the start of the first week, and not from that week's first day
                let position = if by.is_empty() || frequency == 2 { String::new() } else { weeks.1 };
                format!("FREQ={};INTERVAL={interval}{by}{position}{}", frequencies[frequency], weeks.2)
            })
    }

    /// A frequency below the day, with the seconds of its period.
    fn rule_below_the_day() -> impl Strategy<Value = (i64, i64, String)> {
        let times = (numbers("BYHOUR", 0, 23), numbers("BYMINUTE", 0, 59), numbers("BYSECOND", 0, 59));
        let frequency = select(vec![("HOURLY", 3_600), ("MINUTELY", 60), ("SECONDLY", 1)]);
        (frequency, 1..200_i64, times, weekdays(false)).prop_map(|((name, unit), interval, times, days)| {
            let rule = format!("FREQ={name};INTERVAL={interval}{}{}{}{days}", times.0, times.1, times.2);
            (unit, interval, rule)
        })
    }

    /// The first second of two days, after the start, that the rule matches.
    fn found_by_search(unit: i64, interval: i64, rule: &str, start: i64) -> Option<DateTime<Utc>> {
        let list = |name: &str| part(rule, name).map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>());
        let (hours, minutes, seconds) = (list("BYHOUR="), list("BYMINUTE="), list("BYSECOND="));
        let days = part(rule, "BYDAY=");
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

    /// The first occurrence from `earliest` on, if it is among the first thousand.
    fn found_by_library(
        rule: &str,
        start: DateTime<rrule::Tz>,
        earliest: DateTime<rrule::Tz>,
    ) -> Option<DateTime<Utc>> {
        let rule = rule.parse::<RRule<Unvalidated>>().unwrap().validate(start).unwrap();
        let occurrences = RRuleSet::new(start).rrule(rule).limit();
        let mut occurrences = occurrences.into_iter().take(1_000).filter(|date| *date > start);
        occurrences.find(|date| *date >= earliest).map(|date| date.to_utc()).filter(|date| date.year() <= 9999)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_find_the_same(
            rule in rule(), start in 0_i64..4_000_000_000, later in 0_i64..40_000_000,
            zone in select(vec![Tz::UTC, Tz::Europe__Vienna, Tz::America__Sao_Paulo, Tz::Australia__Lord_Howe]),
        ) {
            let Some(rule) = parse(&rule) else { return Ok(()) };
            let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
            let (due, completed_at) = (Some(Due::At(at(start))), at(start + later));
            let turn = Turn { rule: &rule, from: RepeatFrom::DueDate, due, zone, completed_at };
            let found = next(&turn, &mut Budget::of_request());
            prop_assert_eq!(&found, &next(&turn, &mut Budget::of_request()), "it is the same each time");
            let in_zone = |at: DateTime<Utc>| at.with_timezone(&rrule::Tz::from(zone));
            let soon = completed_at + TimeDelta::days(700);
            let is_soon = matches!(&found, Ok(Some(NextTurn { due: Due::At(next), .. })) if *next < soon);
            if !is_soon && !rule.starts_with("FREQ=YEARLY") {
                return Ok(());
            }
            if let Some(expected) = found_by_library(&rule, in_zone(at(start)), in_zone(completed_at)) {
                match found {
                    Err(too_costly) => prop_assert_eq!(too_costly, TooCostly::Rule),
                    Ok(found) => prop_assert_eq!(found.map(|next| next.due), Some(Due::At(expected)), "{}", rule),
                }
            }
        }

        #[test]
        fn whatever_the_rule_it_ends(
            text in "[A-Z0-9=;,+-]{0,60}", rule in rule(), below in rule_below_the_day(), start in any::<i64>(),
        ) {
            for rule in [text, rule, below.2].iter().filter_map(|rule| parse(rule)) {
                let due = DateTime::from_timestamp_millis(start / 40_000).filter(|at| (1..=9999).contains(&at.year()));
                let turn = Turn {
                    rule: &rule,
                    from: RepeatFrom::DueDate,
                    due: due.map(Due::At),
                    zone: Tz::America__New_York,
                    completed_at: at("2026-12-01T00:00:00Z"),
                };
                if let Ok(Some(next)) = next(&turn, &mut Budget::of_request()) {
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
        fn a_search_of_each_second_finds_the_same(
            (unit, interval, rule) in rule_below_the_day(), start in 0_i64..4_000_000_000,
        ) {
            let rule = parse(&rule).unwrap();
            let started = DateTime::from_timestamp(start, 0).unwrap();
            let turn = Turn {
                rule: &rule,
                from: RepeatFrom::DueDate,
                due: Some(Due::At(started)),
                zone: Tz::UTC,
                completed_at: started,
            };
            let found = match next(&turn, &mut Budget::of_request()) {
                Ok(Some(NextTurn { due: Due::At(at), .. })) => Some(at),
                _ => None,
            };
            let found = found.filter(|at| *at < started + TimeDelta::days(2));
            prop_assert_eq!(found, found_by_search(unit, interval, &rule, start), "{} from {}", rule, started);
        }
    }
}
