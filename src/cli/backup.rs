//! `task-api backup`

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{DatabaseUrl, copy_file};

/// Writes a consistent copy of SQLite's file while the service goes on. The copy has its name only once it is whole and on the disk.
pub(crate) fn run(config: &Config, to: &Path) -> Result<(), String> {
    let DatabaseUrl::Sqlite(from) = &config.database.url else {
        return Err(
            "PostgreSQL brings its own: pg_dump, as a role with BYPASSRLS, or an archive of its write-ahead log; \
                    see docs/reliability.md"
                .into(),
        );
    };
    let failed = |error: &dyn std::fmt::Display| format!("no backup was made: {error}");
    if !from.is_file() {
        return Err(failed(&format_args!("there is no database at {}", config.database.url)));
    }
    if to.symlink_metadata().is_ok() {
        return Err(failed(&format_args!("{} is there already, and is left as it is", to.display())));
    }
    let draft = draft(to).ok_or_else(|| failed(&format_args!("{} names no file", to.display())))?;
    // SQLite writes into an empty file as into none; this one is its owner's alone from the beginning
    let made =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(|error| error.to_string());
    let made = made.and_then(|_| copy_file(&config.database, &draft));
    let made = made.and_then(|()| publish(&draft, to).map_err(|error| error.to_string()));
    let _ = fs::remove_file(&draft);
    made.map_err(|error| failed(&format_args!("{}: {error}", to.display())))?;
    println!("Backed up {} to {}.", config.database.url, to.display());
    Ok(())
}

/// A name beside the copy's own.
fn draft(to: &Path) -> Option<PathBuf> {
    let name = format!(".{}.{}", to.file_name()?.to_str()?, std::process::id());
    Some(to.with_file_name(name))
}

/// A link, unlike a renaming, never takes the place of a file that came in the meantime.
fn publish(draft: &Path, to: &Path) -> std::io::Result<()> {
    File::open(draft)?.sync_all()?;
    fs::hard_link(draft, to)?;
    let folder = to.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
