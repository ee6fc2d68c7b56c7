//! Reads durations (RFC 5545 section 3.3.6).

/// A duration: days of the calendar, and exact seconds. Both have the same sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Period {
    pub days: i64,
    pub seconds: i64,
}

/// The maximum number of digits of a number.
const MAX_DIGITS: usize = 9;

impl Period {
    /// Parses `-P1DT2H30M` or `P2W`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(&text)),
        };
        let text = text.strip_prefix('P')?;
        let (date, time) = text.split_once('T').unwrap_or((text, ""));
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let days = sum(date, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
        Some(Self { days: days.checked_mul(sign)?, seconds: seconds.checked_mul(sign)? })
    }
}

/// Adds numbers with their units.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=MAX_DIGITS).contains(end))?;
        let (number, rest) = text.split_at_checked(end)?;
        let mut rest = rest.chars();
        let unit = rest.next()?;
        let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(*factor)?)?;
        text = rest.as_str();
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_days_and_seconds() {
        for (text, expected) in [
            ("-PT15M", Some((0, -900))),
            ("PT0S", Some((0, 0))),
            ("P2W", Some((14, 0))),
            ("-P1DT2H30M5S", Some((-1, -9005))),
            ("+p0dt0h15m0s", Some((0, 900))),
            (" P1D ", Some((1, 0))),
            ("P", None),
            ("PT", None),
            ("15M", None),
            ("P15M", None),
            ("PT1D", None),
            ("PT-5M", None),
            ("P9999999999D", None),
            ("PT5", None),
            ("P\u{661}D", None),
            ("", None),
        ] {
            assert_eq!(Period::parse(text).map(|period| (period.days, period.seconds)), expected, "{text}");
        }
    }
}
