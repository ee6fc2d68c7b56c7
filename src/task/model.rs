//! A task before it is written, and after it is read.

use chrono::{DateTime, Utc};

use crate::recurrence::{Due, RepeatFrom};
use crate::task::completion::Completion;
use crate::task::field::Member;
use crate::task::fields::{self, for_each_field};
use crate::task::priority::Priority;

/// Defines the types whose members are the fields of a task.
macro_rules! define_tasks {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        /// A task as it is stored.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Task {
            /// Unique in the whole service; never given twice.
            pub id: i64,
            /// The owner's id.
            pub user_id: String,
            /// What is to be done.
            pub title: String,
            /// More about it.
            pub description: Option<String>,
            /// When it was completed; `None`: it is pending.
            pub completed_at: Option<DateTime<Utc>>,
            $($(#[$about])* pub $name: $value,)+
            /// The first task of its series; `None`: it has no series, or is the only task of it yet.
            pub series_id: Option<i64>,
            /// The next occurrence, once it was created.
            pub next_id: Option<i64>,
            /// Its id in other calendars.
            pub uid: String,
            /// 1 at first; each write adds 1.
            pub version: i64,
            /// When it was created.
            pub created_at: DateTime<Utc>,
            /// When it was last changed.
            pub updated_at: DateTime<Utc>,
        }

        /// A task to be created, validated.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct NewTask {
            /// What is to be done.
            pub title: String,
            /// More about it.
            pub description: Option<String>,
            /// Whether it is created as completed.
            pub completed: bool,
            $($(#[$about])* pub $name: $value,)+
            /// The time of creation.
            pub now: DateTime<Utc>,
        }

        /// A change of a task, validated. A member that is `None` keeps its value; `Some(None)` removes it.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct TaskPatch {
            /// What is to be done.
            pub title: Option<String>,
            /// More about it.
            pub description: Option<Option<String>>,
            /// Whether it is completed.
            pub completion: Completion,
            $($(#[$about])* pub $name: Option<$value>,)+
            /// The time of the change.
            pub now: DateTime<Utc>,
        }

        impl NewTask {
            /// Copies a task as a pending one.
            pub(crate) fn copy_of(task: &Task, now: DateTime<Utc>) -> Self {
                Self {
                    title: task.title.clone(),
                    description: task.description.clone(),
                    completed: false,
                    $($name: task.$name.clone(),)+
                    now,
                }
            }

            /// Makes the task of a body that gives these values; the other fields get their defaults.
            pub(crate) fn of_patch(title: String, patch: TaskPatch) -> Self {
                Self {
                    title,
                    description: patch.description.flatten(),
                    // a new task is pending, so a toggle completes it
                    completed: matches!(patch.completion, Completion::Set(true) | Completion::Toggle),
                    $($name: patch.$name.unwrap_or_else(<fields::$Field as Member>::default),)+
                    now: patch.now,
                }
            }
        }

        impl TaskPatch {
            /// Makes a patch of the completion alone.
            pub fn completion(completion: Completion, now: DateTime<Utc>) -> Self {
                Self { title: None, description: None, completion, $($name: None,)+ now }
            }
        }
    };
}

for_each_field!(define_tasks);
