//! The change feed: delta sync and live events.

mod counters;
mod delta;
mod events;
mod instances;
mod mirror;
mod previous_version;
mod streams;
mod tokens;
