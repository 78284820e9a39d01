//! Where the real data lies that some tests need, and that the project does not hold.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// `name` within the data folder: `SHOAL_TEST_DATA`, or where that is not set `shared/data` beside
/// the project or one folder above (a worktree lies one level deeper). Where it is not there, the
/// test skips, and this says so past the test harness.
#[allow(clippy::disallowed_methods, reason = "the environment says where a test's data lies")]
pub fn data(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places: Vec<PathBuf> = match std::env::var_os("SHOAL_TEST_DATA") {
        Some(set) => vec![set.into()],
        None => root.ancestors().skip(1).take(2).map(|at| at.join("shared/data")).collect(),
    };
    let found = places.into_iter().map(|at| at.join(name)).find(|path| path.exists());
    if found.is_none() {
        // Nobody listens to a test's stderr who is not there.
        let _ = writeln!(std::io::stderr(), "skipped: no {name} in a data folder; set SHOAL_TEST_DATA to one");
    }
    found
}
