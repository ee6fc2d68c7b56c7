//! Tests of the commands.

pub mod backup;
pub mod doctor;
pub mod doctor_clients;
pub mod serve;
pub mod verify;
pub mod verify_vectors;
