//! A compressed file that is not there until it is whole.

use std::{
    fs::{self, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::NamedTempFile;

use super::ExportError;

/// Bytes that are compressed at a time: the encoder is slow for a few.
const BUFFER: usize = 1 << 16;

pub(super) struct Writing {
    path: PathBuf,
    text: BufWriter<GzEncoder<BufWriter<NamedTempFile>>>,
    rows: u64,
}

impl Writing {
    /// `DIR/NAME.csv.gz`, with its first line.
    pub(super) fn begin(folder: &Path, name: &str, header: &str) -> Result<Self, ExportError> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(ExportError::Name { folder: folder.to_owned(), name: name.to_owned() });
        }
        let path = folder.join(format!("{name}.csv.gz"));
        let begin = || {
            fs::create_dir_all(folder)?;
            // Readers of the folder pass over hidden files.
            let file = tempfile::Builder::new()
                .prefix(".export")
                .permissions(Permissions::from_mode(0o644))
                .tempfile_in(folder)?;
            let text = GzEncoder::new(BufWriter::new(file), Compression::fast());
            let mut text = BufWriter::with_capacity(BUFFER, text);
            writeln!(text, "{header}")?;
            Ok(text)
        };
        match begin() {
            Ok(text) => Ok(Self { path, text, rows: 0 }),
            Err(source) => Err(ExportError::Io { path, source }),
        }
    }

    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), ExportError> {
        self.rows += 1;
        writeln!(self.text, "{line}").map_err(|source| ExportError::Io { path: self.path.clone(), source })
    }

    /// Puts the file into its place, unless no line was written. Returns the number of lines.
    pub(super) fn finish(self) -> Result<u64, ExportError> {
        let Self { path, text, rows } = self;
        let finish = || {
            let text = text.into_inner().map_err(io::IntoInnerError::into_error)?;
            let file = text.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(rows)
        };
        if rows == 0 {
            return Ok(0);
        }
        finish().map_err(|source| ExportError::Io { path: path.clone(), source })
    }

    /// As [`Self::finish`], under a name that is known only now.
    pub(super) fn finish_as(mut self, name: &str) -> Result<u64, ExportError> {
        self.path.set_file_name(format!("{name}.csv.gz"));
        self.finish()
    }
}
