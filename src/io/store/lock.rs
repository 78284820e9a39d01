//! One writer at a time.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Takes the exclusive lock of the file at `path`, which is `<path>.lock`, and makes the folder
/// where it is missing. The lock goes with the process, however that ends. `None` where another
/// process holds it.
///
/// # Errors
/// Where the folder or the lock's file cannot be made.
pub(super) fn exclusive(path: &Path) -> io::Result<Option<File>> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source),
    }
}
