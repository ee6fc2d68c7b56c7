//! Tests of `/tasks` and `/tasks/{id}`.

pub mod calendar_rules;
pub mod completion;
pub mod date_fields;
pub mod etags;
pub mod field_names;
pub mod idempotency;
pub mod idempotency_of_writes;
pub mod lifecycle;
pub mod local_times;
pub mod quota;
pub mod recurrence;
pub mod recurrence_cost;
pub mod reopening;
pub mod text_fields;
pub mod trash;
pub mod updates;
pub mod years;
