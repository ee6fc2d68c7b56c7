//! Tests of faults, overload and shutdown.

pub mod busy_database;
mod citus_nodes;
pub mod fairness;
pub mod full_disk;
pub mod network_faults;
pub mod process_kills;
pub mod shutdown;
pub mod unavailable;
