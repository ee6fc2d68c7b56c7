//! The dates that a recurrence rule skips (RFC 5545 section 3.8.5.1).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

use crate::recurrence::Due;
use crate::task::dates;
use crate::task::field::{Field, Loaded, Member, Problem, component};
use crate::task::timestamp::Timestamp;

/// `excluded_dates`
pub(crate) struct ExcludedDates;

impl ExcludedDates {
    /// The maximum number of dates.
    pub(crate) const MAX: usize = 100;

    /// Returns whether a series skips this occurrence. An excluded day skips all occurrences of the day in the zone.
    pub(crate) fn contains(excluded: &[Due], occurrence: Due, zone: Tz) -> bool {
        let day = |due: Due| match due {
            Due::Day(day) => day,
            Due::At(at) => local_day(at, zone),
        };
        excluded.iter().any(|date| match (date, occurrence) {
            (Due::At(date), Due::At(at)) => *date == at,
            (date, occurrence) => day(*date) == day(occurrence),
        })
    }
}

fn local_day(at: DateTime<Utc>, zone: Tz) -> chrono::NaiveDate {
    at.with_timezone(&zone).date_naive()
}

impl Member for ExcludedDates {
    type Value = Vec<Due>;
    const NAMES: &'static [&'static str] = &["excluded_dates"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "At most 100 dates or date-times. Duplicates are removed. `null` is `[]`.";

    fn read(value: Value) -> Result<Vec<Due>, Problem> {
        const TYPE_ERROR: &str = "must be a list of dates or date-times";
        const VALUE_ERROR: &str = "must each be a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)";
        let list = match value {
            Value::Null => return Ok(Vec::new()),
            Value::Array(list) => list,
            _ => return Err(TYPE_ERROR.into()),
        };
        let mut excluded = Vec::new();
        for date in list {
            let Value::String(text) = date else { return Err(TYPE_ERROR.into()) };
            let date = dates::parse_due(text.trim()).map_err(|_| VALUE_ERROR)?;
            if excluded.contains(&date) {
                continue;
            }
            if excluded.len() == Self::MAX {
                return Err(format!("must have at most {} items", Self::MAX).into());
            }
            excluded.push(date);
        }
        Ok(excluded)
    }

    fn default() -> Vec<Due> {
        Vec::new()
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(component("DueDate")).max_items(Some(Self::MAX)).into()
    }

    fn json(value: &Vec<Due>) -> impl Serialize {
        value.iter().map(|date| timestamp(*date)).collect::<Vec<_>>()
    }
}

fn timestamp(date: Due) -> Timestamp {
    match date {
        Due::Day(day) => Timestamp::day(day),
        Due::At(at) => Timestamp::shortest(at),
    }
}

impl Field for ExcludedDates {
    /// A JSON array of strings.
    type Columns = (String,);

    fn store(value: &Vec<Due>) -> (String,) {
        let dates: Vec<Timestamp> = value.iter().map(|date| timestamp(*date)).collect();
        (serde_json::to_string(&dates).expect("a list of strings serializes to JSON"),)
    }

    fn load((dates,): (String,)) -> Loaded<Vec<Due>> {
        if dates == "[]" {
            return Ok(Vec::new());
        }
        let dates: Vec<String> = serde_json::from_str(&dates)?;
        dates.iter().map(|date| dates::parse_due(date).map_err(Into::into)).collect()
    }
}
