//! Tests the commands of the binary.

pub mod backup;
pub mod config;
pub mod file_permissions;
pub mod log_lines;
pub mod manual;
pub mod mint;
pub mod serve;
pub mod terminal;
pub mod verify;
pub mod verify_jwts;
pub mod verify_vectors;
