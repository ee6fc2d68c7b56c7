//! Tests the commands of the binary.

pub mod backup;
pub mod doctor;
pub mod doctor_clients;
pub mod doctor_settings;
pub mod file_permissions;
pub mod mint;
pub mod serve;
pub mod verify;
pub mod verify_jwts;
pub mod verify_vectors;
