//! Reads a calendar line by line, and converts each VTODO to the JSON of an import.
//!
//! The parser of the icalendar crate recurses into nested components. At each line that ends with LF it scans the rest of the text
//! for CRLF. Therefore this module uses that crate only to parse single properties.

use icalendar::parser::Property;

use crate::api::error::{ApiError, ApiResult};
use crate::api::icalendar::content_lines::{ContentLines, name};
use crate::api::icalendar::todo_reader::Todo;
use crate::api::import::drafts::ImportReader;

/// Maximum nesting of components. RFC 5545 needs 3: a calendar, a task, an alarm.
const MAX_DEPTH: usize = 8;
/// Maximum length of an unfolded content line with a value of a task, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// Reads the VTODOs of a calendar into `tasks`. Ignores other components.
///
/// # Errors
/// [`ApiError::Malformed`]: the text is not a calendar. [`ApiError::ValidationFailed`]: the calendar has too many tasks.
pub(crate) fn read(text: &str, tasks: &mut ImportReader) -> ApiResult<()> {
    let mut reader = Reader::default();
    for (line, number) in ContentLines::of(text).zip(1_usize..) {
        if !line.trim().is_empty() {
            reader.read(&line, number, tasks)?;
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

/// The open components and the open task.
#[derive(Default)]
struct Reader {
    /// The names of the open components in upper case, the outermost first. At most [`MAX_DEPTH`].
    open: Vec<String>,
    /// Whether the outermost component has ended.
    is_ended: bool,
    /// The open VTODO.
    todo: Option<Todo>,
    /// The number of alarms of this VTODO that have begun.
    alarms: usize,
}

impl Reader {
    fn read(&mut self, line: &str, number: usize, tasks: &mut ImportReader) -> ApiResult<()> {
        let Some(name) = name(line) else {
            let detail = format!("Line {number} of the calendar (folded lines counted as one) is not NAME:value.");
            return Err(ApiError::Malformed(detail));
        };
        if self.is_ended {
            return Err(not_a_calendar(&format!("line {number} is after the end of the calendar")));
        }
        let name = name.to_ascii_uppercase();
        match (name.as_str(), line.split_once(':')) {
            ("BEGIN", Some((_, component))) => self.begin(component, number),
            ("END", Some((_, component))) => self.end(component, number, tasks),
            (_, _) if self.open.is_empty() => Err(not_a_calendar("it must begin with BEGIN:VCALENDAR")),
            (name, _) => self.property(name, line, number),
        }
    }

    fn begin(&mut self, component: &str, number: usize) -> ApiResult<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(not_a_calendar(&format!("line {number} nests components deeper than {MAX_DEPTH} levels")));
        }
        self.open.push(component.trim().to_ascii_uppercase());
        if self.is_in_task(&[]) {
            (self.todo, self.alarms) = (Some(Todo::default()), 0);
        } else if self.is_in_task(&["VALARM"]) {
            self.alarms = self.alarms.saturating_add(1);
        }
        Ok(())
    }

    fn end(&mut self, component: &str, number: usize, tasks: &mut ImportReader) -> ApiResult<()> {
        if self.open.last().is_none_or(|open| !open.eq_ignore_ascii_case(component.trim())) {
            return Err(not_a_calendar(&format!("the END in line {number} does not match the open component")));
        }
        if self.is_in_task(&[])
            && let Some(todo) = self.todo.take()
        {
            tasks.push(todo.into_task())?;
        }
        self.open.pop();
        self.is_ended = self.open.is_empty();
        Ok(())
    }

    fn property(&mut self, name: &str, line: &str, number: usize) -> ApiResult<()> {
        let is_trigger = name == "TRIGGER" && self.alarms == 1 && self.is_in_task(&["VALARM"]);
        let is_of_task = self.is_in_task(&[]);
        let is_accepted = |todo: &Todo| is_trigger && todo.accepts_trigger() || is_of_task && todo.accepts(name);
        let Some(todo) = self.todo.as_mut().filter(|todo| is_accepted(todo)) else { return Ok(()) };
        if line.len() > MAX_LINE {
            let detail = format!("Line {number} of the calendar has more than {MAX_LINE} bytes.");
            return Err(ApiError::Malformed(detail));
        }
        // the crate returns an empty value if it cannot parse the parameters
        let property = Property::try_from(line).ok().filter(|it| !it.val.as_str().is_empty() || line.ends_with(':'));
        let malformed =
            || ApiError::Malformed(format!("The parameters of line {number} of the calendar are malformed."));
        let property = property.ok_or_else(malformed)?;
        if is_trigger {
            todo.set_trigger(&property);
        } else {
            todo.set(name, &property);
        }
        Ok(())
    }

    /// Returns whether the open component is a task, or is nested in a task at this path.
    ///
    /// A VTODO outside a VCALENDAR is accepted too.
    fn is_in_task(&self, below: &[&str]) -> bool {
        let open = match self.open.split_first() {
            Some((root, rest)) if root == "VCALENDAR" => rest,
            _ => &self.open,
        };
        open.split_first().is_some_and(|(task, rest)| task == "VTODO" && rest == below)
    }
}
