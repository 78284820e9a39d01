//! Bytes of a file as text.

use std::{fs, io::Read, path::Path};

use flate2::read::MultiGzDecoder;

use super::{DataError, RowFault};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a plain or, by its name, gzip-compressed file, without a byte-order mark.
pub(super) fn read(file: &Path) -> Result<String, DataError> {
    let io = |source| DataError::Io { file: file.to_owned(), source };
    let bytes = fs::read(file).map_err(io)?;
    if bytes.is_empty() {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let bytes = if file.extension().is_some_and(|extension| extension == "gz") {
        // Candles compress about fourfold. The decoder checks length and checksum at the end
        // of every member, so a file cut short anywhere is an error.
        let mut plain = Vec::with_capacity(bytes.len().saturating_mul(5));
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|source| DataError::Gzip { file: file.to_owned(), source })?;
        plain
    } else {
        bytes
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        not_utf8(file, valid)
    })?;
    match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// Where the text stops being UTF-8; `valid` is all that comes before.
fn not_utf8(file: &Path, valid: &[u8]) -> DataError {
    let lines: Vec<&[u8]> = valid.split(|byte| *byte == b'\n').collect();
    let commas = |line: &&[u8]| line.iter().filter(|byte| **byte == b',').count();
    let column = lines.last().map_or(0, commas);
    let header = lines.first().map(|line| String::from_utf8_lossy(line)).unwrap_or_default();
    let named = (lines.len() > 1).then(|| header.trim_end().split(',').nth(column).map(str::to_owned)).flatten();
    DataError::Row {
        file: file.to_owned(),
        line: lines.len() as u64,
        field: named.unwrap_or_else(|| format!("column {}", column + 1)),
        fault: RowFault::NotUtf8,
    }
}
