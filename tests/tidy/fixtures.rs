//! Every recorded fixture says where it comes from.

use std::{fs, path::Path};

use super::source::{Breach, files_under};

/// Each data file under `tests/fixtures/` is named, with a SHA-256, in a manifest beside it or in
/// a folder above it (`manifest.toml`, `.json` or `.md`). Sources of tests are no data.
pub fn manifests(root: &Path) -> Vec<Breach> {
    let fixtures = root.join("tests/fixtures");
    let mut breaches = Vec::new();
    for path in files_under(&fixtures) {
        if is_manifest(&path) || path.extension().is_some_and(|extension| extension == "rs") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&fixtures));
        if !folders.any(|folder| names(folder, &name)) {
            let path = path.strip_prefix(root).expect("listed under the root").display().to_string();
            breaches.push(Breach { path, line: 1, what: "no manifest names this file and its sha256".to_owned() });
        }
    }
    breaches
}

fn is_manifest(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("manifest"))
}

/// Whether a manifest in `folder` names `file`, with a SHA-256 in the same entry: within five
/// lines of the name.
fn names(folder: &Path, file: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let manifests = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_manifest(path));
    manifests.filter_map(|path| fs::read_to_string(path).ok()).any(|text| {
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains(file));
        at.is_some_and(|at| lines.iter().take(at + 6).skip(at.saturating_sub(5)).any(|line| has_sha256(line)))
    })
}

fn has_sha256(line: &str) -> bool {
    line.split(|char: char| !char.is_ascii_alphanumeric())
        .any(|word| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixture_without_a_manifest_is_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tests/fixtures/pool");
        fs::create_dir_all(&folder).unwrap();
        assert!(manifests(root.path()).is_empty());
        fs::write(folder.join("logs.csv"), "1,2").unwrap();
        assert_eq!(manifests(root.path()).len(), 1);
        fs::write(folder.join("manifest.toml"), "[files.\"logs.csv\"]\nchain = 1\n").unwrap();
        assert_eq!(manifests(root.path()).len(), 1, "a manifest without a digest");
        let entry = format!("[files.\"logs.csv\"]\nchain = 1\nsha256 = \"{}\"\n", "ab".repeat(32));
        fs::write(folder.join("manifest.toml"), &entry).unwrap();
        assert!(manifests(root.path()).is_empty());
        fs::write(folder.join("more.csv"), "3").unwrap();
        assert_eq!(manifests(root.path()).len(), 1);
    }
}
