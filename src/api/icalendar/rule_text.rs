//! Corrects recurrence rules of other programs.

use chrono::TimeDelta;

use crate::api::icalendar::time::ZonedDue;

/// Removes empty parts, private parts, and bounds and intervals that mean "none": `COUNT=-1`, `UNTIL=`, `INTERVAL=0`.
pub(crate) fn tolerated(rule: &str) -> String {
    let upper: String = rule.to_ascii_uppercase().chars().filter(|c| !c.is_whitespace()).collect();
    let parts = upper.split(';').filter(|part| !part.is_empty() && !part.starts_with("X-"));
    let is_meant = |part: &&str| match part.split_once('=') {
        Some((_, "")) => false,
        Some(("COUNT" | "INTERVAL", number)) => {
            number.parse::<i64>().is_ok_and(|number| number > 0) || number.parse::<i64>().is_err()
        }
        _ => true,
    };
    parts.filter(is_meant).collect::<Vec<_>>().join(";")
}

/// The start of the occurrences of a series whose rule counts from DTSTART, and whose tasks are due at DUE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Anchor {
    /// DUE, with a rule that has the same distance to the rule of DTSTART.
    Due(String),
    /// DTSTART: no rule has this distance.
    Start,
}

/// Moves a rule from DTSTART to DUE.
pub(crate) fn anchor(rule: &str, start: &ZonedDue, due: &ZonedDue) -> Anchor {
    let same = || Anchor::Due(rule.to_owned());
    if start.due == due.due {
        return same();
    }
    let names = || rule.split(';').filter_map(|part| Some(part.split_once('=')?.0));
    let has = |wanted: &[&str]| names().any(|name| wanted.contains(&name));
    let is_of_days = has(&["BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYMONTH"]);
    let Some(days) = start.day().zip(due.day()).map(|(start, due)| due.signed_duration_since(start)) else {
        return Anchor::Start;
    };
    match (has(&["BYHOUR", "BYMINUTE", "BYSECOND"]), is_of_days, days == TimeDelta::zero()) {
        (true, ..) => Anchor::Start,
        (_, false, _) | (_, _, true) => same(),
        _ if has(&["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYMONTH"]) => Anchor::Start,
        _ => moved_weekdays(rule, days.num_days()).map_or(Anchor::Start, Anchor::Due),
    }
}

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Moves the weekdays of a weekly rule, and the start of its weeks.
fn moved_weekdays(rule: &str, days: i64) -> Option<String> {
    let moved = |weekday: &str| {
        let index = i64::try_from(WEEKDAYS.iter().position(|name| *name == weekday)?).ok()?;
        let index = index.checked_add(days)?.rem_euclid(7);
        WEEKDAYS.get(usize::try_from(index).ok()?).copied()
    };
    let mut parts: Vec<&str> = rule.split(';').collect();
    if !parts.contains(&"FREQ=WEEKLY") {
        return None;
    }
    if !parts.iter().any(|part| part.starts_with("WKST=")) {
        parts.push("WKST=MO");
    }
    let parts: Option<Vec<String>> = parts
        .into_iter()
        .map(|part| match part.split_once('=')? {
            (name @ ("BYDAY" | "WKST"), list) => {
                let list: Option<Vec<&str>> = list.split(',').map(moved).collect();
                Some(format!("{name}={}", list?.join(",")))
            }
            _ => Some(part.to_owned()),
        })
        .collect();
    Some(parts?.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::icalendar::content_lines::ContentLine;
    use crate::api::icalendar::zones::Zones;

    #[test]
    fn corrects_rules() {
        for (rule, expected) in [
            ("FREQ=DAILY;", "FREQ=DAILY"),
            ("freq=weekly; byday=mo,we;;COUNT=-1", "FREQ=WEEKLY;BYDAY=MO,WE"),
            ("FREQ=DAILY;INTERVAL=0;UNTIL=;X-A=1", "FREQ=DAILY"),
            ("FREQ=DAILY;COUNT=3;INTERVAL=2", "FREQ=DAILY;COUNT=3;INTERVAL=2"),
            ("FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=x".to_uppercase().as_str()),
        ] {
            assert_eq!(tolerated(rule), expected, "{rule}");
        }
    }

    #[test]
    fn moves_a_rule_from_the_start_to_the_due_date() {
        let zones = Zones::default();
        let time = |line| ZonedDue::read(ContentLine::parse(line).unwrap(), 1, &zones).unwrap().unwrap();
        let monday = time("DTSTART:20270104T090000Z");
        for (rule, due, expected) in [
            ("FREQ=WEEKLY;BYDAY=MO", "DUE:20270104T090000Z", Anchor::Due("FREQ=WEEKLY;BYDAY=MO".into())),
            ("FREQ=WEEKLY;BYDAY=MO", "DUE:20270104T170000Z", Anchor::Due("FREQ=WEEKLY;BYDAY=MO".into())),
            ("FREQ=MONTHLY", "DUE:20270106T090000Z", Anchor::Due("FREQ=MONTHLY".into())),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
                "DUE:20270106T090000Z",
                Anchor::Due("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,TU;WKST=WE".into()),
            ),
            ("FREQ=MONTHLY;BYDAY=1MO", "DUE:20270106T090000Z", Anchor::Start),
            ("FREQ=MONTHLY;BYMONTHDAY=4", "DUE:20270106T090000Z", Anchor::Start),
            ("FREQ=DAILY;BYHOUR=9", "DUE:20270104T170000Z", Anchor::Start),
        ] {
            assert_eq!(anchor(rule, &monday, &time(due)), expected, "{rule} {due}");
        }
    }
}
