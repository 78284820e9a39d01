//! What every column of a model's row is, in words: `docs/COLUMNS.md` ends with this text, which a
//! test holds.

use std::fmt::Write;

use super::{engine::catalogue, sink::Column};

/// Every column in its order, as a table in Markdown.
pub fn describe() -> String {
    let mut text = "\n| place | column | group | meaning | unit |\n|---|---|---|---|---|\n".to_owned();
    for (place, column) in catalogue().iter().enumerate() {
        let Column { name, meaning, unit, .. } = column;
        let group = serde_json::json!(column.group);
        let group = group.as_str().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {place} | `{name}` | {group} | {meaning} | {unit} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs};

    use super::*;
    use crate::features::engine::VERSION;

    #[test]
    fn every_column_is_described_once() {
        let names: BTreeSet<&str> = catalogue().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names.len(), catalogue().len());
        for column in catalogue() {
            assert!(!column.meaning.is_empty() && !column.unit.is_empty(), "{}", column.name);
            assert!(!column.meaning.contains('|') && !column.unit.contains('|'), "{}", column.name);
        }
    }

    /// Written anew with `SHOAL_WRITE_DOCS=1`.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "the environment asks for the file to be written")]
    fn the_document_lists_these_columns() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/COLUMNS.md");
        let text = fs::read_to_string(path).unwrap();
        let (words, _) = text.split_once("\n| place |").unwrap();
        assert!(words.contains(&format!("version {VERSION}")), "docs/COLUMNS.md is of another version");
        let due = format!("{words}{}", describe());
        if env::var("SHOAL_WRITE_DOCS").is_ok() {
            fs::write(path, &due).unwrap();
            return;
        }
        assert!(text == due, "docs/COLUMNS.md is not what the code says: run this test with SHOAL_WRITE_DOCS=1");
    }
}
