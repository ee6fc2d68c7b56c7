//! Reads a key set from a file.

use std::path::PathBuf;

use crate::jwks::source::{JwksSource, KeyOrigin, LoadedKeys};
use crate::key_set::KeySet;

/// A key set in a file: `{"keys":[…]}`.
#[derive(Clone, Debug)]
pub struct JwksFile(pub PathBuf);

impl JwksSource for JwksFile {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        let path = self.0.display();
        let text = std::fs::read(&self.0).map_err(|error| format!("{path}: {error}"))?;
        let set = KeySet::from_json(&text).map_err(|problem| format!("{path}: {problem}"))?;
        Ok(LoadedKeys::new(KeyOrigin::File, set))
    }
}
