//! The environment, and a file beside it.

use std::collections::HashMap;

/// Variables of the process, and of the file for those that the process does not set.
pub(crate) struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    /// Reads `ENV_FILE`, or `.env` if there is one.
    ///
    /// # Errors
    /// A sentence that names the file: it was asked for and is not there, or a line of it cannot be read.
    pub(crate) fn read() -> Result<Self, String> {
        let asked_for = std::env::var("ENV_FILE").ok().filter(|name| !name.is_empty());
        let name = asked_for.as_deref().unwrap_or(".env");
        // one that is named is opened as it is, so that /dev/null is none; .env is looked for in the folders above too
        let found = asked_for.as_ref().map_or_else(|| dotenvy::from_filename_iter(name), dotenvy::from_path_iter);
        let lines = match found {
            Ok(lines) => lines,
            Err(error) if error.not_found() && asked_for.is_none() => return Ok(Self { file: HashMap::new() }),
            Err(error) if error.not_found() => return Err(format!("ENV_FILE names {name}, which does not exist")),
            Err(_) => return Err(format!("the file {name} cannot be read")),
        };
        // the parser's error holds the line, which may be a secret's
        let file = lines
            .collect::<Result<_, _>>()
            .map_err(|_| format!("the file {name} has a line that is not NAME=value"))?;
        Ok(Self { file })
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.file.get(name).cloned())
    }
}
