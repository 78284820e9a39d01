//! Finds the Anvil to run.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use super::AnvilError;

/// The version that `anvil/package.json` pins.
const NEEDED: &str = "1.7.1";

/// An Anvil and what it says its version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    pub path: PathBuf,
    pub version: String,
}

/// Looks at `given`, else at `SHOAL_ANVIL`; where neither is set, at the pinned npm package
/// under `project_dir` and then along `PATH`. One named explicitly is taken or refused, never
/// passed over.
///
/// # Errors
/// [`AnvilError::NotFound`] with every place looked at and why it did not do.
pub fn find(given: Option<&Path>, project_dir: &Path) -> Result<Binary, AnvilError> {
    let named = std::env::var_os("SHOAL_ANVIL").filter(|path| !path.is_empty());
    let search = std::env::var_os("PATH");
    find_in(given, named, project_dir, search)
}

fn find_in(
    given: Option<&Path>,
    named: Option<OsString>,
    project_dir: &Path,
    search: Option<OsString>,
) -> Result<Binary, AnvilError> {
    let mut looked = Vec::new();
    let mut attempt = |label: &str, path: &Path| match check(path) {
        Ok(version) => Some(Binary { path: path.to_owned(), version }),
        Err(why) => {
            looked.push(format!("{label}{} ({why})", path.display()));
            None
        }
    };
    let found = if let Some(path) = given {
        attempt("", path)
    } else if let Some(path) = named {
        attempt("SHOAL_ANVIL=", Path::new(&path))
    } else {
        attempt("", &packaged(project_dir)).or_else(|| {
            let dirs = search.iter().flat_map(std::env::split_paths);
            dirs.map(|dir| dir.join("anvil")).find(|path| path.is_file()).and_then(|path| attempt("PATH: ", &path))
        })
    };
    found.ok_or(AnvilError::NotFound { needed: NEEDED, looked })
}

/// The npm package of this platform.
fn packaged(project_dir: &Path) -> PathBuf {
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    project_dir.join(format!("anvil/node_modules/@foundry-rs/anvil-{os}-{arch}/bin/anvil"))
}

/// The version of the Anvil at `path`, or why it will not do.
fn check(path: &Path) -> Result<String, String> {
    if !path.exists() {
        return Err("not there".to_owned());
    }
    let output = Command::new(path).arg("--version").output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = parse_version(&text).ok_or("it does not answer --version as Anvil does")?;
    if newer_or_same(&version, NEEDED) { Ok(version) } else { Err(format!("version {version}")) }
}

/// `anvil Version: 1.7.1` or `anvil Version: 1.7.1-stable`: the digits.
fn parse_version(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("anvil"))?;
    let word = line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(word.split(['-', '+']).next()?.to_owned())
}

fn newer_or_same(version: &str, needed: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
    numbers(version) >= numbers(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(parse_version("anvil Version: 1.7.1\nCommit SHA: 40").as_deref(), Some("1.7.1"));
        assert_eq!(parse_version("anvil Version: 1.8.0-stable").as_deref(), Some("1.8.0"));
        assert_eq!(parse_version("GNU bash, version 5.2"), None);
        assert!(newer_or_same("1.7.1", NEEDED) && newer_or_same("1.10.0", NEEDED) && newer_or_same("2.0.0", NEEDED));
        assert!(!newer_or_same("1.7.0", NEEDED) && !newer_or_same("0.3.0", NEEDED));
    }

    #[test]
    fn the_error_names_every_place_and_the_remedy() {
        let nowhere = Path::new("/nowhere");
        let error = find_in(None, None, nowhere, None).unwrap_err().to_string();
        assert!(error.contains("/nowhere/anvil/node_modules/@foundry-rs/anvil-"), "{error}");
        assert!(error.contains("make anvil") && error.contains("npm ci"), "{error}");
        let error = find_in(None, Some("/nowhere/x".into()), nowhere, None).unwrap_err().to_string();
        assert!(error.contains("SHOAL_ANVIL=/nowhere/x (not there)"), "{error}");
        let shell = find_in(Some(Path::new("/bin/sh")), None, nowhere, None).unwrap_err().to_string();
        assert!(shell.contains("/bin/sh (it does not answer --version"), "{shell}");
    }
}
