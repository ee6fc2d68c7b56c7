//! Fuzz targets: functions that accept any bytes and panic on a bug.

mod input;
#[path = "../../crates/better-auth-guard/fuzz/src/target.rs"]
mod target;

pub use input::{filter, import, recurrence, task};
