//! Instants and days as answers have them (RFC 3339): UTC, to the millisecond at most.
//!
//! A list of tasks has more of them than of anything else; they are written here without the heap, and without a format being parsed for each.

#![deny(clippy::arithmetic_side_effects)]

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use serde::{Serialize, Serializer};

/// The text of an instant or a day.
pub(crate) struct Timestamp {
    text: [u8; 24],
    length: usize,
}

impl Timestamp {
    /// An instant of ours: always to the millisecond.
    pub(crate) fn exact(at: DateTime<Utc>) -> Self {
        let mut moment = Self::day(at.date_naive());
        moment.put(11, 2, at.hour());
        moment.put(14, 2, at.minute());
        moment.put(17, 2, at.second());
        moment.put(20, 3, at.timestamp_subsec_millis());
        moment.length = 24;
        moment
    }

    /// An instant that somebody chose: without a fraction that they did not write.
    pub(crate) fn chosen(at: DateTime<Utc>) -> Self {
        let mut moment = Self::exact(at);
        if at.timestamp_subsec_millis() == 0 {
            moment.text[19] = b'Z';
            moment.length = 20;
        }
        moment
    }

    /// A day.
    pub(crate) fn day(day: NaiveDate) -> Self {
        let mut moment = Self { text: *b"0000-00-00T00:00:00.000Z", length: 10 };
        moment.put(0, 4, day.year().unsigned_abs());
        moment.put(5, 2, day.month());
        moment.put(8, 2, day.day());
        moment
    }

    /// Writes a number's last digits, so many of them.
    fn put(&mut self, start: usize, digits: usize, mut number: u32) {
        for place in self.text[start..][..digits].iter_mut().rev() {
            *place = b'0' | (number % 10) as u8;
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
    fn it_says_what_chrono_says() {
        let mut at = DateTime::UNIX_EPOCH - TimeDelta::days(366 * 1900);
        while at.year() < 9990 {
            assert_eq!(json!(Timestamp::exact(at)), at.to_rfc3339_opts(SecondsFormat::Millis, true));
            assert_eq!(json!(Timestamp::chosen(at)), at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            assert_eq!(json!(Timestamp::day(at.date_naive())), at.date_naive().to_string());
            let whole = at.with_nanosecond(0).expect("there is a whole second");
            assert_eq!(json!(Timestamp::chosen(whole)), whole.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            at += TimeDelta::milliseconds(86_400_000 * 17 + 3_723_007);
        }
    }
}
