//! Fuzz targets for credentials and key sets: functions that accept any bytes and panic on a bug.

mod credentials;
mod target;

pub use credentials::{cookie, header, key_set, session_data};
