//! Tests of export and import.

pub mod export_and_import;
pub mod export_bounds;
pub mod import_bounds;
