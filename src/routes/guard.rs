//! Who is asking, and whether the path is theirs: 401 and 403 before any body is read.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::answer::RequestId;
use crate::app::State;
use crate::auth::{Credential, Kind, Owner, Presented, Reason, Refusal, UserId};
use crate::error::{ApiError, ApiResult};

/// The proof reaches handlers through the guard alone; where there was none, they are shut.
impl FromRequest for Owner {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(ApiError::NoCredential))
    }
}

/// How the owner was proved; for the log.
#[derive(Clone, Copy)]
pub(super) struct ProvedBy(pub Kind);

#[derive(Deserialize)]
struct OwnerInPath {
    user_id: String,
}

/// Middleware around every route of tasks: lets a request through with an [`Owner`], or answers in its place.
///
/// Middleware and not an extractor: extractors run side by side, and a bad body would be answered before a look-up has ended.
pub(super) async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match admit(&mut request).await {
        Ok((owner, kind)) => {
            request.extensions_mut().insert(owner);
            request.extensions_mut().insert(ProvedBy(kind));
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(error) => {
            if let ApiError::Refused(refusal) = &error {
                log_refusal(&request, *refusal);
            }
            Ok(request.into_response(error.error_response()).map_into_right_body())
        }
    }
}

async fn admit(request: &mut ServiceRequest) -> ApiResult<(Owner, Kind)> {
    let state = request.app_data::<web::Data<State>>().expect("the service is mounted with its state").clone();
    let (user, kind) = identify(&state, request.headers()).await?;
    let owner = match request.match_info().get("user_id") {
        None => user.into_owner(),
        Some(_) => {
            let path = request.extract::<web::Path<OwnerInPath>>().await.map_err(|_| ApiError::NotOwner)?;
            // the framework reads what is not UTF-8 as if it were U+FFFD, which an id may hold
            if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
                return Err(ApiError::NotOwner);
            }
            user.claim(&path.user_id).ok_or(ApiError::NotOwner)?
        }
    };
    if kind == Kind::SessionCookie
        && !request.method().is_safe()
        && !is_proved(request.headers(), &state.trusted_origins)
    {
        return Err(ApiError::NoProofOfOrigin);
    }
    Ok((owner, kind))
}

async fn identify(state: &State, headers: &HeaderMap) -> ApiResult<(UserId, Kind)> {
    let now = Utc::now();
    let presented = Presented { authorization: values(headers, AUTHORIZATION), cookie: values(headers, COOKIE) };
    let (kind, credential) = judge(state, &presented, now).await?.ok_or(ApiError::NoCredential)?;
    match credential {
        Credential::User(user) => Ok((user, kind)),
        Credential::Session(token) => {
            let record = state.sessions.find(&token).await.map_err(|away| ApiError::Unavailable(away.0))?;
            let user = token.judge(record, now).map_err(|reason| ApiError::Refused(Refusal { kind, reason }))?;
            Ok((user, kind))
        }
    }
}

/// A key that is not known yet may be among newer ones.
async fn judge(state: &State, presented: &Presented<'_>, now: DateTime<Utc>) -> ApiResult<Option<(Kind, Credential)>> {
    let mut judged = state.verifier.judge(presented, &state.keys.current(), now);
    let is_unknown = |refusal: &Refusal| refusal.reason == Reason::UnknownKey;
    if judged.as_ref().is_err_and(is_unknown) {
        let mut newer = state.keys.newer();
        while judged.as_ref().is_err_and(is_unknown)
            && let Some(keys) = newer.next().await.map_err(ApiError::Unavailable)?
        {
            judged = state.verifier.judge(presented, &keys, now);
        }
    }
    judged.map_err(ApiError::Refused)
}

fn values(headers: &HeaderMap, name: HeaderName) -> Vec<&[u8]> {
    headers.get_all(name).map(|value| value.as_bytes()).collect()
}

/// A browser sends cookies along with requests that other sites make it send. What it says about where a request comes from,
/// it says in `Origin` and `Sec-Fetch-Site`, which a page cannot set.
fn is_proved(headers: &HeaderMap, trusted: &[String]) -> bool {
    let origins = values(headers, ORIGIN);
    if let [origin] = origins.as_slice()
        && trusted.iter().any(|trusted| trusted.as_bytes() == *origin)
    {
        return true;
    }
    matches!(values(headers, HeaderName::from_static("sec-fetch-site")).as_slice(), [b"same-origin"])
}

fn log_refusal(request: &ServiceRequest, refusal: Refusal) {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    log::warn!(
        target: "task_api::refused",
        kind = refusal.kind.as_str(), reason = refusal.reason.code(), request_id = id.as_str();
        "a credential was refused"
    );
}
