//! `GET /api/{user_id}/tasks/export`

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use futures_util::stream;

use super::{NamedTask, calendar, csv};
use crate::app::State;
use crate::auth::Owner;
use crate::error::{ApiError, ApiResult};
use crate::openapi::answers::{Guarded, Wrong};
use crate::openapi::parameters::{FilterParameters, FormatParameter, OwnerPath};
use crate::routes::parameters::Parameters;
use crate::routes::tasks::private;
use crate::routes::{list_query, rate_limit};
use crate::store::{List, Page, Sort, SortKey, Start, Task};

/// So many rows are read at a time: an export holds no connection while its client is slow, and little memory.
const ROWS: i64 = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    Calendar,
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "ics" => Some(Self::Calendar),
            _ => None,
        }
    }

    /// The media type, and the file's name.
    fn headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application/json", "attachment; filename=\"tasks.json\""),
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"tasks.csv\""),
            Self::Calendar => ("text/calendar; charset=utf-8", "attachment; filename=\"tasks.ics\""),
        }
    }

    /// What comes before the first task.
    fn head(self) -> String {
        match self {
            Self::Json => "[".into(),
            Self::Csv => csv::head(),
            Self::Calendar => calendar::HEAD.into(),
        }
    }

    fn rows(self, tasks: Vec<Task>, first: bool) -> ApiResult<String> {
        let broken = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
        match self {
            Self::Json => {
                let texts = tasks.into_iter().map(|task| serde_json::to_string(&NamedTask::from(task)));
                let texts = texts.collect::<Result<Vec<_>, _>>().map_err(|error| broken(&error))?;
                let separator = if first || texts.is_empty() { "\n" } else { ",\n" };
                Ok(format!("{separator}{}", texts.join(",\n")))
            }
            Self::Csv => csv::rows(tasks).map_err(|error| broken(&error)),
            Self::Calendar => tasks.iter().map(|task| calendar::todo(task).map_err(|error| broken(&error))).collect(),
        }
    }

    /// What comes behind the last one.
    fn tail(self) -> &'static str {
        match self {
            Self::Json => "\n]\n",
            Self::Csv => "",
            Self::Calendar => calendar::TAIL,
        }
    }
}

/// Exports tasks
///
/// All of them, or those that the filters let through, oldest first.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/export", operation_id = "exportTasks", tag = "tasks",
    params(OwnerPath, FilterParameters, FormatParameter),
    responses(
        (status = 200, description = "A file", content(
            (Vec<NamedTask> = "application/json"), (String = "text/csv"), (String = "text/calendar"),
        ), headers(("Content-Disposition" = String, description = "The file's name"))),
        Guarded, Wrong,
    ),
)]
pub(in crate::routes) async fn export(
    owner: Owner,
    request: HttpRequest,
    state: web::Data<State>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let format = parameters.one(&["format"], Format::named);
    let (filter, _) = list_query::filter(&mut parameters, Utc::now());
    let format = parameters.checked(format)?.unwrap_or(Format::Json);
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    let source = Source {
        owner,
        state,
        format,
        list: List { filter, sort, limit: ROWS, start: Start::Offset(0), count: false },
    };
    // the first rows are read before the answer begins, so that a failure still has its status
    let first = source.read(Start::Offset(0)).await?;
    let (media_type, disposition) = format.headers();
    let mut response = HttpResponse::Ok();
    private(&mut response).insert_header((CONTENT_TYPE, media_type)).insert_header((CONTENT_DISPOSITION, disposition));
    let head = format.head() + &format.rows(first.tasks, true)?;
    let begun = Some(Step { text: head, next: first.next.map(Start::After) });
    let parts = stream::unfold((source, begun), |(source, step)| async move {
        let Step { mut text, next } = step?;
        let following = match next {
            None => {
                text.push_str(source.format.tail());
                None
            }
            Some(start) => match source.step(start).await {
                Ok(step) => Some(step),
                // the answer breaks off, so that nobody takes a half for the whole
                Err(error) => return Some((Err(error), (source, None))),
            },
        };
        Some((Ok(web::Bytes::from(text)), (source, following)))
    });
    Ok(response.streaming(parts))
}

/// What is exported.
struct Source {
    owner: Owner,
    state: web::Data<State>,
    format: Format,
    list: List,
}

/// A text to be sent, and where to read on.
struct Step {
    text: String,
    next: Option<Start>,
}

impl Source {
    async fn read(&self, start: Start) -> ApiResult<Page> {
        let list = List { start, ..self.list.clone() };
        Ok(self.state.db.read(self.owner.clone(), move |tasks| tasks.list(&list)).await?)
    }

    /// Reads the next rows. The guard has counted the first read; each further one counts as an operation, like a page of a list.
    async fn step(&self, start: Start) -> ApiResult<Step> {
        rate_limit::draw(&self.state, &self.owner, 1);
        let page = self.read(start).await?;
        Ok(Step { text: self.format.rows(page.tasks, false)?, next: page.next.map(Start::After) })
    }
}
