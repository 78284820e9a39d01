//! What goes to stdout.

use std::io::{self, Write};

use serde::Serialize;

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
