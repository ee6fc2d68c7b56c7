//! Development mode: a folder, and a secret made once.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::Secret;
use crate::config::{Config, DATA_FOLDER};
use crate::db::{DatabaseUrl, create_folder};

/// Makes what development needs and does not have yet; does nothing where a secret is configured, but for the default's folder.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn prepare(config: &mut Config) -> Result<(), String> {
    let DatabaseUrl::Sqlite(file) = &config.database.url else { return Ok(()) };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    if folder == Path::new(DATA_FOLDER) {
        create_folder(&folder).map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    } else if !folder.is_dir() {
        return Err(format!("DATABASE_URL names a file in {}, which is no folder", folder.display()));
    }
    if config.development {
        config.auth.secrets = vec![secret(&file.with_extension("secret"))?];
    }
    Ok(())
}

/// The secret in this file, which is made where there is none.
fn secret(path: &Path) -> Result<Secret, String> {
    let failed = |error: std::io::Error| format!("the secret's file {} cannot be used: {error}", path.display());
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_secret(path).map_err(failed)?;
            fs::read_to_string(path).map_err(failed)?
        }
        read => read.map_err(failed)?,
    };
    let secret = Secret::new(text.trim());
    match secret.weak_reason() {
        Some(weak_reason) => {
            Err(format!("the secret in {} {weak_reason}; remove the file to have a new one made", path.display()))
        }
        None => Ok(secret),
    }
}

/// Writes the file whole before it has its name, so that of two starters neither reads half a secret.
fn make_secret(path: &Path) -> std::io::Result<()> {
    let random: [u8; 32] = rand::random();
    let draft = path.with_extension(format!("secret-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(URL_SAFE_NO_PAD.encode(random).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
