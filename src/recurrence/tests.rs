//! Tests of rules and their next occurrences.

use chrono_tz::Tz;

use super::*;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn due(text: &str) -> Due {
    text.parse().map(Due::Day).unwrap_or_else(|_| Due::At(at(text)))
}

/// Returns the next due date and rule of a task.
pub(super) fn after(rule: &str, was_due: &str, completed_at: &str) -> Option<(Due, String)> {
    next_due(rule, Some(due(was_due)), RepeatFrom::DueDate, Tz::Europe__Vienna, completed_at)
}

pub(super) fn next_due(
    rule: &str,
    due: Option<Due>,
    from: RepeatFrom,
    zone: Tz,
    completed_at: &str,
) -> Option<(Due, String)> {
    let rule = parse(rule).unwrap();
    let completed = CompletedOccurrence { rule: &rule, from, due, start: None, zone, completed_at: at(completed_at) };
    next(&completed, &mut Budget::for_request()).unwrap().map(|next| (next.due, next.rule))
}

pub(super) fn assert_due(actual: Option<(Due, String)>, expected: &str) {
    assert_eq!(actual.map(|(due, _)| due), Some(due(expected)));
}

#[test]
fn parses_valid_rules_only() {
    assert_eq!(parse("Weekly").as_deref(), Some("FREQ=WEEKLY"));
    assert_eq!(parse("rrule:freq=monthly;bymonthday=-1").as_deref(), Some("FREQ=MONTHLY;BYMONTHDAY=-1"));
    for rule in ["FREQ=WEEKLY;UNTIL=20271231T235959Z", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2"] {
        assert_eq!(parse(rule).as_deref(), Some(rule));
    }
    for invalid in [
        "",
        "often",
        "FREQ=",
        "FREQ=FORTNIGHTLY",
        "BYDAY=MO",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY\nX",
        "FREQ=DAILY;COUNT=1;UNTIL=20270101T000000Z;BYDAY=ZZ",
    ] {
        assert_eq!(parse(invalid), None, "{invalid}");
    }
    assert_eq!(parse(&format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(300))), None);
}

