//! The folder of an export: beside the place where it is to be until it is whole.

use std::{
    ffi::OsString,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::ExportError;

/// The file that says that a folder is an export, and of which files.
const LIST: &str = "export.json";

/// What [`LIST`] holds.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    /// Relative to the folder, in order.
    files: Vec<PathBuf>,
}

/// An export that is being written; gone when dropped before [`Staged::finish`].
#[derive(Debug)]
pub(super) struct Staged {
    out: PathBuf,
    dir: TempDir,
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ExportError + '_ {
    move |source| ExportError::Io { path: path.to_owned(), source }
}

impl Staged {
    /// # Errors
    /// A place that holds something else than an export, or cannot be written beside.
    pub(super) fn begin(out: &Path) -> Result<Self, ExportError> {
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(io_error(parent))?;
        // Without links and dots, so that it has a name to take.
        let parent = parent.canonicalize().map_err(io_error(parent))?;
        let out = match out.canonicalize() {
            Ok(out) => out,
            Err(error) if error.kind() == io::ErrorKind::NotFound => match out.file_name() {
                Some(name) => parent.join(name),
                None => return Err(io_error(out)(error)),
            },
            Err(error) => return Err(io_error(out)(error)),
        };
        only_an_export(&out)?;
        let beside = out.parent().unwrap_or(&parent);
        let dir = tempfile::Builder::new()
            .prefix(".export")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(beside)
            .map_err(io_error(beside))?;
        Ok(Self { out, dir })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Puts the whole export into its place; an earlier one goes.
    ///
    /// # Errors
    /// A place to which something else came meanwhile, or that cannot be written.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        let Self { out, dir } = self;
        let mut files = Vec::new();
        collect(dir.path(), Path::new(""), &mut files)?;
        let list = dir.path().join(LIST);
        let text = serde_json::to_string_pretty(&List { files })
            .map_err(|error| ExportError::List { path: list.clone(), why: error.to_string() })?;
        fs::write(&list, text).map_err(io_error(&list))?;
        only_an_export(&out)?;
        // Two steps, for no call exchanges two folders everywhere: between them there is no
        // export, and never a mixture.
        let earlier = match out.exists() {
            true => {
                let beside = out.parent().unwrap_or(&out);
                let aside = tempfile::Builder::new().prefix(".export").tempdir_in(beside).map_err(io_error(beside))?;
                fs::rename(&out, aside.path().join("earlier")).map_err(io_error(&out))?;
                Some(aside)
            }
            false => None,
        };
        if let Err(error) = fs::rename(dir.path(), &out) {
            if let Some(aside) = earlier {
                // As it was; where even that fails, it stays where it was put.
                let kept = aside.keep();
                fs::rename(kept.join("earlier"), &out).map_err(io_error(&kept))?;
                fs::remove_dir(&kept).map_err(io_error(&kept))?;
            }
            return Err(io_error(&out)(error));
        }
        // Its folder has another name now.
        let _ = dir.keep();
        match earlier {
            Some(earlier) => {
                let path = earlier.path().to_owned();
                earlier.close().map_err(io_error(&path))
            }
            None => Ok(()),
        }
    }
}

/// Whether a place is free, or holds an export and nothing else.
fn only_an_export(out: &Path) -> Result<(), ExportError> {
    if !out.exists() {
        return Ok(());
    }
    let mut found = Vec::new();
    collect(out, Path::new(""), &mut found)?;
    let list = out.join(LIST);
    let files = match fs::read_to_string(&list) {
        Ok(text) => {
            let list: List = serde_json::from_str(&text)
                .map_err(|error| ExportError::List { path: list.clone(), why: error.to_string() })?;
            list.files
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(io_error(&list)(error)),
    };
    match found.into_iter().find(|file| file.as_path() != Path::new(LIST) && !files.contains(file)) {
        Some(foreign) => Err(ExportError::Foreign(out.join(foreign))),
        None => Ok(()),
    }
}

/// Every file beneath `dir`, each relative to it, in order.
fn collect(dir: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<(), ExportError> {
    let folder = dir.join(below);
    let read = || -> io::Result<Vec<(bool, OsString)>> {
        let mut entries = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        entries.into_iter().map(|entry| Ok((entry.file_type()?.is_dir(), entry.file_name()))).collect()
    };
    for (is_folder, name) in read().map_err(io_error(&folder))? {
        let path = below.join(name);
        if is_folder {
            collect(dir, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
