//! The credential of an event stream, verified again while the stream is open.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::{Credential, CredentialHeaders, CredentialKind, Owner};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::middleware::request_context::RequestContext;
use crate::state::AppState;

/// The credential of a request. The authentication middleware has verified it once.
pub(crate) struct StreamCredential {
    owner: Owner,
    authorization: Vec<Box<[u8]>>,
    cookie: Vec<Box<[u8]>>,
    expires_at: Option<DateTime<Utc>>,
}

impl StreamCredential {
    /// Copies the credential of a request.
    pub(crate) fn of(request: &HttpRequest, owner: &Owner) -> Self {
        let values =
            |name: HeaderName| request.headers().get_all(name).map(|value| value.as_bytes().into()).collect::<Vec<_>>();
        let kind = RequestContext::of(request).user.get().map(|(_, kind)| *kind);
        let authorization: Vec<Box<[u8]>> = values(AUTHORIZATION);
        let expires_at =
            authorization.first().filter(|_| kind == Some(CredentialKind::Jwt)).and_then(|value| expiry(value));
        // the cookies can be large, and count only without a Bearer credential
        let cookie = if kind == Some(CredentialKind::SessionCookie) { values(COOKIE) } else { Vec::new() };
        Self { owner: owner.clone(), authorization, cookie, expires_at }
    }

    /// Returns the `exp` of a JWT.
    pub(crate) fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// Returns whether the credential is still valid: with the current secrets and keys, and with its session.
    ///
    /// If the session cannot be looked up, the credential counts as invalid. The client then opens a new stream, and gets 503.
    pub(crate) async fn is_valid(&self, state: &AppState) -> bool {
        let (secrets, now) = (state.secrets(), Utc::now());
        let headers = CredentialHeaders { authorization: slices(&self.authorization), cookie: slices(&self.cookie) };
        let user = match state.keys.verify(&secrets.verifier, &headers, now).await {
            Ok(Some((_, Credential::User(user)))) => user,
            Ok(Some((_, Credential::Session(token)))) => {
                let Ok(record) = state.sessions.find(&token).await else { return false };
                let Ok(user) = token.verify_record(record, now) else { return false };
                user
            }
            Ok(None) | Err(_) => return false,
        };
        user.as_str() == self.owner.as_str()
    }
}

fn slices(values: &[Box<[u8]>]) -> Vec<&[u8]> {
    values.iter().map(AsRef::as_ref).collect()
}

/// Reads the `exp` of a verified JWT in `Authorization`. `None`: later than chrono's last year.
fn expiry(authorization: &[u8]) -> Option<DateTime<Utc>> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let payload = std::str::from_utf8(authorization).ok()?.split('.').nth(1)?;
    let Claims { exp } = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    DateTime::from_timestamp_millis((exp * 1000.0) as i64)
}
