//! The types of occurrences.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

/// The start for computing the next occurrence of a repeating task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatFrom {
    /// The due date.
    #[default]
    DueDate,
    /// The day of completion.
    Completion,
}

/// When a task is due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Due {
    /// On this day in the task's time zone.
    Day(NaiveDate),
    /// At this instant.
    At(DateTime<Utc>),
}

/// A completed occurrence of a task.
#[derive(Clone, Copy, Debug)]
pub struct CompletedOccurrence<'a> {
    /// The recurrence rule.
    pub rule: &'a str,
    /// The start for the next occurrence.
    pub from: RepeatFrom,
    /// When it was due. A task without a due date repeats from its completion.
    pub due: Option<Due>,
    /// The local time at which the rule starts, from [`NextOccurrence::start`]. Ignored if the rule does not lead to `due`. `None`: the
    /// rule starts at `due`.
    pub start: Option<NaiveDateTime>,
    /// The time zone of its days and times.
    pub zone: Tz,
    /// When it was completed.
    pub completed_at: DateTime<Utc>,
}

impl CompletedOccurrence<'_> {
    /// Returns whether the next occurrence is counted from the completion.
    pub(crate) fn repeats_from_completion(&self) -> bool {
        self.from == RepeatFrom::Completion || self.due.is_none()
    }

    /// Returns the zone of its local times. Days need none: they are computed in UTC, with 24 hours each.
    pub(crate) fn clock(&self) -> Tz {
        if let Some(Due::At(_)) = self.due { self.zone } else { Tz::UTC }
    }
}

/// The next occurrence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextOccurrence {
    /// When it is due.
    pub due: Due,
    /// The rule of the next occurrence. COUNT is reduced by the completed and the missed occurrences.
    pub rule: String,
    /// The local time at which the rule starts. `None`: at `due`. It differs if `due` is the last day of a shorter month, or if a clock
    /// change moved it.
    pub start: Option<NaiveDateTime>,
    /// The local time of the rule. A clock change may have moved `due`.
    pub local: NaiveDateTime,
    /// The local time of the completed occurrence, before any move by a clock change.
    pub completed_local: NaiveDateTime,
}
