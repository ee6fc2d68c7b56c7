//! Reads and writes tasks as iCalendar (RFC 5545): one VTODO for each task.
//!
//! Private extensions keep the data without a standard property. The parameter `X-MS` has milliseconds, and two `X-TASK-API-`
//! properties have the time zone and `repeat_from`. Line breaks in a description become `\n`.

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
