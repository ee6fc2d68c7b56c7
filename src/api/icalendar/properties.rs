//! Names of private iCalendar properties, parameters and tags.

pub(crate) const TIME_ZONE: &str = "X-TASK-API-TIME-ZONE";

pub(crate) const REPEAT_FROM: &str = "X-TASK-API-REPEAT-FROM";

/// The property with the value `NONE` of a repeating task without a due date. RFC 5545 requires DTSTART of it.
pub(crate) const DUE: &str = "X-TASK-API-DUE";

/// The rule of the service, if it has parts that RRULE does not have: SKIP of RFC 7529.
pub(crate) const RULE: &str = "X-TASK-API-RRULE";

/// The local time at which the rule starts, if it is not the due date.
pub(crate) const RULE_START: &str = "X-TASK-API-RECURRENCE-START";

/// The parameter with the milliseconds of a time, from 0 to 999.
pub(crate) const MILLIS: &str = "X-MS";

/// The parameter of the second of two equal local times, at the end of daylight saving time: `1`.
pub(crate) const FOLD: &str = "X-FOLD";

/// The tag of a cancelled task, which is completed (`STATUS:CANCELLED`).
pub(crate) const CANCELLED: &str = "cancelled";
