//! Permissions of SQLite's files: the owner's alone, like the file of the secret.

use std::fs::{DirBuilder, OpenOptions, metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Creates the database's file for its owner (0600), if there is none. SQLite gives `-wal` and `-shm` the mode of the file, and writes
/// into an empty file as into a new one.
pub(crate) fn create(file: &Path) {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    // SQLite opens the file next, and reports the same error with its own name
    if let Err(error) = created
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        log::debug!("the database's file cannot be created: {error}");
    }
}

/// Creates the database's folder for its owner (0700), with the folders above it.
///
/// # Errors
/// The folder cannot be created.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The database's files that other users of this machine can read, with their modes. None where the folder is closed to them.
pub fn open_to_others(file: &Path) -> Vec<(PathBuf, u32)> {
    let mode = |path: &Path| metadata(path).map(|found| found.permissions().mode() & 0o777);
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    if mode(folder).is_ok_and(|mode| mode & 0o001 == 0) {
        return Vec::new();
    }
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let files = ["", "-wal", "-shm"].map(beside).into_iter();
    files.filter_map(|path| mode(&path).ok().filter(|mode| mode & 0o006 != 0).map(|mode| (path, mode))).collect()
}
