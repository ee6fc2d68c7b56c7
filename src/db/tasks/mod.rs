//! All SQL on the tables of tasks. Every statement except those of the purge has an owner condition.

pub(super) mod changes;
pub(super) mod columns;
pub(super) mod conditions;
pub(super) mod derived_texts;
pub(super) mod filter;
pub(super) mod idempotency;
pub(super) mod import;
pub(super) mod insert;
pub(super) mod list;
pub(super) mod owner_scope;
mod patch;
mod purge;
pub(super) mod purge_expired;
pub(super) mod recurring;
pub(super) mod schedule;
pub(super) mod scoped;
mod sequence;
pub(super) mod stats;
pub(super) mod timestamp;
pub(super) mod update;
pub(super) mod version_condition;
pub(super) mod write;
pub(super) mod zone_ranges;

pub use changes::{Change, ChangePage, ChangePosition, ChangesSince};
pub use filter::{DueFilter, DueRange, Filter};
pub use idempotency::{IdempotencyRequest, StoredResponse, WriteOutcome};
pub use import::Imported;
pub use list::{Keyset, KeysetValue, List, Page, PageStart, Sort, SortKey};
pub use recurring::Occurrences;
pub use scoped::{Access, Read, Tasks, Write};
pub use stats::Stats;
pub use version_condition::VersionCondition;
pub use zone_ranges::{DueSpan, GroupSpans, ZoneGroups, ZoneRanges};
