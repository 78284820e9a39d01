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
        restore(&out)?;
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
        sync(&list)?;
        sync(dir.path())?;
        only_an_export(&out)?;
        // Two steps, for no call exchanges two folders everywhere: between them there is no
        // export, and never a mixture. Who is killed there leaves the earlier one where the next
        // finds it.
        let earlier = earlier(&out);
        if out.exists() {
            remove(&earlier)?;
            fs::rename(&out, &earlier).map_err(io_error(&out))?;
        }
        if let Err(error) = fs::rename(dir.path(), &out) {
            restore(&out)?;
            return Err(io_error(&out)(error));
        }
        // Its folder has another name now.
        let _ = dir.keep();
        // Before the earlier one goes, the new one is there to stay.
        sync(out.parent().unwrap_or(&out))?;
        remove(&earlier)
    }
}

/// Where an export stands while another takes its place.
fn earlier(out: &Path) -> PathBuf {
    let mut name = OsString::from(".earlier-");
    name.push(out.file_name().unwrap_or_default());
    out.with_file_name(name)
}

/// Puts an export back that was put aside, where nothing took its place.
fn restore(out: &Path) -> Result<(), ExportError> {
    let earlier = earlier(out);
    if out.exists() || !earlier.exists() {
        return Ok(());
    }
    only_an_export(&earlier)?;
    fs::rename(&earlier, out).map_err(io_error(&earlier))?;
    sync(out.parent().unwrap_or(out))
}

/// Removes an export that another took the place of, if there is one.
fn remove(earlier: &Path) -> Result<(), ExportError> {
    if !earlier.exists() {
        return Ok(());
    }
    only_an_export(earlier)?;
    fs::remove_dir_all(earlier).map_err(io_error(earlier))
}

/// Has a file, or the names in a folder, outlast a loss of power.
fn sync(path: &Path) -> Result<(), ExportError> {
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(io_error(path))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An export of one file, at `out`.
    fn export(out: &Path, text: &str) {
        let staged = Staged::begin(out).unwrap();
        fs::write(staged.path().join("a.csv"), text).unwrap();
        staged.finish().unwrap();
    }

    fn names(dir: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn who_is_killed_between_the_two_steps_loses_no_export() {
        let dir = TempDir::new().unwrap();
        let (out, other) = (dir.path().join("out"), dir.path().join("other"));
        export(&out, "1");
        // As it stands between the two.
        fs::rename(&out, earlier(&out)).unwrap();
        // That is no matter of another export's.
        export(&other, "2");
        assert!(!out.exists());
        // One that is given up, such as by an interrupt.
        drop(Staged::begin(&out).unwrap());
        assert_eq!(fs::read_to_string(out.join("a.csv")).unwrap(), "1");
        assert_eq!(names(dir.path()), ["other", "out"]);
    }

    #[test]
    fn who_is_killed_after_them_leaves_nothing_behind() {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("out");
        export(&out, "1");
        fs::rename(&out, earlier(&out)).unwrap();
        let new = dir.path().join("new");
        export(&new, "2");
        fs::rename(&new, &out).unwrap();
        export(&out, "3");
        assert_eq!(fs::read_to_string(out.join("a.csv")).unwrap(), "3");
        assert_eq!(names(dir.path()), ["out"]);
        // What is of no export is not removed, by whatever name.
        fs::create_dir(earlier(&out)).unwrap();
        fs::write(earlier(&out).join("notes"), "mine").unwrap();
        let staged = Staged::begin(&out).unwrap();
        assert!(matches!(staged.finish(), Err(ExportError::Foreign(_))));
        assert_eq!(fs::read_to_string(out.join("a.csv")).unwrap(), "3");
    }
}
