//! A layer and extractors for axum 0.8.
//!
//! [`layer`] authenticates the requests of a router. Handlers take an [`Authenticated`], an `Option<Authenticated>` (with
//! [`GuardLayer::optional`]) or an [`Owner`]. An extractor outside the layer fails with 401.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::authenticated::Authenticated;
use crate::credential_error::{CredentialError, Rejection};
use crate::guard::Guard;
use crate::tower::{GuardLayer, problem_response};
use crate::user::Owner;

/// Returns a layer that requires a valid credential.
///
/// The limit of invalid credentials needs `into_make_service_with_connect_info::<SocketAddr>()`. Behind a proxy, set
/// [`GuardLayer::client_address`].
pub fn layer(guard: Guard) -> GuardLayer<Body> {
    let address = |parts: &Parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    GuardLayer::new(guard).client_address(address)
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        problem_response(&self)
    }
}

/// Set by [`layer`]; without it extraction fails with 401.
impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(Rejection::Credential(CredentialError::Missing))
    }
}

/// `None` for a request without a credential.
impl<S: Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// The user of the path's `{user_id}`. If it is not the authenticated user, extraction fails with 403.
///
/// In a path without `{user_id}` it is the authenticated user.
impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let authenticated = <Authenticated as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let path = <Path<HashMap<String, String>> as FromRequestParts<S>>::from_request_parts(parts, state).await;
        // a path that is not UTF-8 is not the path of a user
        let path = path.map_err(|_| Rejection::Forbidden)?;
        match path.get("user_id") {
            Some(user) => Ok(authenticated.authorize_path(user)?),
            None => Ok(authenticated.into_owner()),
        }
    }
}