#[test]
fn computes_the_next_day() {
    assert_due(after("daily", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
    assert_due(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-11-29T10:00:00Z"), "2026-12-07");
    assert_due(after("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", "2027-01-31T10:00:00Z"), "2027-02-28");
    assert_due(after("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29", "2028-02-29T10:00:00Z"), "2032-02-29");
    assert_due(
        after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30", "2026-11-30T10:00:00Z"),
        "2026-12-31",
    );
}

#[test]
fn keeps_the_time_of_day_across_offset_changes() {
    // 09:00 in Vienna: UTC+2 before 2026-10-25, UTC+1 after
    assert_due(after("daily", "2026-10-24T07:00:00Z", "2026-10-24T08:00:00Z"), "2026-10-25T08:00:00Z");
    assert_due(after("daily", "2027-03-27T08:00:00Z", "2027-03-27T09:00:00Z"), "2027-03-28T07:00:00Z");
}

#[test]
fn skips_missed_occurrences() {
    assert_due(after("daily", "2026-12-01", "2026-12-20T10:00:00Z"), "2026-12-20");
    assert_due(after("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-12-15T10:00:00Z"), "2026-12-21");
    assert_due(after("daily", "2026-12-01T08:00:00Z", "2026-12-20T10:00:00Z"), "2026-12-21T08:00:00Z");
    assert_due(after("FREQ=MINUTELY", "2026-01-01T00:00:00Z", "2026-12-20T10:00:30Z"), "2026-12-20T10:01:00Z");
    assert_due(
        after("FREQ=SECONDLY;INTERVAL=7", "1990-01-01T00:00:00Z", "2026-12-20T10:00:30Z"),
        "2026-12-20T10:00:35Z",
    );
    assert_due(after("FREQ=DAILY;INTERVAL=2", "1990-01-01T08:00:00Z", "2026-07-01T10:00:00Z"), "2026-07-03T07:00:00Z");
    assert_due(after("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR", "1990-01-01", "2026-12-20T10:00:00Z"), "2026-12-21");
    assert_due(after("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "1950-01-03", "2026-12-20T10:00:00Z"), "2026-12-22");
}

#[test]
fn repeats_from_the_completion() {
    let from = RepeatFrom::Completion;
    let zone = Tz::Europe__Vienna;
    assert_due(next_due("weekly", Some(due("2026-12-01")), from, zone, "2026-12-04T10:00:00Z"), "2026-12-11");
    assert_due(
        next_due("weekly", Some(due("2026-12-01T08:00:00Z")), from, zone, "2026-12-04T10:00:00Z"),
        "2026-12-11T08:00:00Z",
    );
    // 00:30 in Vienna is the next day
    assert_due(next_due("daily", None, RepeatFrom::DueDate, zone, "2026-12-04T23:30:00Z"), "2026-12-06");
}

#[test]
fn bounded_rules_end() {
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
    assert_due(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-01", "2026-12-01T10:00:00Z"), "2026-12-02");
    assert_eq!(after("FREQ=DAILY;UNTIL=20261202T000000Z", "2026-12-02", "2026-12-02T10:00:00Z"), None);
}

#[test]
fn rules_end_with_the_year_9999() {
    assert_eq!(after("daily", "9999-12-31", "2026-12-01T10:00:00Z"), None);
}

/// Returns the outcome for a task due on 2026-01-01 and completed a year later.
pub(super) fn next_after_a_year(rule: &str) -> Result<Option<NextOccurrence>, RuleError> {
    let rule = parse(rule).unwrap();
    let due = Some(Due::At(at("2026-01-01T00:00:00Z")));
    let completed = CompletedOccurrence {
        rule: &rule,
        from: RepeatFrom::DueDate,
        due,
        start: None,
        zone: Tz::UTC,
        completed_at: at("2027-01-01T00:00:00Z"),
    };
    next(&completed, &mut Budget::for_request())
}

#[test]
fn rejects_rules_that_occur_too_rarely() {
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
        assert_eq!(next_after_a_year(rule), Err(RuleError::StepLimit), "{rule}");
    }
}

#[test]
fn accepts_rules_that_occur_within_the_limit() {
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
        let outcome = next_after_a_year(rule);
        assert!(outcome.is_ok(), "{rule}");
        if let Some(expected) = expected {
            assert_eq!(outcome.unwrap().map(|next| next.due), Some(due(expected)), "{rule}");
        }
    }
}

#[test]
fn does_not_expand_all_seconds_of_a_year() {
    let all = |end: u32| (0..end).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let rule =
        format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={};BYMINUTE={};BYSECOND={}", all(24), all(60), all(60));
    assert_due(
        next_after_a_year(&rule).map(|next| next.map(|next| (next.due, next.rule))).unwrap(),
        "2027-01-01T00:00:00Z",
    );
}

#[test]
fn rejects_invalid_until() {
    for until in
        ["20270101T000000ZZ", "-9990101", "00000101", "20270101T0000", "20270101T240000Z", "2027010", "20270101Z"]
    {
        assert_eq!(parse(&format!("FREQ=DAILY;UNTIL={until}")), None, "{until}");
    }
}

#[test]
fn all_rules_of_a_request_share_a_budget() {
    let mut budget = Budget::for_request();
    let completed = |rule| CompletedOccurrence {
        rule,
        from: RepeatFrom::DueDate,
        due: None,
        start: None,
        zone: Tz::UTC,
        completed_at: at("2027-01-01T00:00:00Z"),
    };
    let costly = completed("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6");
    let outcomes: Vec<_> = (0..100).map(|_| next(&costly, &mut budget).unwrap_err()).collect();
    assert_eq!(outcomes.first(), Some(&RuleError::StepLimit));
    assert_eq!(outcomes.last(), Some(&RuleError::RequestLimit));
    assert_eq!(next(&completed("FREQ=DAILY"), &mut budget), Err(RuleError::RequestLimit));
}
