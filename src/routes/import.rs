//! `POST /api/{user_id}/tasks/import`: creates tasks from JSON or iCalendar.

use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::{ApiError, ApiResult};
use crate::api::icalendar;
use crate::api::import::drafts::ImportReader;
use crate::api::import::task_list;
use crate::api::request_schemas::ImportedTask;
use crate::limits::concurrency::{ConcurrencyPermit, Transfers};
use crate::middleware::rate_limit;
use crate::middleware::request_body::ImportBody;
use crate::openapi::parameters::OwnerPath;
use crate::openapi::responses::{AuthErrors, BodyErrors, ValidationError};
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
    params(OwnerPath),
    request_body(content(
        (Vec<ImportedTask> = "application/json"), (String = "text/calendar"),
    )),
    responses((status = 200, description = "The number of created and skipped tasks", body = ImportedJson), AuthErrors, BodyErrors, ValidationError),
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
    let bytes = body.read().await?;
    let imports = parse(&state.transfers, format, bytes, running.clone()).await?;
    rate_limit::charge(&request, &owner, imports.len())?;
    let imported = state.db.import(owner, move |tasks| {
        let _running = running; // held even if the client disconnects
        tasks.import(&imports)
    });
    let imported = imported.await?;
    let mut response = HttpResponse::Ok();
    Ok(with_private_cache(&mut response).json(ImportedJson { created: imported.created, skipped: imported.skipped }))
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
