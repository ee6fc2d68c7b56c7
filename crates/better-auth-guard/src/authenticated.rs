//! An authenticated request.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::credential_kind::CredentialKind;
use crate::jws::decode_object;
use crate::session::SessionRecord;
use crate::user::{Forbidden, Owner, UserId};

/// The user of a request, with the verified credential. Only [`Guard::authenticate`](crate::Guard::authenticate) creates it.
#[derive(Clone, Debug)]
pub struct Authenticated {
    user: UserId,
    kind: CredentialKind,
    evidence: Evidence,
}

/// The content of the verified credential.
#[derive(Clone, Debug)]
pub(crate) enum Evidence {
    /// A JWT's payload in base64url.
    Jwt(Arc<str>),
    /// The session of a session token.
    Session(SessionRecord),
    /// A valid cookie cache.
    CookieCache,
}

impl Authenticated {
    pub(crate) fn new(user: UserId, kind: CredentialKind, evidence: Evidence) -> Self {
        Self { user, kind, evidence }
    }

    /// Returns the user's id.
    pub fn user_id(&self) -> &str {
        self.user.as_str()
    }

    /// Returns the kind of the credential.
    pub fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// Returns the claims of the JWT. Returns `None` for other credentials.
    pub fn claims(&self) -> Option<Map<String, Value>> {
        match &self.evidence {
            Evidence::Jwt(payload) => decode_object(payload).ok(),
            Evidence::Session(_) | Evidence::CookieCache => None,
        }
    }

    /// Returns the session of the session token. Returns `None` for other credentials.
    pub fn session(&self) -> Option<&SessionRecord> {
        match &self.evidence {
            Evidence::Session(session) => Some(session),
            Evidence::Jwt(_) | Evidence::CookieCache => None,
        }
    }

    /// Authorizes access to a path of this user, such as `/api/{path_user}/tasks`. Compares the ids byte for byte.
    ///
    /// # Errors
    /// The path's user is not this user: 403.
    pub fn authorize_path(&self, path_user: &str) -> Result<Owner, Forbidden> {
        self.user.clone().authorize_path(path_user)
    }

    /// Returns the verified user.
    pub fn into_user(self) -> UserId {
        self.user
    }

    /// Returns the owner for a path without a user.
    pub fn into_owner(self) -> Owner {
        self.user.into_owner()
    }
}
