//! Reads a calendar line by line, and imports each VTODO.
//!
//! The parser of the icalendar crate recurses into nested components. At each line that ends with LF it scans the rest of the text
//! for CRLF. It rejects a whole file for one line that other programs accept. Therefore this module reads lines itself.

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::icalendar::content_lines::{ContentLine, ContentLines};
use crate::api::icalendar::definitions;
use crate::api::icalendar::series::SeriesReader;
use crate::api::icalendar::todo_reader::{Todo, is_read, is_text};
use crate::api::icalendar::zones::Zones;
use crate::api::import::drafts::ImportReader;

/// Maximum nesting of components. RFC 5545 needs 3: a calendar, a task, an alarm.
const MAX_DEPTH: usize = 8;
/// Maximum length of an unfolded content line with a value of a task, in bytes. Longer texts are cut.
const MAX_LINE: usize = 64 * 1024;

/// Reads the VTODOs of a file with calendars into `tasks`. Ignores other components.
///
/// # Errors
/// [`ApiError::Malformed`]: the text is not a calendar. [`ApiError::ValidationFailed`]: the calendar has no tasks or too many.
pub(crate) fn read(text: &[u8], tasks: &mut ImportReader) -> ApiResult<()> {
    let zones = definitions::read(text);
    let mut reader = Reader {
        zones: &zones,
        tasks,
        open: Vec::new(),
        calendar: 0,
        todo: None,
        todos: 0,
        events: 0,
        series: SeriesReader::default(),
    };
    for (line, number) in ContentLines::of(text).zip(1_usize..) {
        if !line.trim_ascii().is_empty() {
            reader.read(&line, number)?;
        }
    }
    reader.finish()
}

/// Returns whether a line may begin or end a component.
fn is_begin_or_end(line: &[u8]) -> bool {
    [&b"BEGIN"[..], b"END"]
        .iter()
        .any(|name| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}

fn not_a_calendar(reason: &str) -> ApiError {
    ApiError::Malformed(format!("The body is not a calendar: {reason}."))
}

/// The open components and the open task.
struct Reader<'r> {
    zones: &'r Zones,
    tasks: &'r mut ImportReader,
    /// The names of the open components in upper case, the outermost first. At most [`MAX_DEPTH`].
    open: Vec<String>,
    /// The number of calendars that have begun.
    calendar: usize,
    /// The open VTODO.
    todo: Option<Todo>,
    /// The numbers of VTODOs and of VEVENTs.
    todos: usize,
    events: usize,
    series: SeriesReader,
}

