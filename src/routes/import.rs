//! `POST /api/{user_id}/tasks/import`: creates and updates tasks from JSON or iCalendar.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_TYPE, ContentType};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use better_auth_guard::Owner;
use chrono::Utc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult};
use crate::api::icalendar;
use crate::api::idempotency::{IdempotencyKey, KeyRoute};
use crate::api::ignored_input::IgnoredInput;
use crate::api::import::drafts::{ImportReader, Mode};
use crate::api::import::report::{ImportReport, TaskReport, TaskReports};
use crate::api::import::task_list;
use crate::api::query_params::Parameters;
use crate::api::request_schemas::ImportedTask;
use crate::db::{IdempotencyRequest, Imported, Tasks, Write, WriteOutcome};
use crate::limits::concurrency::{ConcurrencyPermit, Transfers};
use crate::middleware::input_report::InputReport;
use crate::middleware::rate_limit;
use crate::middleware::request_body::ImportBody;
use crate::openapi::parameters::{self, OwnerPath, StrictParameter};
use crate::openapi::responses::{AuthErrors, BodyErrors, Running, ValidationError};
use crate::routes::idempotent::{mark_as_replay, replay, stored_response};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;
use crate::task;

/// The result of an import.
#[derive(Serialize, ToSchema)]
#[schema(as = Imported)]
pub(crate) struct ImportedJson {
    /// Number of created tasks.
    created: usize,
    /// Number of existing tasks that the import changed, or restored from the trash.
    updated: usize,
    /// Number of existing tasks that are unchanged, and of repeated tasks of the file.
    skipped: usize,
    /// The tasks that were not imported: the first 1,000, with at most 128 KiB of text.
    rejected: Vec<TaskReport>,
    /// Number of further tasks that were not imported. Absent if 0.
    #[serde(skip_serializing_if = "is_zero")]
    more_rejected: usize,
    /// The tasks that were imported with changes, such as a cut text: the first 1,000, with at most 128 KiB of
    /// text. Absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<TaskReport>,
    /// Number of further tasks that were imported with changes. Absent if 0.
    #[serde(skip_serializing_if = "is_zero")]
    more_warnings: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl ImportedJson {
    fn new(imported: Imported, report: ImportReport) -> Self {
        let TaskReports { listed: rejected, unlisted: more_rejected, .. } = report.rejected;
        let TaskReports { listed: warnings, unlisted: more_warnings, .. } = report.warnings;
        Self {
            created: imported.created,
            updated: imported.updated,
            skipped: imported.skipped.saturating_add(report.repeated),
            rejected,
            more_rejected,
            warnings,
            more_warnings,
        }
    }
}

/// Imports tasks
///
/// Imports the JSON of an export, or the VTODOs of an iCalendar. Invalid tasks are reported in `rejected`, and the others are imported.
/// With `strict=true`, an invalid task rejects the whole import with 422. A task whose `uid` exists is skipped, so repeating an import
/// creates nothing. Exceptions: a task in the trash is restored, and a task of a calendar with a higher `SEQUENCE` or a later
/// `LAST-MODIFIED` is updated. An import can have at most 10,000 tasks. A user can run one import at a time.
#[utoipa::path(
    post, path = "/api/{user_id}/tasks/import", operation_id = "importTasks", tag = "tasks",
    params(OwnerPath, parameters::IdempotencyKey, StrictParameter),
    request_body(content(
        (Vec<ImportedTask> = "application/json"), (String = "text/calendar"),
    )),
    responses((status = 200, description = "The numbers of tasks, and the rejected tasks", body = ImportedJson), AuthErrors, BodyErrors, ValidationError, Running),
)]
pub(crate) async fn import(
    owner: Owner,
    body: ImportBody,
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let running = state.transfers.imports.try_acquire(owner.as_str());
    let running = Arc::new(running.ok_or(ApiError::TooManyAtOnce("import"))?);
    let body = body.with_checked_length()?;
    let format = Format::of(&request)?;
    let mode = mode(&request, &mut input)?;
    let key = IdempotencyKey::of(&request, KeyRoute::Import)?;
    let mut bytes = body.read().await?;
    let mut idempotency = None;
    if let Some(key) = key {
        (bytes, idempotency) = with_fingerprint(key, bytes).await?;
        if let Some(stored) = stored_response(&state, &owner, idempotency.as_ref()).await? {
            return Ok(import_response(mark_as_replay(&mut HttpResponse::Ok()), stored));
        }
    }
    let reader = ImportReader::new(mode, Utc::now(), std::mem::take(&mut input.ignored));
    let (parsed, ignored) = parse(&state.transfers, format, reader, bytes, running.clone()).await?;
    input.ignored = ignored;
    let (imports, report) = input.check(parsed)?;
    rate_limit::charge(&request, &owner, imports.len())?;
    let imported = state.db.import(owner, move |tasks| {
        let _running = running; // held even if the client disconnects
        let import =
            |tasks: &mut Tasks<'_, Write>| tasks.import(&imports).map(|imported| response_text(imported, report));
        tasks.once(idempotency.as_ref(), Utc::now(), import, String::clone)
    });
    match imported.await? {
        WriteOutcome::Written(text) => Ok(import_response(&mut HttpResponse::Ok(), text)),
        WriteOutcome::Stored(stored) => Ok(import_response(mark_as_replay(&mut HttpResponse::Ok()), replay(stored)?)),
    }
}

