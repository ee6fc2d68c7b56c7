//! Reads timestamps of rows.
//!
//! SQLite stores a timestamp as text. Diesel tries several formats, and parses each of them for every value. A row has up to five
//! timestamps. With diesel's parser, a value takes 8 times as long (`cargo bench --bench parts -- timestamp`), and a list of 20 takes
//! 1.08 to 1.22 times the CPU time (one process each, in turn, in one run).

use chrono::{NaiveDate, NaiveDateTime};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;

use crate::db::connection::AnyBackend;

/// A timestamp in UTC, with milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromSqlRow)]
pub struct DbTimestamp(pub(crate) NaiveDateTime);

impl FromSql<Timestamp, Pg> for DbTimestamp {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value).map(Self)
    }
}

impl FromSql<Timestamp, Sqlite> for DbTimestamp {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        // the formats of diesel and of SQLite's functions; chrono parses all others
        let timestamp = parse(&text).map_or_else(|| NaiveDateTime::parse_from_str(&text, "%F %T%.f"), Ok);
        Ok(Self(timestamp?))
    }
}

#[expect(private_interfaces, reason = "the type must be public, because a public trait implementation loads it")]
impl FromSql<Timestamp, AnyBackend> for DbTimestamp {
    fn from_sql(value: <AnyBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Timestamp>()
    }
}

/// Parses `2026-11-21 10:30:00` or `2026-11-21 10:30:00.000`.
pub(crate) fn parse(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || [4, 7, 10, 13, 16].map(|index| bytes[index]) != *b"-- ::" {
        return None;
    }
    let number = |start: usize, end: usize| text.get(start..end)?.parse::<u32>().ok();
    let millis = match text.len() {
        19 => 0,
        23 if bytes[19] == b'.' => number(20, 23)?,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?.and_hms_milli_opt(
        number(11, 13)?,
        number(14, 16)?,
        number(17, 19)?,
        millis,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsed_timestamps_equal_those_of_chrono() {
        for text in [
            "2026-11-21 10:30:00",
            "2024-02-29 23:59:59.999",
            "0001-01-01 00:00:00.001",
            "2026-02-29 00:00:00",
            "2026-11-21 24:00:00",
            "2026-11-21T10:30:00",
            "2026-11-21 10:30:00.5",
            "2026-11-21 10:30",
            "12026-11-21 10:30:00",
            "2026-11-21 10:30:00,123",
            "\u{661}26-11-21 10:30:00",
            "",
        ] {
            let chrono = NaiveDateTime::parse_from_str(text, "%F %T%.f").ok();
            assert!(parse(text).is_none_or(|timestamp| Some(timestamp) == chrono), "{text}");
        }
        assert!(parse("2026-11-21 10:30:00").is_some() && parse("2024-02-29 23:59:59.999").is_some());
    }
}
