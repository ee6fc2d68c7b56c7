//! Tests of lists: filters, order, pagination.

pub mod cursors;
pub mod filters;
pub mod listing;
pub mod own_zones;
pub mod pagination;
pub mod paging_under_writes;
