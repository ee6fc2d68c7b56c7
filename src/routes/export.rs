//! `GET /api/{user_id}/tasks/export`: streams tasks as JSON, CSV or iCalendar.

use std::future::ready;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;
use futures_util::{StreamExt, stream};

use crate::api::error::{ApiError, ApiResult};
use crate::api::exported_task::ExportedTask;
use crate::api::icalendar::CalendarWriter;
use crate::api::query_params::Parameters;
use crate::api::{csv, list_params};
use crate::db::{Keyset, KeysetValue, List, Page, PageStart, Sort, SortKey};
use crate::limits::concurrency::ConcurrencyPermit;
use crate::middleware::input_report::InputReport;
use crate::middleware::rate_limit;
use crate::openapi::parameters::{FilterParameters, FormatParameter, OwnerPath};
use crate::openapi::responses::{AuthErrors, ValidationError};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Task;

/// Number of rows that one query reads. Between queries an export holds no database connection, even if its client is slow.
const PAGE_SIZE: i64 = 64;
/// Size at which a chunk is sent, in bytes. One task at most exceeds it.
///
/// actix-web polls a chunk when less than 32 KiB are unsent. With the largest tasks an export uses less than 256 KiB of memory.
const CHUNK_SIZE: usize = 48 * 1024;
/// Number of exported tasks that count as one operation.
const TASKS_PER_OPERATION: usize = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    Icalendar,
}

/// The state of the text of an export.
#[derive(Clone)]
struct ExportWriter {
    format: Format,
    /// Whether CSV begins with a byte order mark.
    has_bom: bool,
    calendar: CalendarWriter,
}

impl Format {
    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "ics" => Some(Self::Icalendar),
            _ => None,
        }
    }

    /// Returns `Content-Type` and `Content-Disposition`.
    fn headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application/json", "attachment; filename=\"tasks.json\""),
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"tasks.csv\""),
            Self::Icalendar => ("text/calendar; charset=utf-8", "attachment; filename=\"tasks.ics\""),
        }
    }

    /// Returns the text after the last task.
    fn tail(self) -> &'static str {
        match self {
            Self::Json => "\n]\n",
            Self::Csv => "",
            Self::Icalendar => CalendarWriter::TAIL,
        }
    }
}

impl ExportWriter {
    /// Returns the text before the first task.
    fn head(&self) -> String {
        match self.format {
            Format::Json => "[".into(),
            Format::Csv => csv::head(self.has_bom),
            Format::Icalendar => CalendarWriter::HEAD.into(),
        }
    }

    /// Appends one task. JSON puts `separator` before it.
    fn write(&mut self, out: &mut String, task: Task, separator: &str) -> ApiResult<()> {
        let internal = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
        match self.format {
            Format::Json => {
                out.push_str(separator);
                out.push_str(&serde_json::to_string(&ExportedTask::from(&task)).map_err(|error| internal(&error))?);
            }
            Format::Csv => out.push_str(&csv::row(&task).map_err(|error| internal(&error))?),
            Format::Icalendar => self.calendar.write(&task, out).map_err(|error| internal(&error))?,
        }
        Ok(())
    }

    /// Writes the next chunk: the tasks of a page, up to [`CHUNK_SIZE`].
    fn chunk(mut self, page: Page, is_first: bool) -> ApiResult<Chunk> {
        let mut text = if is_first { self.head() } else { String::new() };
        let mut separator = if is_first { "\n" } else { ",\n" };
        let page_length = page.tasks.len();
        let mut tasks = page.tasks.into_iter();
        let mut next = page.next;
        while let Some(task) = tasks.next() {
            let position =
                Keyset { value: KeysetValue::Timestamp(Some(task.created_at.timestamp_millis())), id: task.id };
            self.write(&mut text, task, separator)?;
            separator = ",\n";
            if text.len() >= CHUNK_SIZE && tasks.len() > 0 {
                next = Some(position);
                break;
            }
        }
        if next.is_none() {
            text.push_str(self.format.tail());
        }
        let next = next.map(PageStart::After);
        Ok(Chunk { text, tasks: page_length.saturating_sub(tasks.len()), next, writer: self })
    }
}

