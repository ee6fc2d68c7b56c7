//! Runs `task-api backup`.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{DatabaseUrl, copy_file};

/// Copies the SQLite file while the service runs. The copy gets its final name after it is complete and synced to disk.
///
/// # Errors
/// The copy failed. On PostgreSQL always: it prints the command that makes the backup, and makes none.
pub(crate) fn run(config: &Config, to: &Path) -> Result<(), String> {
    let from = match &config.database.url {
        DatabaseUrl::Sqlite(from) => from,
        DatabaseUrl::Postgres(_) => {
            println!("{}", dump_command(config, to));
            return Err(
                "no backup was made: on PostgreSQL, run the command above as a superuser or a role with BYPASSRLS \
                        (row-level security hides all rows from the service's role); see docs/backup.md"
                    .into(),
            );
        }
    };
    let failed = |error: &dyn std::fmt::Display| format!("backup failed: {error}");
    if !from.is_file() {
        return Err(failed(&format_args!("the database file of {} does not exist", config.database.url)));
    }
    if to.symlink_metadata().is_ok() {
        return Err(failed(&format_args!("{} already exists and was not changed", to.display())));
    }
    let temporary = temporary_path(to).ok_or_else(|| failed(&format_args!("{} has no file name", to.display())))?;
    // created before the copy so that the file has mode 600 from the start; SQLite accepts an empty file
    let copied =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).map_err(|error| error.to_string());
    let copied = copied.and_then(|_| copy_file(&config.database, &temporary));
    let copied = copied.and_then(|()| publish(&temporary, to).map_err(|error| error.to_string()));
    let _ = fs::remove_file(&temporary);
    copied.map_err(|error| failed(&format_args!("{}: {error}", to.display())))?;
    println!("Backed up {} to {}.", config.database.url, to.display());
    Ok(())
}

/// Returns the command that backs up the PostgreSQL database. It contains no password.
fn dump_command(config: &Config, to: &Path) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let (file, url) = (to.display().to_string(), config.database.url.to_string());
    format!("pg_dump --format=custom --file={} --dbname={}", quoted(&file), quoted(&url))
}

/// Returns a temporary path in the folder of the copy.
fn temporary_path(to: &Path) -> Option<PathBuf> {
    let name = format!(".{}.{}", to.file_name()?.to_str()?, std::process::id());
    Some(to.with_file_name(name))
}

/// Syncs the copy and links it to its final name. A hard link, unlike a rename, never replaces an existing file.
fn publish(temporary: &Path, to: &Path) -> std::io::Result<()> {
    File::open(temporary)?.sync_all()?;
    fs::hard_link(temporary, to)?;
    let folder = to.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
