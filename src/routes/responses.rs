//! Responses of several handlers.

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::api::serialized::SerializedTask;

/// Responds with a task.
pub(crate) fn task_response(response: &mut HttpResponseBuilder, task: SerializedTask) -> HttpResponse {
    with_private_cache(response)
        .insert_header((header::ETAG, task.etag))
        .insert_header(ContentType::json())
        .body(task.json)
}

/// Allows only the browser to cache a user's data, and makes it revalidate each time.
pub(crate) fn with_private_cache(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"))
}
