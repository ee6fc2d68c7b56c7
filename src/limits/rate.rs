//! Parses rates of settings.

use std::str::FromStr;
use std::time::Duration;

/// A number of operations per time, with a burst.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    requests: u32,
    per: Duration,
    /// The maximum number of operations at once.
    pub(crate) burst: u32,
}

impl Rate {
    /// Creates a rate per second with a burst.
    pub const fn per_second(requests: u32, burst: u32) -> Self {
        Self { requests, per: Duration::from_secs(1), burst }
    }

    /// Returns the time per operation.
    pub(crate) fn period(&self) -> Duration {
        self.per.checked_div(self.requests).unwrap_or(self.per)
    }

    /// Returns the seconds in which an empty bucket fills, at least 1.
    pub(crate) fn window(&self) -> u64 {
        whole_seconds(self.period().saturating_mul(self.burst)).max(1)
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    /// Parses `100/s burst 200`, `600/m` or `1000/h`. The default burst is the first number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str =
            "must be off, or a rate such as 100/s, 600/m or 100/s burst 200, with numbers from 1 to 1000000";
        let number = |text: &str| text.parse().ok().filter(|number| (1..=1_000_000).contains(number)).ok_or(EXPECTED);
        let mut words = text.split_whitespace();
        let (requests, unit) = words.next().and_then(|rate| rate.split_once('/')).ok_or(EXPECTED)?;
        let requests = number(requests)?;
        let per = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(EXPECTED),
        };
        let burst = match (words.next(), words.next(), words.next()) {
            (None, ..) => requests,
            (Some("burst"), Some(burst), None) => number(burst)?,
            _ => return Err(EXPECTED),
        };
        Ok(Self { requests, per: Duration::from_secs(per), burst })
    }
}

/// Rounds up to whole seconds.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_units_and_bursts() {
        let parse = |text: &str| text.parse::<Rate>().map(|rate| (rate.period(), rate.burst, rate.window()));
        assert_eq!(parse("100/s burst 200"), Ok((Duration::from_millis(10), 200, 2)));
        assert_eq!(parse("60/m"), Ok((Duration::from_secs(1), 60, 60)));
        assert_eq!(parse("1/h  burst  2"), Ok((Duration::from_secs(3600), 2, 7200)));
        assert_eq!(parse("1000000/s burst 1"), Ok((Duration::from_micros(1), 1, 1)));
        for invalid in [
            "",
            "100",
            "0/s",
            "1/s burst 0",
            "1/d",
            "-1/s",
            "1/s burst",
            "1/s burst 2 3",
            "1/s 2",
            "1.5/s",
            "1000001/s",
        ] {
            assert!(parse(invalid).is_err(), "{invalid}");
        }
    }
}
