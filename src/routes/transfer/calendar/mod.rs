//! Tasks as iCalendar (RFC 5545): a VTODO each.
//!
//! What the format has no place for stands beside it: milliseconds in a parameter `X-MS`, the zone and the way of repeating in
//! properties of our own. Line breaks within a description are `\n` afterwards, whatever they were.

mod content_lines;
mod read;
mod time;
mod todo;
mod write;

pub(super) use read::read;
pub(super) use write::todo;

pub(super) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//task-api//EN\r\n";
pub(super) const TAIL: &str = "END:VCALENDAR\r\n";

const TIME_ZONE: &str = "X-TASK-API-TIME-ZONE";
const REPEAT_FROM: &str = "X-TASK-API-REPEAT-FROM";
/// The parameter that carries the milliseconds of a time.
const MILLIS: &str = "X-MS";
