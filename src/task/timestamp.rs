//! Formats instants and days for responses (RFC 3339): UTC with millisecond precision.
//!
//! Timestamps are the most frequent values of a list. This module formats them without heap allocation and without parsing a
//! format.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use serde::{Serialize, Serializer};

/// The text of an instant or a day.
pub(crate) struct Timestamp {
    text: [u8; 24],
    length: usize,
}

impl Timestamp {
    /// Formats an instant of the service, always with milliseconds.
    pub(crate) fn with_millis(at: DateTime<Utc>) -> Self {
        let mut timestamp = Self::day(at.date_naive());
        timestamp.write_digits(11, 2, at.hour());
        timestamp.write_digits(14, 2, at.minute());
        timestamp.write_digits(17, 2, at.second());
        timestamp.write_digits(20, 3, at.timestamp_subsec_millis());
        timestamp.length = 24;
        timestamp
    }

    /// Formats an instant of a client, without milliseconds if they are zero.
    pub(crate) fn shortest(at: DateTime<Utc>) -> Self {
        let mut timestamp = Self::with_millis(at);
        if at.timestamp_subsec_millis() == 0 {
            timestamp.text[19] = b'Z';
            timestamp.length = 20;
        }
        timestamp
    }

    /// Formats a day.
    pub(crate) fn day(day: NaiveDate) -> Self {
        let mut timestamp = Self { text: *b"0000-00-00T00:00:00.000Z", length: 10 };
        timestamp.write_digits(0, 4, day.year().unsigned_abs());
        timestamp.write_digits(5, 2, day.month());
        timestamp.write_digits(8, 2, day.day());
        timestamp
    }

    /// Writes the last `digits` digits of a number.
    fn write_digits(&mut self, start: usize, digits: usize, mut number: u32) {
        for digit in self.text[start..][..digits].iter_mut().rev() {
            *digit = b'0' | (number % 10) as u8;
            number /= 10;
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = std::str::from_utf8(&self.text[..self.length]).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{SecondsFormat, TimeDelta};
    use serde_json::json;

    use super::*;

    #[test]
    fn agrees_with_chrono() {
        let mut at = DateTime::UNIX_EPOCH - TimeDelta::days(366 * 1900);
        while at.year() < 9990 {
            assert_eq!(json!(Timestamp::with_millis(at)), at.to_rfc3339_opts(SecondsFormat::Millis, true));
            assert_eq!(json!(Timestamp::shortest(at)), at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            assert_eq!(json!(Timestamp::day(at.date_naive())), at.date_naive().to_string());
            let whole_second = at.with_nanosecond(0).expect("0 is a valid nanosecond");
            assert_eq!(
                json!(Timestamp::shortest(whole_second)),
                whole_second.to_rfc3339_opts(SecondsFormat::AutoSi, true)
            );
            at += TimeDelta::milliseconds(86_400_000 * 17 + 3_723_007);
        }
    }
}
