//! Names of private iCalendar properties and parameters.

pub(crate) const TIME_ZONE: &str = "X-TASK-API-TIME-ZONE";

pub(crate) const REPEAT_FROM: &str = "X-TASK-API-REPEAT-FROM";

/// The parameter with the milliseconds of a time, from 0 to 999.
pub(crate) const MILLIS: &str = "X-MS";
