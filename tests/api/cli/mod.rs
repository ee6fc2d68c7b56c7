//! Tests the commands of the binary.

pub mod backup;
pub mod file_permissions;
pub mod mint;
pub mod serve;
pub mod verify;
pub mod verify_jwts;
pub mod verify_vectors;
