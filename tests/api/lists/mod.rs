//! Tests of lists: filters, order, pagination.

pub mod collation;
pub mod cursors;
pub mod filters;
pub mod listing;
pub mod normal_forms;
pub mod own_zones;
pub mod pagination;
pub mod paging_under_writes;
pub mod parameter_errors;
