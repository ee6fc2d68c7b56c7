//! Tasks as iCalendar (RFC 5545): a VTODO each.
//!
//! What the format has no place for stands beside it: milliseconds in a parameter `X-MS`, the zone and the way of repeating in
//! properties of our own. Line breaks within a description are `\n` afterwards, whatever they were.

mod content_lines;
mod properties;
mod reader;
mod time;
mod todo_reader;
mod writer;

pub(crate) use reader::read;
pub(crate) use writer::todo;

pub(crate) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//task-api//EN\r\n";
pub(crate) const TAIL: &str = "END:VCALENDAR\r\n";
