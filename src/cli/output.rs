//! What goes to stdout, and to a file that is there whole or not at all.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use eyre::WrapErr;
use serde::Serialize;

use crate::io::beside::beside;

/// Nobody reads stdout any more (`shoal ... | head`). Ends the command without an error.
#[derive(Debug, thiserror::Error)]
#[error("stdout is closed")]
pub struct StdoutClosed;

/// Writes to stdout without the panic of `println!` on a closed pipe.
#[derive(Clone, Copy, Debug)]
pub struct Stdout;

impl Stdout {
    /// One line, or several, with the line's end.
    ///
    /// # Errors
    /// [`StdoutClosed`], which ends the command quietly when passed on with `?`.
    pub fn line(self, text: impl std::fmt::Display) -> eyre::Result<()> {
        write(&format!("{text}\n"))
    }

    /// A value as one line of JSON.
    ///
    /// # Errors
    /// As [`Self::line`], and for what JSON cannot express.
    pub fn json(self, value: &impl Serialize) -> eyre::Result<()> {
        self.line(serde_json::to_string(value)?)
    }
}

fn write(text: &str) -> eyre::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
        Err(error) => Err(eyre::eyre!("stdout cannot be written: {error}")),
    }
}

/// Writes beside the file and renames at the end. What is there and no file (a pipe, a device)
/// is written to as it is.
pub(super) fn write_file<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> eyre::Result<T>) -> eyre::Result<T> {
    let fault = || format!("{} cannot be written", path.display());
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        let mut out = File::options().write(true).open(path).wrap_err_with(fault)?;
        return write(&mut out);
    }
    let mut file = beside(path).wrap_err_with(fault)?;
    let told = {
        let mut out = BufWriter::new(file.as_file_mut());
        let told = write(&mut out)?;
        out.flush().wrap_err_with(fault)?;
        told
    };
    file.persist(path).wrap_err_with(fault)?;
    Ok(told)
}
