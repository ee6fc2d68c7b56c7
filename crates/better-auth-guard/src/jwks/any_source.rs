//! Holds any source of public keys.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;

use crate::jwks::file::JwksFile;
use crate::jwks::source::{JwksSource, KeyOrigin, LoadedKeys};
#[cfg(feature = "reqwest")]
use crate::jwks::url::JwksUrl;
use crate::key_set::KeySet;
use crate::source_location::SourceLocation;

type Load<'a> = Pin<Box<dyn Future<Output = Result<LoadedKeys, String>> + Send + 'a>>;

trait ErasedSource: Send + Sync {
    fn load(&self, previous: Option<KeyOrigin>) -> Load<'_>;
}

impl<S: JwksSource> ErasedSource for S {
    fn load(&self, previous: Option<KeyOrigin>) -> Load<'_> {
        Box::pin(JwksSource::load(self, previous))
    }
}

/// Any source of public keys.
pub struct Jwks {
    source: Box<dyn ErasedSource>,
    /// Where the keys are, for explanations. `None`: unknown.
    location: Option<SourceLocation>,
}

impl Jwks {
    /// Uses any source.
    pub fn new(source: impl JwksSource) -> Self {
        Self { source: Box::new(source), location: None }
    }

    /// Fetches the key set at this URL with reqwest.
    #[cfg(feature = "reqwest")]
    pub fn url(url: url::Url) -> Self {
        Self::new(JwksUrl::new(url.clone())).at(SourceLocation::Url(url))
    }

    /// Reads the key set from a file. A changed file applies within 300 s, or sooner if a token has an unknown key.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let location = SourceLocation::Other(format!("in {}", path.display()));
        Self::new(JwksFile(path)).at(location)
    }

    /// Uses a fixed set.
    pub fn set(keys: KeySet) -> Self {
        Self::new(FixedSet(keys))
    }

    /// Uses no public keys: only HS256 JWTs are accepted.
    pub fn none() -> Self {
        Self::set(KeySet::default())
    }

    /// Sets where the keys are, for explanations.
    #[must_use]
    pub fn at(mut self, location: SourceLocation) -> Self {
        self.location = Some(location);
        self
    }

    pub(crate) fn location(&self) -> Option<&SourceLocation> {
        self.location.as_ref()
    }

    /// Loads the keys once, without a cache. `previous` is the origin of the keys in use.
    ///
    /// # Errors
    /// As of [`JwksSource::load`].
    pub async fn load(&self, previous: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        self.source.load(previous).await
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwks(…)")
    }
}

struct FixedSet(KeySet);

impl JwksSource for FixedSet {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        Ok(LoadedKeys::new(KeyOrigin::Other, (self.0.clone(), Vec::new())))
    }
}
