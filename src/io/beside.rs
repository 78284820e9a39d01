//! Files that are there whole or not at all.

use std::{fs::Permissions, io, os::unix::fs::PermissionsExt, path::Path};

use tempfile::NamedTempFile;

/// A new file in the folder of `path`, which [`NamedTempFile::persist`] puts into its place when it
/// is whole. Its rights are those of any new file: all, less what the user's mask takes away.
///
/// # Errors
/// Where no file can be made in the folder.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)
}
