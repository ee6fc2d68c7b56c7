//! Reads and writes tasks as iCalendar (RFC 5545): one VTODO for each task.
//!
//! Private extensions keep the data without a standard property. The parameter `X-MS` has milliseconds, and `X-TASK-API-` properties
//! have the time zone of an all-day task and `repeat_from`. Line breaks in a description become `\n`.

mod alarm;
mod content_lines;
mod definition;
mod definitions;
mod observance;
mod period;
mod plain_rule;
mod properties;
mod reader;
mod rule_text;
mod series;
mod texts;
mod time;
mod todo_reader;
mod todo_task;
mod windows_zones;
mod writer;
mod zone_writer;
mod zones;

pub(crate) use reader::read;
pub(crate) use writer::CalendarWriter;