/// Exports tasks
///
/// Exports all tasks that match the filters, oldest first. A user can run at most two exports at a time.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/export", operation_id = "exportTasks", tag = "tasks",
    params(OwnerPath, FilterParameters, FormatParameter),
    responses(
        (status = 200, description = "The exported file", content(
            (Vec<ExportedTask> = "application/json"), (String = "text/csv"), (String = "text/calendar"),
        ), headers(("Content-Disposition" = String, description = "The file's name"))),
        AuthErrors, ValidationError,
    ),
)]
pub(crate) async fn export(
    owner: Owner,
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let format = parameters.single(&["format"], "json, csv or ics", Format::from_name);
    let has_bom = parameters.flag(&["bom"]);
    let (filter, _) = list_params::filter(&mut parameters, Utc::now());
    let format = parameters.finish(format, &mut input.ignored);
    let format = input.check(format)?.unwrap_or(Format::Json);
    let writer = ExportWriter { format, has_bom: has_bom == Some(true), calendar: CalendarWriter::default() };
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    let running = state.transfers.exports.try_acquire(owner.as_str()).ok_or(ApiError::TooManyAtOnce("export"))?;
    let list = List { filter, sort, limit: PAGE_SIZE, start: PageStart::Offset(0), count: false };
    let mut reader = ExportReader { owner, state, writer, list, uncounted: 0, _running: running };
    // read before the response begins: a failure still sets the status
    let first = reader.next_chunk(PageStart::Offset(0)).await?;
    let (media_type, disposition) = format.headers();
    let mut response = HttpResponse::Ok();
    with_private_cache(&mut response)
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, disposition));
    let head = stream::once(ready(Ok(web::Bytes::from(first.text))));
    let rest = stream::unfold((reader, first.next), |(mut reader, next)| async move {
        match reader.next_chunk(next?).await {
            Ok(Chunk { text, next, .. }) => Some((Ok(web::Bytes::from(text)), (reader, next))),
            // aborts the response: a client must not mistake a part of the tasks for all tasks
            Err(error) => Some((Err(error), (reader, None))),
        }
    });
    Ok(response.streaming(head.chain(rest)))
}

/// Reads the tasks of an export. Dropping it with the response or the connection frees the user's export slot.
struct ExportReader {
    owner: Owner,
    state: web::Data<AppState>,
    writer: ExportWriter,
    list: List,
    /// Number of sent tasks that are not yet counted against the rate limit.
    uncounted: usize,
    _running: ConcurrencyPermit,
}

/// A chunk of an export.
struct Chunk {
    text: String,
    /// Number of tasks in the text.
    tasks: usize,
    /// Start of the next chunk; `None`: this chunk is the last.
    next: Option<PageStart>,
    /// The writer after this chunk.
    writer: ExportWriter,
}

impl ExportReader {
    /// Reads and serializes a chunk on a database thread.
    ///
    /// The authentication middleware has already counted the first operation.
    async fn next_chunk(&mut self, start: PageStart) -> ApiResult<Chunk> {
        let (writer, is_first) = (self.writer.clone(), start == PageStart::Offset(0));
        let list = List { start, ..self.list.clone() };
        self.state.db.update_derived_texts(&self.owner, &list).await;
        let read = self.state.db.read(self.owner.clone(), move |tasks| Ok(writer.chunk(tasks.list(&list)?, is_first)));
        let chunk = read.await??;
        self.writer = chunk.writer.clone();
        self.uncounted = self.uncounted.saturating_add(chunk.tasks);
        if let Some(remainder) = self.uncounted.checked_sub(TASKS_PER_OPERATION) {
            rate_limit::charge_unchecked(&self.state, &self.owner, 1);
            self.uncounted = remainder;
        }
        Ok(chunk)
    }
}
