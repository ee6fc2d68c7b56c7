//! `GET /api/{user_id}/tasks/changes`: the changes since a token.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;

use crate::api::change::{ChangesJson, SINCE, SerializedChanges, read_since};
use crate::api::error::ApiResult;
use crate::api::list_params;
use crate::api::query_params::Parameters;
use crate::middleware::input_report::InputReport;
use crate::openapi::change_parameters::ChangeParameters;
use crate::openapi::parameters::OwnerPath;
use crate::openapi::responses::{AuthErrors, ExpiredToken, ValidationError};
use crate::routes::responses::with_private_cache;
use crate::state::AppState;

/// Lists changes
///
/// The tasks that changed since a token, in the order of their commits, each in its newest state. Without `since`, all tasks. Includes
/// tasks in the trash, and permanent deletions of the last `TOMBSTONE_DAYS` days.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/changes", operation_id = "listTaskChanges", tag = "tasks",
    params(OwnerPath, ChangeParameters),
    responses(
        (status = 200, description = "The changes, and the token for the next request", body = ChangesJson),
        AuthErrors, ExpiredToken, ValidationError,
    ),
)]
pub(crate) async fn changes(
    owner: Owner,
    mut input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let mut parameters = Parameters::of(request.query_string())?;
    let since = parameters.single(&["since"], SINCE, |value| Some(value.to_owned()));
    let limit = list_params::limit(&mut parameters, &["limit"], state.lists.max, &mut input.ignored);
    let read = parameters.finish((since, limit), &mut input.ignored);
    let (since, limit) = input.check(read)?;
    let limit = limit.unwrap_or(state.lists.max).min(state.lists.max);
    let secrets = state.secrets();
    let since = read_since(&secrets.change_tokens, &owner, since.as_deref())?;
    let memory = state.list_memory.start_read(owner.as_str(), limit).await?;
    let camel_case = state.lists.format.camel_case;
    let read = state.db.read(owner.clone(), move |tasks| {
        Ok((SerializedChanges::new(tasks.changes(since, limit)?, camel_case), memory))
    });
    let (page, memory) = read.await?;
    let token = secrets.change_tokens.write(&owner, page.next);
    let mut response = HttpResponse::Ok();
    with_private_cache(&mut response).insert_header(ContentType::json());
    Ok(response.body(memory.into_body(page.with_token(&token))))
}
