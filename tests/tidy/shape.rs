//! The shape of the house: file lengths, where tests stand, what the two roots hold.

use super::source::{Breach, Kind, Tree};

const MOST_LINES: usize = 400;
const MOST_INLINE_TEST_LINES: usize = 100;
const MOST_LINES_OF_MAIN: usize = 20;

/// No file is longer than 400 lines, its tests aside.
pub fn file_length(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| !file.test) {
        let tests: usize = file.test_items.iter().map(|lines| lines.clone().count()).sum();
        let lines = file.text.lines().count().saturating_sub(tests);
        if lines > MOST_LINES {
            breaches.push(
                file.breach(MOST_LINES + 1, format!("{lines} lines outside of tests, above {MOST_LINES}: split")),
            );
        }
    }
    breaches
}

/// Above 100 lines, tests move to a sibling `tests.rs`.
pub fn inline_tests(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| !file.test) {
        let tests: usize = file.test_items.iter().map(|lines| lines.clone().count()).sum();
        if let (true, Some(first)) = (tests > MOST_INLINE_TEST_LINES, file.test_items.first()) {
            let what =
                format!("{tests} lines of tests, above {MOST_INLINE_TEST_LINES}: move them to a sibling tests.rs");
            breaches.push(file.breach(*first.start(), what));
        }
    }
    breaches
}

/// `lib.rs` re-exports nothing: an import path tells the layer.
pub fn root_re_exports(tree: &Tree) -> Vec<Breach> {
    let Some(lib) = tree.file("src/lib.rs") else { return Vec::new() };
    let re_exports = lib.names.iter().filter(|name| name.kind == Kind::Import);
    re_exports.map(|name| lib.breach(name.line, format!("`{}` in the root", name.segments.join("::")))).collect()
}

/// `main.rs` parses and dispatches, in 20 lines of code.
pub fn thin_main(tree: &Tree) -> Vec<Breach> {
    let Some(main) = tree.file("src/main.rs") else { return Vec::new() };
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let lines = main.text.lines().filter(is_code).count();
    if lines <= MOST_LINES_OF_MAIN {
        return Vec::new();
    }
    vec![main.breach(1, format!("{lines} lines of code, above {MOST_LINES_OF_MAIN}: move them to `cli`"))]
}

#[cfg(test)]
mod tests {
    use super::{super::source::found, *};

    /// A file with `code` lines of code and `tests` lines of tests.
    fn file(code: usize, tests: usize) -> String {
        let body = "// A line.\n".repeat(tests.saturating_sub(4));
        format!("{}#[cfg(test)]\nmod tests {{\nfn a() {{}}\n{body}}}\n", "// A line.\n".repeat(code))
    }

    #[test]
    fn long_files_are_found() {
        assert!(found(file_length, &[("src/risk/a.rs", &file(400, 90))]).is_empty());
        assert_eq!(found(file_length, &[("src/risk/a.rs", &file(401, 90))]), ["src/risk/a.rs:401"]);
        assert!(found(file_length, &[("src/risk/tests.rs", &file(900, 90))]).is_empty());
    }

    #[test]
    fn long_inline_tests_are_found() {
        assert!(found(inline_tests, &[("src/risk/a.rs", &file(10, 100))]).is_empty());
        assert_eq!(found(inline_tests, &[("src/risk/a.rs", &file(10, 101))]), ["src/risk/a.rs:11"]);
        assert!(found(inline_tests, &[("src/risk/a/tests.rs", &file(10, 500))]).is_empty());
    }

    #[test]
    fn root_re_exports_are_found() {
        assert_eq!(found(root_re_exports, &[("src/lib.rs", "pub mod a;\npub use a::B;")]), ["src/lib.rs:2"]);
        assert_eq!(found(root_re_exports, &[("src/lib.rs", "pub(crate) use self::a::*;")]), ["src/lib.rs:1"]);
        assert!(found(root_re_exports, &[("src/risk/mod.rs", "pub use gate::Gate;")]).is_empty());
    }

    #[test]
    fn a_thick_main_is_found() {
        let main = |lines: usize| format!("//! Docs.\n\n{}", "f();\n".repeat(lines));
        assert!(found(thin_main, &[("src/main.rs", &main(20))]).is_empty());
        assert_eq!(found(thin_main, &[("src/main.rs", &main(21))]), ["src/main.rs:1"]);
    }
}
