//! Bytes of a file as text.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use super::DataError;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const BUFFER: usize = 1 << 16;
/// Bytes of decompressed text that are kept: far beyond a file of hourly bars.
const HELD: u64 = 64 << 20;

fn is_gzip(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "gz")
}

/// What went wrong while reading `file`.
pub(super) fn fault(file: &Path, source: io::Error) -> DataError {
    let file = file.to_owned();
    if is_gzip(&file) { DataError::Gzip { file, source } } else { DataError::Io { file, source } }
}

/// The text of a file as [`open`] gives it, and its length in bytes. A compressed file is read to
/// its end first, so that damage anywhere in it is known before any of it is used: only the
/// checksum at the end of every member tells a digit that was flipped. A text of up to [`HELD`]
/// bytes is kept, a longer one decompressed again as it is read.
pub(super) fn open_whole(file: &Path) -> Result<(u64, Box<dyn BufRead + Send>), DataError> {
    let io = |source| DataError::Io { file: file.to_owned(), source };
    let opened = File::open(file).map_err(io)?;
    let length = opened.metadata().map_err(io)?.len();
    if length == 0 {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    if !is_gzip(file) {
        return Ok((length, open(file)?));
    }
    let mut text = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, opened));
    let mut held = Vec::new();
    let length = text.by_ref().take(HELD).read_to_end(&mut held).map_err(|source| fault(file, source))? as u64;
    let beyond = io::copy(&mut text, &mut io::sink()).map_err(|source| fault(file, source))?;
    if beyond > 0 {
        return Ok((length + beyond, open(file)?));
    }
    let mark = if held.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut text = Cursor::new(held);
    text.set_position(mark as u64);
    Ok((length, Box::new(text)))
}

/// The text of a plain or, by its name, gzip-compressed file, past a byte-order mark.
pub(super) fn open(file: &Path) -> Result<Box<dyn BufRead + Send>, DataError> {
    let opened = File::open(file).map_err(|source| DataError::Io { file: file.to_owned(), source })?;
    let bytes: Box<dyn Read + Send> = if is_gzip(file) {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, opened)))
    } else {
        Box::new(opened)
    };
    let mut text = Box::new(BufReader::with_capacity(BUFFER, bytes));
    if text.fill_buf().map_err(|source| fault(file, source))?.starts_with(BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
    }
    Ok(text)
}

/// The line of the row that begins at or, past blank lines, after `byte` of the text that
/// [`open`] gives: a reader of rows leaves blank lines out of its own count.
pub(super) fn line(file: &Path, byte: u64) -> Result<u64, DataError> {
    let mut text = open(file)?;
    let mut lines = 1;
    let mut at = 0;
    loop {
        let buffer = text.fill_buf().map_err(|source| fault(file, source))?;
        if buffer.is_empty() {
            return Ok(lines);
        }
        for found in buffer {
            if at >= byte && !matches!(found, b'\r' | b'\n') {
                return Ok(lines);
            }
            lines += u64::from(*found == b'\n');
            at += 1;
        }
        let read = buffer.len();
        text.consume(read);
    }
}
