//! `GET /api/{user_id}/tasks/events`: the changes as server-sent events.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use better_auth_guard::Owner;
use chrono::Utc;
use futures_util::stream;
use rand::Rng;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::api::change::{SINCE, read_since};
use crate::api::error::{ApiError, ApiResult};
use crate::api::event_stream::{COMMENT, ServerSentEvent, write_changes, write_ready, write_retry};
use crate::api::query_params::Parameters;
use crate::db::{ChangesSince, Subscription};
use crate::limits::concurrency::ConcurrencyPermit;
use crate::middleware::input_report::InputReport;
use crate::middleware::stream_credential::StreamCredential;
use crate::openapi::change_parameters::{EventParameters, LastEventId};
use crate::openapi::parameters::OwnerPath;
use crate::openapi::responses::{AuthErrors, ExpiredToken, ValidationError};
use crate::state::AppState;

/// Number of changes that one query reads. Between queries a stream holds no database connection.
const PAGE_SIZE: i64 = 32;
/// Minimum time between two queries of a stream. It bounds the queries of a user with many streams and many writes.
const READ_INTERVAL: Duration = Duration::from_millis(25);
/// Range of the time after which clients reconnect, in milliseconds. The streams of a stopped instance do not all return at once.
const RETRY_MILLIS: std::ops::Range<u64> = 1000..3000;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Streams changes
///
/// The changes of tasks as server-sent events (`text/event-stream`). The data of an event is a change as in `/changes`, and its `id` is the
/// token after it. The event `ready` follows when the client has all changes. A stream ends with its credential; the client then
/// reconnects with `Last-Event-ID`.
#[utoipa::path(
    get, path = "/api/{user_id}/tasks/events", operation_id = "streamTaskEvents", tag = "tasks",
    params(OwnerPath, EventParameters, LastEventId),
    responses(
        (status = 200, description = "The stream of events", body = ServerSentEvent, content_type = "text/event-stream"),
        AuthErrors, ExpiredToken, ValidationError,
    ),
)]
pub(crate) async fn events(
    owner: Owner,
    input: InputReport,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> ApiResult<HttpResponse> {
    let since = since(&owner, &request, input, &state)?;
    let limit = &state.streams;
    let permit = limit.try_acquire(owner.as_str()).ok_or(ApiError::TooManyStreams(limit.maximum()))?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/event-stream")))
        // a proxy that compresses, such as that of Next.js, would collect events
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("private, no-store, no-transform")))
        // nginx would collect events in a buffer
        .insert_header(("x-accel-buffering", "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let mut stream = EventStream::new(owner, &request, state, permit);
    // read before the response begins: a failure still sets the status
    let first = stream.start(since).await?;
    let events = stream::unfold((stream, Some(first)), |(mut stream, first)| async move {
        let chunk = match first {
            Some(first) => first,
            None => stream.next().await?,
        };
        Some((Ok::<_, ApiError>(web::Bytes::from(chunk)), (stream, None)))
    });
    Ok(response.streaming(events))
}

/// Reads the start of the stream. `Last-Event-ID` takes precedence: a client that reconnects repeats its first URL.
fn since(owner: &Owner, request: &HttpRequest, mut input: InputReport, state: &AppState) -> ApiResult<ChangesSince> {
    let mut parameters = Parameters::of(request.query_string())?;
    let since = parameters.single(&["since"], SINCE, |value| Some(value.to_owned()));
    let since = parameters.finish(since, &mut input.ignored);
    let since = input.check(since)?;
    let last_event_id = request.headers().get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("?"));
    match last_event_id.filter(|id| !id.is_empty()).or(since.as_deref()) {
        None => Ok(ChangesSince::Now),
        token => read_since(&state.secrets().change_tokens, owner, token),
    }
}

/// An open stream. It is dropped with the response or the connection.
struct EventStream {
    owner: Owner,
    state: web::Data<AppState>,
    credential: StreamCredential,
    subscription: Subscription,
    closing: watch::Receiver<bool>,
    since: ChangesSince,
    /// Whether the last query did not return all changes.
    has_more: bool,
    /// Whether the event `ready` was sent.
    is_ready: bool,
    read_after: Instant,
    comment_at: Instant,
    check_at: Instant,
    _permit: ConcurrencyPermit,
}

