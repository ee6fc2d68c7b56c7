//! The service's own properties and parameters.

pub(crate) const TIME_ZONE: &str = "X-TASK-API-TIME-ZONE";

pub(crate) const REPEAT_FROM: &str = "X-TASK-API-REPEAT-FROM";

/// The parameter that carries the milliseconds of a time.
pub(crate) const MILLIS: &str = "X-MS";
