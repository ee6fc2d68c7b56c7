//! Permissions of the SQLite files: access for the owner only, as for the secret file.

use std::fs::{DirBuilder, OpenOptions, metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Creates the database file with mode 0600, if it does not exist.
///
/// SQLite copies the mode to `-wal` and `-shm`. It initializes an empty file like a new one.
pub(crate) fn create(file: &Path) {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    // SQLite opens the file next, and reports the same error
    if let Err(error) = created
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        log::debug!("cannot create the database file: {error}");
    }
}

/// Creates the database folder and its parents with mode 0700.
///
/// # Errors
/// The folder cannot be created.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Returns the database files that other users of this machine can read or write, with their modes.
///
/// Returns none if other users cannot search the folder.
pub fn files_open_to_others(file: &Path) -> Vec<(PathBuf, u32)> {
    let mode = |path: &Path| metadata(path).map(|metadata| metadata.permissions().mode() & 0o777);
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    if mode(folder).is_ok_and(|mode| mode & 0o001 == 0) {
        return Vec::new();
    }
    let with_suffix = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let files = ["", "-wal", "-shm"].map(with_suffix).into_iter();
    files.filter_map(|path| mode(&path).ok().filter(|mode| mode & 0o006 != 0).map(|mode| (path, mode))).collect()
}
