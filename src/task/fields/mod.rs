//! The definition of each field of a task: name and aliases, limits, JSON, schema, columns.
//!
//! A field is defined by one entry in [`for_each_field`] and one implementation of [`Member`] and [`Field`] below it. Its comment in the
//! entry is its description in the OpenAPI document. CONTRIBUTING.md has the whole procedure for a new field.

mod completion;
mod schedule;
mod texts;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

pub(crate) use completion::{Completed, Status};
pub(crate) use schedule::{DueDate, RecurrenceRule, RemindAt, RepeatFromField, TimeZone};
pub(crate) use texts::{Description, Title};

use crate::task::field::{Field, Loaded, Member, Problem, component};
use crate::task::priority::Priority;
use crate::task::text::Words;

/// Calls a macro with the fields that have columns of their own. Title, description and completion are not among them: their columns
/// are for searches and sorting too, and an update names them apart.
///
/// An entry is `name: Definition(Type) => { column, … }`. JSON, CSV and SQL have the fields in this order.
macro_rules! for_each_field {
    ($callback:ident) => {
        $callback! {
            /// How much it matters.
            priority: PriorityField(Priority) => { priority },
            /// Labels, in the order given.
            tags: Tags(Vec<String>) => { tags },
            /// When it is due: a date for the whole day, or an instant.
            due: DueDate(Option<Due>) => { due_at, due_all_day },
            /// The IANA time zone in which it repeats and an all-day date lies; `null` means UTC.
            time_zone: TimeZone(Option<String>) => { time_zone },
            /// When to be reminded: an instant.
            remind_at: RemindAt(Option<DateTime<Utc>>) => { remind_at },
            /// How it repeats: an RFC 5545 RRULE.
            recurrence_rule: RecurrenceRule(Option<String>) => { recurrence_rule },
            /// From where its next occurrence is counted.
            repeat_from: RepeatFromField(RepeatFrom) => { repeat_from_completion },
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
            Value::String(name) => Priority::named(name.trim()),
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
    pub(crate) const LIMITS: Words = Words { max: 20, max_length: 50 };
}

impl Member for Tags {
    type Value = Vec<String>;
    const NAMES: &'static [&'static str] = &["tags"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "At most 20, each of 1 to 50 characters after trimming; repeated ones are dropped. A list of objects with \
                                 `name`, or one text with commas, is accepted too.";

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

/// The column of tags: a JSON array.
pub(crate) fn tags_column(tags: &[String]) -> String {
    serde_json::to_string(tags).expect("a list of texts is JSON")
}
