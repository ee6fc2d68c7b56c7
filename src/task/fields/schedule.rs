//! The due date, reminder and recurrence of a task.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat};

use crate::recurrence::{self, Due, RepeatFrom};
use crate::task::dates::{self, to_db_timestamp};
use crate::task::field::{Field, Loaded, Member, Problem, component};
use crate::task::text::{OptionalText, optional, string};
use crate::task::timestamp::Timestamp;

/// `due_date`
pub(crate) struct DueDate;

impl Member for DueDate {
    type Value = Option<Due>;
    const NAMES: &'static [&'static str] = &["due_date", "dueDate", "due_at", "deadline"];
    const NULLABLE: bool = true;
    const RULES: &'static str = "`2026-12-01`, or `2026-12-01T09:00:00Z`. The default offset is UTC.";

    fn read(value: Value) -> Result<Option<Due>, Problem> {
        optional(value, "must be a date or a date-time", |text| dates::parse_due(text).map_err(Problem::from))
    }

    fn default() -> Option<Due> {
        None
    }

    fn schema() -> RefOr<Schema> {
        component("DueDate")
    }

    fn json(value: &Option<Due>) -> impl Serialize {
        value.map(|due| match due {
            Due::Day(day) => Timestamp::day(day),
            Due::At(instant) => Timestamp::shortest(instant),
        })
    }
}

impl Field for DueDate {
    /// The instant or the day's midnight, and whether the value is a day.
    type Columns = (Option<NaiveDateTime>, bool);

    fn store(value: &Option<Due>) -> Self::Columns {
        match value {
            None => (None, false),
            Some(Due::Day(day)) => (Some(day.and_time(NaiveTime::MIN)), true),
            Some(Due::At(instant)) => (Some(to_db_timestamp(*instant)), false),
        }
    }

    fn load((at, all_day): Self::Columns) -> Loaded<Option<Due>> {
        Ok(at.map(|at| if all_day { Due::Day(at.date()) } else { Due::At(at.and_utc()) }))
    }
}

/// `time_zone`
pub(crate) struct TimeZone;

impl OptionalText for TimeZone {
    const NAMES: &'static [&'static str] = &["time_zone", "timeZone"];
    const RULES: &'static str = "";
    const TYPE_ERROR: &'static str = "must be an IANA time zone";

    fn read_text(text: &str) -> Result<String, Problem> {
        let zone = text.parse::<Tz>().map(|zone| zone.name().to_owned());
        zone.map_err(|_| "must be an IANA time zone, such as Europe/Vienna".into())
    }
}

/// `remind_at`
pub(crate) struct RemindAt;

impl Member for RemindAt {
    type Value = Option<DateTime<Utc>>;
    const NAMES: &'static [&'static str] = &["remind_at", "reminder_at", "reminderAt", "remindAt", "reminder_time"];
    const NULLABLE: bool = true;
    const RULES: &'static str = "";

    fn read(value: Value) -> Result<Option<DateTime<Utc>>, Problem> {
        optional(value, "must be a date-time", |text| dates::parse_instant(text).map_err(Problem::from))
    }

    fn default() -> Option<DateTime<Utc>> {
        None
    }

    fn schema() -> RefOr<Schema> {
        string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
    }

    fn json(value: &Option<DateTime<Utc>>) -> impl Serialize {
        value.map(Timestamp::shortest)
    }
}

impl Field for RemindAt {
    type Columns = (Option<NaiveDateTime>,);

    fn store(value: &Option<DateTime<Utc>>) -> Self::Columns {
        (value.map(to_db_timestamp),)
    }

    fn load((at,): Self::Columns) -> Loaded<Option<DateTime<Utc>>> {
        Ok(at.map(|at| at.and_utc()))
    }
}

/// `recurrence_rule`
pub(crate) struct RecurrenceRule;

impl OptionalText for RecurrenceRule {
    const NAMES: &'static [&'static str] =
        &["recurrence_rule", "recurrenceRule", "recurrence", "recurrence_pattern", "recurring_rule", "recurringRule"];
    const RULES: &'static str = "`FREQ=WEEKLY;BYDAY=MO`, or `daily`, `weekdays`, `weekly`, `biweekly`, `monthly`, `yearly`; `none` means \
                                 `null`. `monthly` and `yearly` use the last day of a shorter month (`SKIP=BACKWARD` of RFC 7529). An \
                                 hourly or finer rule needs a due date with a time. A rule that needs more than 50,000 steps to find its \
                                 next occurrence is rejected; a step examines one day or one time.";
    const TYPE_ERROR: &'static str = "must be an RRULE";

    fn read_text(text: &str) -> Result<String, Problem> {
        recurrence::parse(text).ok_or(
            "must be an RRULE, such as FREQ=WEEKLY;BYDAY=MO, or daily, weekdays, weekly, biweekly, monthly, yearly or none".into(),
        )
    }

    fn is_none(text: &str) -> bool {
        recurrence::is_none(text)
    }
}

/// `repeat_from`
pub(crate) struct RepeatFromField;

impl Member for RepeatFromField {
    type Value = RepeatFrom;
    const NAMES: &'static [&'static str] = &["repeat_from", "repeatFrom"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "Default: `due_date`.";

    fn read(value: Value) -> Result<RepeatFrom, Problem> {
        let name = match &value {
            Value::Null => return Ok(Self::default()),
            Value::String(name) => name.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        match name.as_str() {
            "due_date" | "due" => Ok(RepeatFrom::DueDate),
            "completion" => Ok(RepeatFrom::Completion),
            _ => Err("must be due_date or completion".into()),
        }
    }

    fn default() -> RepeatFrom {
        RepeatFrom::DueDate
    }

    fn schema() -> RefOr<Schema> {
        component("RepeatFrom")
    }

    fn json(value: &RepeatFrom) -> impl Serialize {
        value
    }
}

impl Field for RepeatFromField {
    /// Whether the next occurrence is computed from the completion.
    type Columns = (bool,);

    fn store(value: &RepeatFrom) -> (bool,) {
        (*value == RepeatFrom::Completion,)
    }

    fn load((from_completion,): (bool,)) -> Loaded<RepeatFrom> {
        Ok(if from_completion { RepeatFrom::Completion } else { RepeatFrom::DueDate })
    }
}
