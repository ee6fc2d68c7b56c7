//! Reads a calendar line by line, and gives each VTODO as the JSON that an import of JSON would have.
//!
//! icalendar's own reader calls itself for each component within another, and looks for CRLF to the end of the text at each line that
//! ends with LF. Here it reads single properties.

use icalendar::parser::Property;

use crate::api::error::{ApiError, ApiResult};
use crate::api::icalendar::content_lines::{ContentLines, name};
use crate::api::icalendar::todo_reader::Todo;
use crate::api::import::drafts::ImportReader;

/// The most components within each other. RFC 5545 has 3: a calendar, a task, an alarm.
const MAX_DEPTH: usize = 8;
/// The longest content line with a value of a task, in bytes, unfolded.
const MAX_LINE: usize = 64 * 1024;

/// Reads the VTODOs of a calendar into `drafts`; ignores other components.
///
/// # Errors
/// [`ApiError::Malformed`]: it is not a calendar. [`ApiError::ValidationFailed`]: there are too many tasks.
pub(crate) fn read(text: &str, drafts: &mut ImportReader) -> ApiResult<()> {
    let mut reader = Reader::default();
    for (line, number) in ContentLines::of(text).zip(1_usize..) {
        if !line.trim().is_empty() {
            reader.read(&line, number, drafts)?;
        }
    }
    match (reader.is_ended, reader.open.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => Err(not_a_calendar("it must begin with BEGIN:VCALENDAR")),
        (false, false) => Err(not_a_calendar("a component has no END")),
    }
}

fn not_a_calendar(reason: &str) -> ApiError {
    ApiError::Malformed(format!("The body is not a calendar: {reason}."))
}

/// The open components, and the task that is being read.
#[derive(Default)]
struct Reader {
    /// The names of the open components, in capitals, the outermost first. At most [`MAX_DEPTH`].
    open: Vec<String>,
    /// Whether the outermost component has ended.
    is_ended: bool,
    /// The VTODO that is open.
    todo: Option<Todo>,
    /// The number of alarms of this VTODO so far.
    alarms: usize,
}

impl Reader {
    fn read(&mut self, line: &str, number: usize, drafts: &mut ImportReader) -> ApiResult<()> {
        let Some(name) = name(line) else {
            let detail = format!("Line {number} of the calendar (folded lines counted as one) is not NAME:value.");
            return Err(ApiError::Malformed(detail));
        };
        if self.is_ended {
            return Err(not_a_calendar(&format!("line {number} follows its end")));
        }
        let name = name.to_ascii_uppercase();
        match (name.as_str(), line.split_once(':')) {
            ("BEGIN", Some((_, component))) => self.begin(component, number),
            ("END", Some((_, component))) => self.end(component, number, drafts),
            (_, _) if self.open.is_empty() => Err(not_a_calendar("it must begin with BEGIN:VCALENDAR")),
            (name, _) => self.property(name, line, number),
        }
    }

    fn begin(&mut self, component: &str, number: usize) -> ApiResult<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(not_a_calendar(&format!("line {number} begins a component within {MAX_DEPTH} others")));
        }
        self.open.push(component.trim().to_ascii_uppercase());
        if self.is_in_task(&[]) {
            (self.todo, self.alarms) = (Some(Todo::default()), 0);
        } else if self.is_in_task(&["VALARM"]) {
            self.alarms = self.alarms.saturating_add(1);
        }
        Ok(())
    }

    fn end(&mut self, component: &str, number: usize, drafts: &mut ImportReader) -> ApiResult<()> {
        if self.open.last().is_none_or(|open| !open.eq_ignore_ascii_case(component.trim())) {
            return Err(not_a_calendar(&format!("line {number} does not end the component that is open")));
        }
        if self.is_in_task(&[])
            && let Some(todo) = self.todo.take()
        {
            drafts.push(todo.into_task())?;
        }
        self.open.pop();
        self.is_ended = self.open.is_empty();
        Ok(())
    }

    fn property(&mut self, name: &str, line: &str, number: usize) -> ApiResult<()> {
        let is_trigger = name == "TRIGGER" && self.alarms == 1 && self.is_in_task(&["VALARM"]);
        let is_of_task = self.is_in_task(&[]);
        let is_read = |todo: &Todo| is_trigger && todo.reads_trigger() || is_of_task && todo.reads(name);
        let Some(todo) = self.todo.as_mut().filter(|todo| is_read(todo)) else { return Ok(()) };
        if line.len() > MAX_LINE {
            let detail = format!("Line {number} of the calendar has more than {MAX_LINE} bytes.");
            return Err(ApiError::Malformed(detail));
        }
        // where the library cannot read the parameters, it gives the name alone
        let property = Property::try_from(line).ok().filter(|it| !it.val.as_str().is_empty() || line.ends_with(':'));
        let unread = || ApiError::Malformed(format!("The parameters of line {number} of the calendar cannot be read."));
        let property = property.ok_or_else(unread)?;
        if is_trigger {
            todo.set_trigger(&property);
        } else {
            todo.set(name, &property);
        }
        Ok(())
    }

    /// Whether the open component is a task of the calendar, or stands below one on this path. A task alone is read too.
    fn is_in_task(&self, below: &[&str]) -> bool {
        let open = match self.open.split_first() {
            Some((root, rest)) if root == "VCALENDAR" => rest,
            _ => &self.open,
        };
        open.split_first().is_some_and(|(task, rest)| task == "VTODO" && rest == below)
    }
}
