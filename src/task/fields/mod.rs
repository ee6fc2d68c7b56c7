//! Defines each field of a task: name and aliases, limits, JSON, schema, columns.
//!
//! A field has one entry in [`for_each_field`] and one implementation of [`Member`] and [`Field`]. The entry's comment is the
//! description in the OpenAPI document. CONTRIBUTING.md describes how to add a field.

mod completion;
mod excluded_dates;
mod schedule;
mod texts;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

pub(crate) use completion::{Completed, Status};
pub(crate) use excluded_dates::ExcludedDates;
pub(crate) use schedule::{DueDate, RecurrenceRule, RemindAt, RepeatFromField, TimeZone};
pub(crate) use texts::{Description, Title};

use crate::task::field::{Field, Loaded, Member, Problem, component};
use crate::task::priority::Priority;
use crate::task::text::WordList;

/// Calls a macro with the fields that have their own columns.
///
/// Title, description and completion are excluded: their columns also serve searches and sorting, and updates handle them
/// separately. An entry is `name: Definition(Type) => { column, … }`. JSON, CSV and SQL have the fields in this order.
macro_rules! for_each_field {
    ($callback:ident) => {
        $callback! {
            /// The priority.
            priority: PriorityField(Priority) => { priority },
            /// Tags in the given order.
            tags: Tags(Vec<String>) => { tags },
            /// The due date: a date for the whole day, or an instant.
            due: DueDate(Option<Due>) => { due_at, due_all_day },
            /// The IANA time zone of the recurrence and of an all-day due date; `null` means UTC.
            time_zone: TimeZone(Option<String>) => { time_zone },
            /// The time of the reminder: an instant.
            remind_at: RemindAt(Option<DateTime<Utc>>) => { remind_at },
            /// The recurrence rule: an RFC 5545 RRULE.
            recurrence_rule: RecurrenceRule(Option<String>) => { recurrence_rule },
            /// The start for computing the next occurrence.
            repeat_from: RepeatFromField(RepeatFrom) => { repeat_from_completion },
            /// The dates that the recurrence rule skips: days in the task's time zone, or instants.
            excluded_dates: ExcludedDates(Vec<Due>) => { excluded_dates },
        }
    };
}
pub(crate) use for_each_field;

/// `priority`
pub(crate) struct PriorityField;

impl Member for PriorityField {
    type Value = Priority;
    const NAMES: &'static [&'static str] = &["priority"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "Default: `medium`.";

    fn read(value: Value) -> Result<Priority, Problem> {
        let priority = match value {
            Value::Null => Some(Self::default()),
            Value::String(name) => Priority::from_name(name.trim()),
            _ => None,
        };
        priority.ok_or("must be low, medium, high or none".into())
    }

    fn default() -> Priority {
        Priority::Medium
    }

    fn schema() -> RefOr<Schema> {
        component("Priority")
    }

    fn json(value: &Priority) -> impl Serialize {
        value
    }
}

impl Field for PriorityField {
    type Columns = (i16,);

    fn store(value: &Priority) -> (i16,) {
        (value.rank(),)
    }

    fn load((rank,): (i16,)) -> Loaded<Priority> {
        Ok(Priority::from_rank(rank))
    }
}

/// `tags`
pub(crate) struct Tags;

impl Tags {
    pub(crate) const LIMITS: WordList = WordList { max: 20, max_length: 50 };
}

impl Member for Tags {
    type Value = Vec<String>;
    const NAMES: &'static [&'static str] = &["tags"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "At most 20 tags of 1 to 50 characters after trimming. Duplicates are removed. A list of objects with \
                                 `name`, or one comma-separated text, is accepted too.";

    fn read(value: Value) -> Result<Vec<String>, Problem> {
        Self::LIMITS.read(value)
    }

    fn default() -> Vec<String> {
        Vec::new()
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(component("Tag")).max_items(Some(Self::LIMITS.max)).into()
    }

    fn json(value: &Vec<String>) -> impl Serialize {
        value
    }
}

impl Field for Tags {
    /// A JSON array.
    type Columns = (String,);

    fn store(value: &Vec<String>) -> (String,) {
        (tags_column(value),)
    }

    fn load((tags,): (String,)) -> Loaded<Vec<String>> {
        Ok(if tags == "[]" { Vec::new() } else { serde_json::from_str(&tags)? })
    }
}

/// Converts tags to their column value: a JSON array.
pub(crate) fn tags_column(tags: &[String]) -> String {
    serde_json::to_string(tags).expect("a list of strings serializes to JSON")
}
