//! Reads the tasks of an import.

pub(crate) mod drafts;
pub(crate) mod report;
pub(crate) mod task_list;
