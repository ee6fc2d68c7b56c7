//! Writes rules for programs that do not know SKIP (RFC 7529): most of them reject such a rule.

use chrono::{Datelike, NaiveDateTime};

/// The days that every month has.
const SHORTEST_MONTH: u32 = 28;

/// Returns the rule of RFC 5545 with the same occurrences. `start` is the local time at which the rule starts.
///
/// `SKIP=BACKWARD` becomes the last day of the month, or the last of the days from 28 on. The parts of a day are removed from the rule of an all-day task.
pub(crate) fn plain_rule(rule: &str, start: NaiveDateTime, is_all_day: bool) -> String {
    let is_removed = |name: &str| {
        ["RSCALE", "SKIP"].contains(&name) || is_all_day && ["BYHOUR", "BYMINUTE", "BYSECOND"].contains(&name)
    };
    let all: Vec<(&str, &str)> = rule.split(';').filter_map(|part| part.split_once('=')).collect();
    let value = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut parts: Vec<(&str, String)> =
        all.iter().filter(|(name, _)| !is_removed(name)).map(|(name, value)| (*name, (*value).to_owned())).collect();
    let is_backward = value("SKIP") == Some("BACKWARD");
    let other_days = ["BYDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"].iter().any(|name| value(name).is_some());
    let day = value("BYMONTHDAY").map_or(Some(start.day()), |days| days.parse().ok());
    if let Some(day) = day.filter(|day| is_backward && !other_days && *day > SHORTEST_MONTH) {
        let own_month = if value("FREQ") == Some("YEARLY") { start.month().to_string() } else { String::new() };
        let months = value("BYMONTH").unwrap_or(&own_month);
        let is_in = |month: &str| months.split(',').any(|known| known == month);
        parts.retain(|(name, _)| !["BYMONTHDAY", "BYMONTH"].contains(name));
        if !months.is_empty() {
            parts.push(("BYMONTH", months.to_owned()));
        }
        // simpler rules first: few programs support BYSETPOS with BYMONTHDAY
        if day >= 31 || months == "2" {
            parts.push(("BYMONTHDAY", "-1".into()));
        } else if !months.is_empty() && !is_in("2") {
            parts.push(("BYMONTHDAY", day.to_string()));
        } else {
            // positions count within a year, so several months of a year need a monthly rule
            if !months.is_empty() && matches!(value("INTERVAL"), None | Some("1")) {
                parts.iter_mut().filter(|(name, _)| *name == "FREQ").for_each(|(_, value)| *value = "MONTHLY".into());
            }
            let days: Vec<String> = (SHORTEST_MONTH..=day).map(|day| day.to_string()).collect();
            parts.extend([("BYMONTHDAY", days.join(",")), ("BYSETPOS", "-1".into())]);
        }
    }
    parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_skip_by_positions() {
        for (rule, start, expected) in [
            ("FREQ=WEEKLY;BYDAY=MO", "2027-01-31", "FREQ=WEEKLY;BYDAY=MO"),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", "2027-01-28", "FREQ=MONTHLY"),
            (
                "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3",
                "2027-01-30",
                "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            ),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "2027-02-28", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "2028-02-29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"),
            ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "2028-04-30", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=30"),
            (
                "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=1,2;SKIP=BACKWARD",
                "2027-01-30",
                "FREQ=MONTHLY;BYMONTH=1,2;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            ),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT", "2027-01-31", "FREQ=MONTHLY"),
            ("FREQ=DAILY;BYHOUR=9,17", "2027-01-31", "FREQ=DAILY"),
        ] {
            let start = format!("{start}T00:00:00").parse().unwrap();
            assert_eq!(plain_rule(rule, start, true), expected, "{rule}");
        }
        let start = "2027-01-04T09:00:00".parse().unwrap();
        assert_eq!(plain_rule("FREQ=DAILY;BYHOUR=9,17", start, false), "FREQ=DAILY;BYHOUR=9,17");
    }
}