/// Reads the mode. Strict handling (`Prefer`) is the mode of `strict=true`.
fn mode(request: &HttpRequest, input: &mut InputReport) -> ApiResult<Mode> {
    let mut parameters = Parameters::of(request.query_string())?;
    let strict = parameters.flag(&["strict"]);
    let is_strict = parameters.finish(strict, &mut input.ignored)? == Some(true) || input.is_strict();
    Ok(if is_strict { Mode::Strict } else { Mode::Partial })
}

/// Serializes the result, for the response and for retries.
fn response_text(imported: Imported, report: ImportReport) -> String {
    serde_json::to_string(&ImportedJson::new(imported, report)).expect("the result is serializable")
}

fn import_response(response: &mut HttpResponseBuilder, text: String) -> HttpResponse {
    with_private_cache(response).insert_header(ContentType::json()).body(text)
}

/// Computes the fingerprint of a body on a thread that is not an HTTP worker: a body can have `IMPORT_LIMIT` bytes.
async fn with_fingerprint(key: IdempotencyKey, body: Vec<u8>) -> ApiResult<(Vec<u8>, Option<IdempotencyRequest>)> {
    let hashed = web::block(move || {
        let request = key.with_body(&body);
        (body, Some(request))
    });
    hashed.await.map_err(|error| ApiError::Internal(format!("cannot hash an import: {error}")))
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Icalendar,
}

impl Format {
    fn of(request: &HttpRequest) -> ApiResult<Self> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        match media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "application/json" => Ok(Self::Json),
            "text/calendar" => Ok(Self::Icalendar),
            _ => Err(ApiError::UnsupportedImportType),
        }
    }

    fn read(self, body: &[u8], reader: &mut ImportReader) -> ApiResult<()> {
        match self {
            Self::Json => task_list::read(body, reader),
            Self::Icalendar => icalendar::read(body, reader),
        }
    }
}

/// The valid tasks of an import, and the report on the others.
type ParsedImport = (Vec<task::ImportedTask>, ImportReport);

/// Reads the tasks of a body on a thread that is not an HTTP worker.
async fn parse(
    transfers: &Transfers,
    format: Format,
    mut reader: ImportReader,
    body: Vec<u8>,
    running: Arc<ConcurrencyPermit>,
) -> ApiResult<(ApiResult<ParsedImport>, IgnoredInput)> {
    let permit =
        transfers.parsers.clone().acquire_owned().await.map_err(|error| ApiError::Internal(error.to_string()))?;
    let parsed = web::block(move || {
        let _guards = (permit, running); // held even if the client disconnects
        let read = format.read(&body, &mut reader);
        let ignored = reader.take_ignored();
        (read.and_then(|()| reader.finish()), ignored)
    });
    parsed.await.map_err(|error| ApiError::Internal(format!("cannot parse an import: {error}")))
}
