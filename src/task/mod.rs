//! Tasks, their fields, and validated writes.

pub(crate) mod collation;
pub(crate) mod completion;
pub(crate) mod dates;
pub(crate) mod field;
pub(crate) mod fields;
mod imported;
mod model;
mod priority;
pub(crate) mod text;
pub(crate) mod timestamp;

pub use completion::Completion;
pub use imported::{ImportedTask, Revision};
pub use model::{NewTask, Task, TaskPatch};
pub use priority::Priority;

pub use crate::recurrence::{Due, RepeatFrom};