impl EventStream {
    fn new(owner: Owner, request: &HttpRequest, state: web::Data<AppState>, permit: ConcurrencyPermit) -> Self {
        let now = Instant::now();
        Self {
            credential: StreamCredential::of(request, &owner),
            // before the first query: no change is missed in between
            subscription: state.db.subscribe(&owner),
            closing: state.shutdown.closing(),
            since: ChangesSince::Now,
            has_more: false,
            is_ready: false,
            read_after: now,
            comment_at: now + state.stream_settings.heartbeat,
            check_at: now + state.stream_settings.credential_check,
            owner,
            state,
            _permit: permit,
        }
    }

    /// Returns the first chunk.
    async fn start(&mut self, since: ChangesSince) -> ApiResult<Vec<u8>> {
        self.since = since;
        let mut chunk = Vec::new();
        write_retry(Duration::from_millis(rand::rng().random_range(RETRY_MILLIS)), &mut chunk);
        chunk.append(&mut self.read().await?);
        if let ChangesSince::Position(position) = self.since {
            self.subscription.set_start(position.seq);
        }
        Ok(chunk)
    }

    /// Returns the next chunk. `None`: the stream ends, and the client reconnects.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let deadline = self.deadline()?;
            let is_due = tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => return None,
                () = std::future::ready(()), if self.has_more => false,
                () = self.subscription.changed() => false,
                () = sleep_until(deadline) => true,
            };
            let chunk = if is_due { self.check().await? } else { self.read_soon().await? };
            if !chunk.is_empty() {
                self.comment_at = Instant::now() + self.state.stream_settings.heartbeat;
                return Some(chunk);
            }
        }
    }

    /// Returns when to send a comment, to verify the credential or to end. `None`: the credential has expired.
    fn deadline(&self) -> Option<Instant> {
        let next = self.comment_at.min(self.check_at);
        match self.credential.expires_at() {
            None => Some(next),
            Some(expires_at) => {
                let rest = (expires_at - Utc::now()).to_std().ok().filter(|rest| !rest.is_zero())?;
                Some(Instant::now().checked_add(rest).map_or(next, |end| next.min(end)))
            }
        }
    }

    /// Verifies the credential, or returns a comment, whichever is due. `None`: the credential is not valid.
    async fn check(&mut self) -> Option<Vec<u8>> {
        let now = Instant::now();
        if now >= self.check_at {
            self.check_at = now + self.state.stream_settings.credential_check;
            // boxed, as in `read`: an idle stream has no room for these futures
            if !Box::pin(self.credential.is_valid(&self.state)).await {
                return None;
            }
        }
        Some(if now >= self.comment_at { COMMENT.to_vec() } else { Vec::new() })
    }

    /// Reads changes, at the earliest [`READ_INTERVAL`] after the last query.
    ///
    /// `None`: the changes cannot be read, and the stream ends. The client reconnects; its new request gets the error and logs the cause.
    async fn read_soon(&mut self) -> Option<Vec<u8>> {
        sleep_until(self.read_after).await;
        self.read().await.ok()
    }

    /// Reads and serializes changes on a database thread.
    async fn read(&mut self) -> ApiResult<Vec<u8>> {
        let (since, owner, secrets) = (self.since, self.owner.clone(), self.state.secrets());
        let (should_be_ready, camel_case) = (!self.is_ready, self.state.lists.format.camel_case);
        let read = self.state.db.read(self.owner.clone(), move |tasks| {
            let page = tasks.changes(since, PAGE_SIZE)?;
            let complete_seq = match since {
                ChangesSince::Position(position) => position.complete_seq,
                ChangesSince::Beginning | ChangesSince::Now => page.next.complete_seq,
            };
            let token = |position| secrets.change_tokens.write(&owner, position);
            let mut chunk = Vec::new();
            let (position, has_more) = write_changes(&page, complete_seq, camel_case, token, &mut chunk);
            if should_be_ready && !has_more {
                write_ready(&token(position), &mut chunk);
            }
            Ok((chunk, position, has_more))
        });
        let (chunk, position, has_more) = Box::pin(read).await?;
        self.is_ready |= !has_more;
        (self.since, self.has_more) = (ChangesSince::Position(position), has_more);
        self.read_after = Instant::now() + READ_INTERVAL;
        Ok(chunk)
    }
}
