//! What is wrong with a configuration: every fault, each with its place.

use std::{cell::RefCell, fmt};

/// One fault. The user must mend the place it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, or `environment`.
    pub file: String,
    /// The key's path within the file (`risk.kelly_fraction`); empty for the file as a whole.
    pub path: String,
    /// What is wrong. Never holds a secret nor an RPC URL.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}: {}: {}", self.file, self.path, self.message)
        }
    }
}

/// A configuration that cannot be used. Halt: nothing may run on a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<Fault>,
}

impl ConfigError {
    /// An error of one fault.
    pub fn one(file: impl Into<String>, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { faults: vec![Fault { file: file.into(), path: path.into(), message: message.into() }] }
    }

    /// All faults, in the order of the files' schema; at least one.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    /// One fault a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Collects faults while the sections are read. A cell, because several sections are open at
/// a time and all of them report here.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn push(&self, file: &str, path: impl Into<String>, message: impl Into<String>) {
        let fault = Fault { file: file.to_owned(), path: path.into(), message: message.into() };
        self.0.borrow_mut().push(fault);
    }

    /// The value, if nothing was reported on the way to it.
    pub(super) fn settle<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        let faults = self.0.into_inner();
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            _ if faults.is_empty() => Err(ConfigError::one("configuration", "", "incomplete, for no known reason")),
            _ => Err(ConfigError { faults }),
        }
    }
}
