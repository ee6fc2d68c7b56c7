//! The source of sessions.

use std::pin::Pin;

use crate::cookie::SessionToken;
use crate::session::SessionRecord;

/// A source of sessions: Better Auth's tables, its secondary storage, or its HTTP API.
pub trait SessionSource: Send + Sync + 'static {
    /// Looks up the session of this token. Returns `None` if it does not exist.
    ///
    /// # Errors
    /// The source is unreachable, too slow, or its data is unreadable. The request is then not authenticated, and the client stays
    /// signed in.
    fn find(&self, token: &SessionToken) -> impl Future<Output = Result<Option<SessionRecord>, Unavailable>> + Send;
}

/// A failed look-up, with the cause for the log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

type Find<'a> = Pin<Box<dyn Future<Output = Result<Option<SessionRecord>, Unavailable>> + Send + 'a>>;

trait ErasedSource: Send + Sync {
    fn find<'a>(&'a self, token: &'a SessionToken) -> Find<'a>;
}

impl<S: SessionSource> ErasedSource for S {
    fn find<'a>(&'a self, token: &'a SessionToken) -> Find<'a> {
        Box::pin(SessionSource::find(self, token))
    }
}

/// Any source of sessions.
pub(crate) struct Sessions(Box<dyn ErasedSource>);

impl Sessions {
    pub(crate) fn new(source: impl SessionSource) -> Self {
        Self(Box::new(source))
    }

    pub(crate) async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        self.0.find(token).await
    }
}
