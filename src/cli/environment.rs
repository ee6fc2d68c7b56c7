//! Reads settings from the command line, the environment and an environment file.

use std::collections::HashMap;

use crate::cli::address::Address;

/// The default file, in the working folder.
const DEFAULT_FILE: &str = ".env";

/// The arguments, the variables of the process, and those of the file. The first takes precedence.
pub(crate) struct Environment {
    address: Address,
    file: HashMap<String, String>,
    /// The name of the file that was read.
    name: Option<String>,
}

impl Environment {
    /// Reads the file that `ENV_FILE` names, or else `.env` of the working folder if it exists.
    ///
    /// # Errors
    /// Returns a text that names the file. `ENV_FILE` does not exist, the file is unreadable, or a line is invalid.
    pub(crate) fn read(address: Address) -> Result<Self, String> {
        let configured = std::env::var("ENV_FILE").ok().filter(|name| !name.is_empty());
        let name = configured.as_deref().unwrap_or(DEFAULT_FILE);
        // opened by its exact path: /dev/null disables the file, and a .env of a parent folder belongs to another project
        let lines = match dotenvy::from_path_iter(name) {
            Ok(lines) => lines,
            Err(error) if error.not_found() && configured.is_none() => {
                return Ok(Self { address, file: HashMap::new(), name: None });
            }
            Err(error) if error.not_found() => return Err(format!("ENV_FILE names {name}, which does not exist")),
            Err(_) => return Err(format!("the file {name} cannot be read")),
        };
        // the parser's error contains the line, which may hold a secret
        let file = lines
            .collect::<Result<_, _>>()
            .map_err(|_| format!("the file {name} has an invalid line; each line must be NAME=value"))?;
        Ok(Self { address, file, name: Some(name.to_owned()).filter(|name| name != "/dev/null") })
    }

    /// Reads the file again, with the same arguments.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(crate) fn reread(&self) -> Result<Self, String> {
        Self::read(self.address.clone())
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.argument(name).or_else(|| std::env::var(name).ok()).or_else(|| self.file.get(name).cloned())
    }

    fn argument(&self, name: &str) -> Option<String> {
        match name {
            "HOST" => self.address.host.clone(),
            "PORT" => self.address.port.map(|port| port.to_string()),
            _ => None,
        }
    }

    /// Returns where a setting that is set comes from.
    pub(crate) fn origin(&self, name: &str) -> &str {
        if self.argument(name).is_some() {
            "command line"
        } else if std::env::var_os(name).is_some() {
            "environment"
        } else {
            self.file().unwrap_or(DEFAULT_FILE)
        }
    }

    /// Returns the name of the file that was read.
    pub(crate) fn file(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
