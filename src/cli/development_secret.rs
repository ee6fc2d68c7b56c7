//! Creates the data folder and the secret of development mode.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use better_auth_guard::Secret;

use crate::config::{Config, DATA_FOLDER};
use crate::db::{DatabaseUrl, create_folder};

/// Creates the default data folder, and in development mode the secret file, if they do not exist.
///
/// # Errors
/// Returns a text that names the file or folder.
pub(crate) fn prepare(config: &mut Config) -> Result<(), String> {
    let DatabaseUrl::Sqlite(file) = &config.database.url else { return Ok(()) };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    if folder == Path::new(DATA_FOLDER) {
        create_folder(&folder).map_err(|error| format!("cannot create the folder {}: {error}", folder.display()))?;
    } else if !folder.is_dir() {
        return Err(format!(
            "DATABASE_URL must name a file in an existing folder: {} is not a folder",
            folder.display()
        ));
    }
    if config.development {
        config.auth.secrets = vec![load_or_create_secret(&file.with_extension("secret"))?];
    }
    Ok(())
}

/// Reads the secret file. Creates it if it does not exist.
fn load_or_create_secret(path: &Path) -> Result<Secret, String> {
    let failed = |error: std::io::Error| format!("cannot use the secret file {}: {error}", path.display());
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create_secret(path).map_err(failed)?;
            fs::read_to_string(path).map_err(failed)?
        }
        read => read.map_err(failed)?,
    };
    let secret = Secret::new(text.trim());
    match secret.weak_reason() {
        Some(weak_reason) => {
            Err(format!("the secret in {} {weak_reason}; remove the file to create a new secret", path.display()))
        }
        None => Ok(secret),
    }
}

/// Writes the secret to a temporary file, then links it. Of two starting processes neither reads a partial secret.
fn create_secret(path: &Path) -> std::io::Result<()> {
    let random: [u8; 32] = rand::random();
    let temporary = path.with_extension(format!("secret-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(URL_SAFE_NO_PAD.encode(random).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
