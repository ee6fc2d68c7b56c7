//! Stored tasks, new tasks and patches.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::recurrence::{Due, RepeatFrom};
use crate::task::completion::Completion;
use crate::task::field::Member;
use crate::task::fields::{self, for_each_field};
use crate::task::priority::Priority;

/// Defines the types with the fields of a task.
macro_rules! define_tasks {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        /// A stored task.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Task {
            /// The id, unique in the service and never reused.
            pub id: i64,
            /// The owner's id.
            pub user_id: String,
            /// The title.
            pub title: String,
            /// The description.
            pub description: Option<String>,
            /// When it was completed, or `None` for a pending task.
            pub completed_at: Option<DateTime<Utc>>,
            $($(#[$about])* pub $name: $value,)+
            /// The local time at which the recurrence rule starts, if not at the due date.
            pub recurrence_start: Option<NaiveDateTime>,
            /// The local time of the reminder, if a clock change moved it or the due time.
            pub remind_local: Option<NaiveDateTime>,
            /// The first task of the series. `None` without a series, or for a series of one task.
            pub series_id: Option<i64>,
            /// The next occurrence, if created.
            pub next_id: Option<i64>,
            /// The id in other calendars.
            pub uid: String,
            /// The version, initially 1. Each write adds 1.
            pub version: i64,
            /// When it was created.
            pub created_at: DateTime<Utc>,
            /// When it was last changed.
            pub updated_at: DateTime<Utc>,
        }

        /// A validated new task.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct NewTask {
            /// The title.
            pub title: String,
            /// The description.
            pub description: Option<String>,
            /// Whether the new task is completed.
            pub completed: bool,
            $($(#[$about])* pub $name: $value,)+
            /// The local time at which the recurrence rule starts. `None`: at the due date.
            pub recurrence_start: Option<NaiveDateTime>,
            /// The local time of the reminder, if a clock change moved it or the due time.
            pub remind_local: Option<NaiveDateTime>,
            /// The creation time.
            pub now: DateTime<Utc>,
        }

        /// A validated change of a task. `None` keeps a field's value; `Some(None)` removes it.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct TaskPatch {
            /// The title.
            pub title: Option<String>,
            /// The description.
            pub description: Option<Option<String>>,
            /// The change of the completion.
            pub completion: Completion,
            $($(#[$about])* pub $name: Option<$value>,)+
            /// The time of the change.
            pub now: DateTime<Utc>,
        }

        impl NewTask {
            /// Copies a task as a new pending task.
            pub(crate) fn pending_copy(task: &Task, now: DateTime<Utc>) -> Self {
                Self {
                    title: task.title.clone(),
                    description: task.description.clone(),
                    completed: false,
                    $($name: task.$name.clone(),)+
                    recurrence_start: None,
                    remind_local: None,
                    now,
                }
            }

            /// Creates a task from a patch. Missing fields get their defaults.
            pub(crate) fn from_patch(title: String, patch: TaskPatch) -> Self {
                Self {
                    title,
                    description: patch.description.flatten(),
                    // a new task is pending, so a toggle completes it
                    completed: matches!(patch.completion, Completion::Set(true) | Completion::Toggle),
                    $($name: patch.$name.unwrap_or_else(<fields::$Field as Member>::default),)+
                    recurrence_start: None,
                    remind_local: None,
                    now: patch.now,
                }
            }
        }

        impl From<&NewTask> for TaskPatch {
            /// Creates a patch that changes all fields to those of the new task.
            fn from(task: &NewTask) -> Self {
                Self {
                    title: Some(task.title.clone()),
                    description: Some(task.description.clone()),
                    completion: Completion::Set(task.completed),
                    $($name: Some(task.$name.clone()),)+
                    now: task.now,
                }
            }
        }

        impl TaskPatch {
            /// Creates a patch that changes only the completion.
            pub fn completion(completion: Completion, now: DateTime<Utc>) -> Self {
                Self { title: None, description: None, completion, $($name: None,)+ now }
            }
        }
    };
}

for_each_field!(define_tasks);
