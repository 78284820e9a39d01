//! What every column is, in words: `docs/INDICATORS.md` ends with this text, which a test holds.

use std::fmt::Write;

use ta_lib::RetCode;

use super::FAMILIES;

/// Every column as tables in Markdown, a table a family.
///
/// # Errors
/// A parameter that a library refuses.
pub fn describe() -> Result<String, RetCode> {
    let mut text = String::new();
    for family in FAMILIES {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n### {}\n\n| column | meaning | unit | bars | call |\n|---|---|---|---|---|\n",
            family.title
        );
        for indicator in family.indicators {
            let (bars, call) = (indicator.bars()?, indicator.call());
            for column in indicator.columns {
                let _ =
                    writeln!(text, "| `{}` | {} | {} | {bars} | `{call}` |", column.name, column.meaning, column.unit);
            }
        }
    }
    Ok(text)
}