impl Reader<'_> {
    fn read(&mut self, bytes: &[u8], number: usize) -> ApiResult<()> {
        if self.todo.is_none() && !self.open.is_empty() && !is_begin_or_end(bytes) {
            return Ok(()); // a property of another component
        }
        let line = std::str::from_utf8(bytes).ok();
        let Some(line) = line.and_then(ContentLine::parse) else { return self.malformed_line(bytes, number) };
        let component = || line.value.trim().to_ascii_uppercase();
        if line.is("BEGIN") {
            self.begin(component(), number)
        } else if self.open.is_empty() {
            self.outside(number)
        } else if line.is("END") {
            self.end(&component(), number)
        } else {
            self.property(line, number);
            Ok(())
        }
    }

    /// Rejects a line outside components, if it is before the first one.
    fn outside(&mut self, number: usize) -> ApiResult<()> {
        match (self.calendar.max(self.todos), self.tasks.is_strict()) {
            (0, _) => Err(not_a_calendar("it must begin with BEGIN:VCALENDAR")),
            (_, true) => Err(not_a_calendar(&format!("line {number} is after the end of the calendar"))),
            (_, false) => Ok(()),
        }
    }

    fn malformed_line(&mut self, bytes: &[u8], number: usize) -> ApiResult<()> {
        if self.open.is_empty() {
            return self.outside(number);
        }
        let problem = if std::str::from_utf8(bytes).is_ok() { "NAME:value" } else { "UTF-8" };
        let detail = format!("Line {number} of the calendar (folded lines counted as one) is not {problem}.");
        if let Some(todo) = &mut self.todo {
            todo.malformed.get_or_insert(detail);
        }
        Ok(())
    }

    fn begin(&mut self, component: String, number: usize) -> ApiResult<()> {
        let is_calendar = component == "VCALENDAR";
        if is_calendar || component == "VTODO" {
            self.abandon(&format!("line {number} begins another one"))?;
        }
        if is_calendar {
            self.open.clear();
            self.calendar = self.calendar.saturating_add(1);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(not_a_calendar(&format!("line {number} nests components deeper than {MAX_DEPTH} levels")));
        }
        self.events = self.events.saturating_add(usize::from(component == "VEVENT"));
        self.open.push(component);
        if self.is_in_task(&[]) {
            self.todos = self.todos.saturating_add(1);
            self.todo = Some(Todo::new(self.calendar));
        } else if self.is_in_task(&["VALARM"])
            && let Some(todo) = &mut self.todo
        {
            todo.begin_alarm();
        }
        Ok(())
    }

    fn end(&mut self, component: &str, number: usize) -> ApiResult<()> {
        let is_innermost = self.open.last().is_some_and(|open| open == component);
        if !is_innermost && self.tasks.is_strict() {
            return Err(not_a_calendar(&format!("the END in line {number} does not match the open component")));
        }
        let Some(index) = self.open.iter().rposition(|open| open == component) else { return Ok(()) };
        if let Some(todo) = self.todo.as_mut().filter(|_| component == "VALARM") {
            todo.end_alarm();
        }
        self.open.truncate(index.saturating_add(1));
        if self.is_in_task(&[])
            && let Some(todo) = self.todo.take()
        {
            self.import(todo)?;
        }
        self.open.truncate(index);
        // the end of an outer component
        if !self.open.iter().any(|open| open == "VTODO") {
            self.abandon(&format!("line {number} ends the component around it"))?;
        }
        Ok(())
    }

    /// Rejects the open task, which has no END.
    fn abandon(&mut self, reason: &str) -> ApiResult<()> {
        let Some(mut todo) = self.todo.take() else { return Ok(()) };
        if let Some(index) = self.open.iter().rposition(|open| open == "VTODO") {
            self.open.truncate(index);
        }
        todo.malformed = Some(format!("The task has no END:VTODO: {reason}."));
        self.import(todo)
    }

    fn import(&mut self, mut todo: Todo) -> ApiResult<()> {
        let malformed = todo.malformed.take();
        let task = todo.into_task();
        match malformed {
            None => self.series.push(task, self.tasks),
            Some(detail) => {
                let number = self.tasks.next_number()?;
                self.tasks.reject(number, task.uid, Some(task.title), ApiError::Malformed(detail))
            }
        }
    }

    fn property(&mut self, line: ContentLine<'_>, number: usize) {
        let (is_of_task, is_of_alarm) = (self.is_in_task(&[]), self.is_in_task(&["VALARM"]));
        let Some(todo) = self.todo.as_mut().filter(|_| is_of_task || is_of_alarm) else { return };
        let is_long = line.length() > MAX_LINE;
        if is_of_alarm {
            if !is_long {
                todo.alarm_property(line, self.zones);
            }
        } else if is_long && is_text(line.name) {
            todo.note("a very long text was cut");
            todo.property(line.cut(MAX_LINE), self.zones);
        } else if is_long && is_read(line.name) {
            todo.malformed = Some(format!("Line {number} of the calendar has more than {MAX_LINE} bytes."));
        } else if is_read(line.name) {
            todo.property(line, self.zones);
        }
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

    fn finish(mut self) -> ApiResult<()> {
        if !self.open.is_empty() && self.tasks.is_strict() {
            return Err(not_a_calendar("a component has no END"));
        }
        self.abandon("the file ends within it")?;
        if self.calendar == 0 && self.todos == 0 {
            return Err(not_a_calendar("it must begin with BEGIN:VCALENDAR"));
        }
        if self.todos == 0 {
            let events = match self.events {
                0 => String::new(),
                events => format!("; its events (VEVENT: {events}) are not imported"),
            };
            let detail = format!("The calendar has no tasks (VTODO){events}");
            return Err(ApiError::ValidationFailed(FieldError::body(detail).into()));
        }
        self.series.finish(self.tasks)
    }
}
