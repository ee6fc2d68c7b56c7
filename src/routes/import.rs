//! `POST /api/{user_id}/tasks/import`: creates tasks from JSON or iCalendar.

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
use crate::api::import::drafts::ImportReader;
use crate::api::import::task_list;
use crate::api::request_schemas::ImportedTask;
use crate::db::{IdempotencyRequest, Imported, Tasks, Write, WriteOutcome};
use crate::limits::concurrency::{ConcurrencyPermit, Transfers};
use crate::middleware::rate_limit;
use crate::middleware::request_body::ImportBody;
use crate::openapi::parameters::{self, OwnerPath};
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
    /// Number of tasks that already existed, in the trash or not. They are unchanged.
    skipped: usize,
}

/// Imports tasks
///
/// Imports the JSON of an export, or the VTODOs of an iCalendar. A task whose `uid` exists is skipped, so repeating an import creates
/// nothing. If a task is invalid, the problem document names it and nothing is imported. An import can have at most 10,000 tasks. A
/// user can run one import at a time.
#[utoipa::path(
    post, path = "/api/{user_id}/tasks/import", operation_id = "importTasks", tag = "tasks",
    params(OwnerPath, parameters::IdempotencyKey),
    request_body(content(
        (Vec<ImportedTask> = "application/json"), (String = "text/calendar"),
    )),
    responses((status = 200, description = "The number of created and skipped tasks", body = ImportedJson), AuthErrors, BodyErrors, ValidationError, Running),
)]
pub(crate) async fn import(
    owner: Owner,
    body: ImportBody,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let running = state.transfers.imports.try_acquire(owner.as_str());
    let running = Arc::new(running.ok_or(ApiError::TooManyAtOnce("import"))?);
    let body = body.with_checked_length()?;
    let format = Format::of(&request)?;
    let key = IdempotencyKey::of(&request, KeyRoute::Import)?;
    let mut bytes = body.read().await?;
    let mut idempotency = None;
    if let Some(key) = key {
        (bytes, idempotency) = with_fingerprint(key, bytes).await?;
        if let Some(stored) = stored_response(&state, &owner, idempotency.as_ref()).await? {
            return Ok(import_response(mark_as_replay(&mut HttpResponse::Ok()), stored));
        }
    }
    let imports = parse(&state.transfers, format, bytes, running.clone()).await?;
    rate_limit::charge(&request, &owner, imports.len())?;
    let imported = state.db.import(owner, move |tasks| {
        let _running = running; // held even if the client disconnects
        let import = |tasks: &mut Tasks<'_, Write>| tasks.import(&imports).map(response_text);
        tasks.once(idempotency.as_ref(), Utc::now(), import, String::clone)
    });
    match imported.await? {
        WriteOutcome::Written(text) => Ok(import_response(&mut HttpResponse::Ok(), text)),
        WriteOutcome::Stored(stored) => Ok(import_response(mark_as_replay(&mut HttpResponse::Ok()), replay(stored)?)),
    }
}

/// Serializes the result, for the response and for retries.
fn response_text(imported: Imported) -> String {
    let result = ImportedJson { created: imported.created, skipped: imported.skipped };
    serde_json::to_string(&result).expect("the result is serializable")
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
            Self::Icalendar => {
                let text = std::str::from_utf8(body);
                let text = text.map_err(|_| ApiError::Malformed("The calendar is not UTF-8.".into()))?;
                icalendar::read(text, reader)
            }
        }
    }
}

/// Reads the tasks of a body on a thread that is not an HTTP worker.
async fn parse(
    transfers: &Transfers,
    format: Format,
    body: Vec<u8>,
    running: Arc<ConcurrencyPermit>,
) -> ApiResult<Vec<task::ImportedTask>> {
    let permit =
        transfers.parsers.clone().acquire_owned().await.map_err(|error| ApiError::Internal(error.to_string()))?;
    let parsed = web::block(move || {
        let _guards = (permit, running); // held even if the client disconnects
        let mut reader = ImportReader::new(Utc::now());
        format.read(&body, &mut reader)?;
        reader.finish()
    });
    parsed.await.map_err(|error| ApiError::Internal(format!("cannot parse an import: {error}")))?
}
