//! `GET /api/{user_id}/tasks/export`

use std::future::ready;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use futures_util::{StreamExt, stream};

use crate::api::error::{ApiError, ApiResult};
use crate::api::exported_task::ExportedTask;
use crate::api::query_params::Parameters;
use crate::api::{csv, icalendar, list_params};
use crate::auth::Owner;
use crate::db::{Keyset, KeysetValue, List, Page, PageStart, Sort, SortKey};
use crate::limits::concurrency::ConcurrencyPermit;
use crate::middleware::rate_limit;
use crate::openapi::parameters::{FilterParameters, FormatParameter, OwnerPath};
use crate::openapi::responses::{AuthErrors, ValidationError};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task::Task;

/// The rows that are read at a time: an export holds no connection while its client is slow.
const ROWS: i64 = 64;
/// The size at which a piece of an export is sent, in bytes; it is exceeded by one task at most. actix-web asks for a piece when less
/// than 32 KiB are unsent: with the largest tasks an export has less than 256 KiB in memory.
const PIECE: usize = 48 * 1024;
/// The tasks that count as one operation.
const TASKS_PER_OPERATION: usize = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    ZonedNow,
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "ics" => Some(Self::ZonedNow),
            _ => None,
        }
    }

    /// The media type, and the file's name.
    fn headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application/json", "attachment; filename=\"tasks.json\""),
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"tasks.csv\""),
            Self::ZonedNow => ("text/calendar; charset=utf-8", "attachment; filename=\"tasks.ics\""),
        }
    }

    /// What comes before the first task.
    fn head(self) -> String {
        match self {
            Self::Json => "[".into(),
            Self::Csv => csv::head(),
            Self::ZonedNow => icalendar::HEAD.into(),
        }
    }

    /// Appends one task; `separator` stands before it in JSON.
    fn write(self, out: &mut String, task: Task, separator: &str) -> ApiResult<()> {
        let broken = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
        let text = match self {
            Self::Json => serde_json::to_string(&ExportedTask::from(&task)).map_err(|error| broken(&error))?,
            Self::Csv => csv::row(&task).map_err(|error| broken(&error))?,
            Self::ZonedNow => icalendar::todo(&task).map_err(|error| broken(&error))?,
        };
        if self == Self::Json {
            out.push_str(separator);
        }
        out.push_str(&text);
        Ok(())
    }

    /// The next piece of an export: the rows of a page that fit into it.
    fn piece(self, page: Page, is_first: bool) -> ApiResult<Piece> {
        let mut text = if is_first { self.head() } else { String::new() };
        let mut separator = if is_first { "\n" } else { ",\n" };
        let read = page.tasks.len();
        let mut tasks = page.tasks.into_iter();
        let mut next = page.next;
        while let Some(task) = tasks.next() {
            let here = Keyset { value: KeysetValue::Timestamp(Some(task.created_at.timestamp_millis())), id: task.id };
            self.write(&mut text, task, separator)?;
            separator = ",\n";
            if text.len() >= PIECE && tasks.len() > 0 {
                next = Some(here);
                break;
            }
        }
        if next.is_none() {
            text.push_str(self.tail());
        }
        Ok(Piece { text, tasks: read.saturating_sub(tasks.len()), next: next.map(PageStart::After) })
    }

    /// What comes behind the last one.
    fn tail(self) -> &'static str {
        match self {
            Self::Json => "\n]\n",
            Self::Csv => "",
            Self::ZonedNow => icalendar::TAIL,
        }
    }
}

/// Exports tasks
///
/// All of them, or those that the filters let through, oldest first. At most two exports of a user at a time.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/export", operation_id = "exportTasks", tag = "tasks",
    params(OwnerPath, FilterParameters, FormatParameter),
    responses(
        (status = 200, description = "A file", content(
            (Vec<ExportedTask> = "application/json"), (String = "text/csv"), (String = "text/calendar"),
        ), headers(("Content-Disposition" = String, description = "The file's name"))),
        AuthErrors, ValidationError,
    ),
)]
pub(crate) async fn export(owner: Owner, request: HttpRequest, state: web::Data<AppState>) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let format = parameters.single(&["format"], Format::named);
    let (filter, _) = list_params::filter(&mut parameters, Utc::now());
    let format = parameters.checked(format)?.unwrap_or(Format::Json);
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    let running = state.transfers.exports.try_acquire(owner.as_str()).ok_or(ApiError::TooManyAtOnce("export"))?;
    let list = List { filter, sort, limit: ROWS, start: PageStart::Offset(0), count: false };
    let mut source = Source { owner, state, format, list, uncounted: 0, _running: running };
    // the first piece is read before the response begins, so that a failure still has its status
    let first = source.piece(PageStart::Offset(0)).await?;
    let (media_type, disposition) = format.headers();
    let mut response = HttpResponse::Ok();
    with_private_cache(&mut response)
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, disposition));
    let head = stream::once(ready(Ok(web::Bytes::from(first.text))));
    let rest = stream::unfold((source, first.next), |(mut source, next)| async move {
        match source.piece(next?).await {
            Ok(Piece { text, next, .. }) => Some((Ok(web::Bytes::from(text)), (source, next))),
            // the response breaks off, so that nobody takes a half for the whole
            Err(error) => Some((Err(error), (source, None))),
        }
    });
    Ok(response.streaming(head.chain(rest)))
}

/// An export. Its user may begin another when this is dropped, with the response or with the connection of a client that is gone.
struct Source {
    owner: Owner,
    state: web::Data<AppState>,
    format: Format,
    list: List,
    /// The tasks that were sent and not counted against the rate limit.
    uncounted: usize,
    _running: ConcurrencyPermit,
}

/// A text to be sent, its number of tasks, and where to read on.
struct Piece {
    text: String,
    tasks: usize,
    next: Option<PageStart>,
}

impl Source {
    /// Reads rows and writes them, on a database thread. The guard has counted the first operation.
    async fn piece(&mut self, start: PageStart) -> ApiResult<Piece> {
        let (format, is_first) = (self.format, start == PageStart::Offset(0));
        let list = List { start, ..self.list.clone() };
        let read = self.state.db.read(self.owner.clone(), move |tasks| {
            let page = tasks.list(&list)?;
            Ok(format.piece(page, is_first))
        });
        let piece = read.await??;
        self.uncounted = self.uncounted.saturating_add(piece.tasks);
        if let Some(left) = self.uncounted.checked_sub(TASKS_PER_OPERATION) {
            rate_limit::draw(&self.state, &self.owner, 1);
            self.uncounted = left;
        }
        Ok(piece)
    }
}
