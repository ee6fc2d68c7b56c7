//! Reads and writes wire formats: JSON, query parameters, headers, iCalendar, CSV and problem documents.
//!
//! Clients control sizes and times, therefore arithmetic on them must not panic.

#![deny(clippy::arithmetic_side_effects)]

pub(crate) mod change;
pub(crate) mod change_token;
pub(crate) mod csv;
pub(crate) mod cursor;
pub mod error;
pub mod error_code;
pub mod error_details;
pub(crate) mod etag;
pub(crate) mod event_stream;
pub(crate) mod exported_task;
pub(crate) mod field_errors;
pub(crate) mod icalendar;
pub(crate) mod idempotency;
pub(crate) mod ignored_input;
pub mod import;
pub(crate) mod list_params;
pub mod paths;
pub(crate) mod preference;
pub(crate) mod problem;
pub(crate) mod query_params;
pub mod request_schemas;
pub(crate) mod schemas;
pub mod serialized;
pub(crate) mod signing_keys;
pub(crate) mod task;
pub(crate) mod task_body;
pub(crate) mod unknown_members;
