//! A text file line by line, of any length and in bounded memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A text that cannot be read on. Halt: the file must be mended.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("{file}: {source}")]
    Open { file: String, source: io::Error },
    /// Also a gzip stream that is damaged or cut short.
    #[error("{file}: line {line}: {source}")]
    Read { file: String, line: u64, source: io::Error },
    #[error("{file}: line {line}: not UTF-8 text from byte {byte} of the line on")]
    NotUtf8 { file: String, line: u64, byte: usize },
    #[error("{file}: line {line}: longer than {limit} bytes")]
    TooLong { file: String, line: u64, limit: usize },
}

/// The lines of a text, without their ends and without a byte-order mark.
pub struct Lines {
    file: String,
    reader: Box<dyn BufRead>,
    limit: usize,
    /// Of the line read last, counted from one.
    line: u64,
}

impl Lines {
    /// Opens a plain or gzip-compressed file, told apart by their first bytes; `-` is standard
    /// input. A line of more than `limit` bytes is an error.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(path: &Path, limit: usize) -> Result<Self, LineError> {
        if path == Path::new("-") {
            return Self::new("standard input", io::stdin(), limit);
        }
        let file = path.display().to_string();
        let opened = File::open(path).map_err(|source| LineError::Open { file: file.clone(), source })?;
        Self::new(&file, opened, limit)
    }

    fn new(file: &str, mut bytes: impl Read + 'static, limit: usize) -> Result<Self, LineError> {
        let file = file.to_owned();
        let mut start = Vec::new();
        if let Err(source) = bytes.by_ref().take(2).read_to_end(&mut start) {
            return Err(LineError::Open { file, source });
        }
        let packed = start == GZIP;
        let whole = Cursor::new(start).chain(bytes);
        let reader: Box<dyn BufRead> =
            if packed { Box::new(BufReader::new(MultiGzDecoder::new(whole))) } else { Box::new(BufReader::new(whole)) };
        Ok(Self { file, reader, limit, line: 0 })
    }

    /// What is read, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    fn read(&mut self) -> Result<Option<String>, LineError> {
        self.line += 1;
        let (file, line, limit) = (&self.file, self.line, self.limit);
        let mut bytes = Vec::new();
        // One more for a carriage return, one for the line's end.
        let most = limit as u64 + 2;
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes);
        read.map_err(|source| LineError::Read { file: file.clone(), line, source })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.pop_if(|last| *last == b'\n').is_some() {
            bytes.pop_if(|last| *last == b'\r');
        }
        if bytes.len() > limit {
            return Err(LineError::TooLong { file: file.clone(), line, limit });
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to() + 1;
            LineError::NotUtf8 { file: file.clone(), line, byte }
        })?;
        Ok(Some(match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if line == 1 => rest.to_owned(),
            _ => text,
        }))
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("file", &self.file).field("line", &self.line).finish_non_exhaustive()
    }
}

/// After an error whoever reads should stop: the next line may begin in the middle of one.
impl Iterator for Lines {
    type Item = Result<String, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn read(bytes: &[u8], limit: usize) -> Result<Vec<String>, String> {
        let lines = Lines::new("a.txt", Cursor::new(bytes.to_vec()), limit).unwrap();
        lines.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn line_ends_marks_and_gzip() {
        for (bytes, lines) in [
            (b"".to_vec(), vec![]),
            (b"\n".to_vec(), vec![""]),
            (b"a".to_vec(), vec!["a"]),
            (b"\xef\xbb\xbfa\r\nb\r\r\n\nc\xef\xbb\xbf".to_vec(), vec!["a", "b\r", "", "c\u{feff}"]),
            (gzip("\u{feff}one\r\ntwo\n"), vec!["one", "two"]),
            (gzip(""), vec![]),
        ] {
            assert_eq!(read(&bytes, 10).unwrap(), lines, "{bytes:?}");
        }
        let twice = [gzip("a\n"), gzip("b\n")].concat();
        assert_eq!(read(&twice, 10).unwrap(), ["a", "b"]);
    }

    #[test]
    fn faults_are_located() {
        assert_eq!(
            read(b"a\nb\xffc\n", 10),
            Err("a.txt: line 2: not UTF-8 text from byte 2 of the line on".to_owned())
        );
        assert_eq!(read(b"a\n12345\n", 4), Err("a.txt: line 2: longer than 4 bytes".to_owned()));
        assert_eq!(read(b"12345678901234567890", 4), Err("a.txt: line 1: longer than 4 bytes".to_owned()));
        assert_eq!(read(b"1234\r\n1234", 4).unwrap().len(), 2);
        let cut = gzip(&"many words here\n".repeat(50));
        let error = read(&cut[..cut.len() - 6], 100).unwrap_err();
        assert!(error.starts_with("a.txt: line "), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Lines::open(Path::new("no/such.txt"), 10).unwrap_err();
        assert!(error.to_string().starts_with("no/such.txt: "), "{error}");
    }
}
