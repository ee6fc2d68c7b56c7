//! Builds responses that several handlers share.

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::api::serialized::SerializedTask;

/// Builds the response of a task, with its `ETag`.
pub(crate) fn task_response(response: &mut HttpResponseBuilder, task: SerializedTask) -> HttpResponse {
    with_private_cache(response)
        .insert_header((header::ETAG, task.etag))
        .insert_header(ContentType::json())
        .body(task.json)
}

/// Sets `Cache-Control: private, no-cache`: only the client caches user data, and it revalidates each time.
pub(crate) fn with_private_cache(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"))
}
