//! Reads settings from the environment and from an environment file.

use std::collections::HashMap;

/// The variables of the process and of the file. The process's variables take precedence.
pub(crate) struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    /// Reads the file that `ENV_FILE` names, or else `.env` if it exists.
    ///
    /// # Errors
    /// Returns a text that names the file. `ENV_FILE` does not exist, the file is unreadable, or a line is invalid.
    pub(crate) fn read() -> Result<Self, String> {
        let configured = std::env::var("ENV_FILE").ok().filter(|name| !name.is_empty());
        let name = configured.as_deref().unwrap_or(".env");
        // ENV_FILE is opened by its exact path: /dev/null disables the file; .env is also searched in the parent folders
        let opened = configured.as_ref().map_or_else(|| dotenvy::from_filename_iter(name), dotenvy::from_path_iter);
        let lines = match opened {
            Ok(lines) => lines,
            Err(error) if error.not_found() && configured.is_none() => return Ok(Self { file: HashMap::new() }),
            Err(error) if error.not_found() => return Err(format!("ENV_FILE names {name}, which does not exist")),
            Err(_) => return Err(format!("the file {name} cannot be read")),
        };
        // the parser's error contains the line, which may hold a secret
        let file = lines
            .collect::<Result<_, _>>()
            .map_err(|_| format!("the file {name} has an invalid line; each line must be NAME=value"))?;
        Ok(Self { file })
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.file.get(name).cloned())
    }
}
