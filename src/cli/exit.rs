//! Exit codes, and how an error becomes one.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::StdoutClosed;
use crate::{config::ConfigError, io::wallet::WalletError};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    /// Bad usage or configuration.
    Usage = 2,
    /// Refused by a safety rule.
    Refused = 3,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A safety rule forbids what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {0}")]
pub struct Refused(pub String);

/// The arguments fit the parser, but not each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints an error and its causes to stderr, one a line, with `secrets` blotted out, and says
/// how to exit. A closed stdout is the reader's wish to stop, and no error.
pub(super) fn report(error: &eyre::Report, secrets: &[String]) -> Exit {
    let exit = classify(error);
    if exit != Exit::Done {
        // A closed stderr leaves nobody to tell.
        let _ = io::stderr().lock().write_all(render(error, secrets).as_bytes());
    }
    exit
}

fn classify(error: &eyre::Report) -> Exit {
    error
        .chain()
        .find_map(|cause| {
            if cause.is::<ConfigError>() || cause.is::<Usage>() {
                Some(Exit::Usage)
            } else if cause.is::<Refused>() {
                Some(Exit::Refused)
            } else if cause.is::<StdoutClosed>() {
                Some(Exit::Done)
            } else {
                let wallet = cause.downcast_ref::<WalletError>()?;
                wallet.is_configuration().then_some(Exit::Usage)
            }
        })
        .unwrap_or(Exit::Failed)
}

/// The first cause after `error: `, the others after `  because: `, but for one that the line before
/// ends with; the faults of a configuration are each an error.
fn render(error: &eyre::Report, secrets: &[String]) -> String {
    let (mut text, mut said) = (String::new(), String::new());
    for (i, cause) in error.chain().enumerate() {
        let message = cause.to_string();
        if i > 0 && said.ends_with(&message) {
            continue;
        }
        let label = if i == 0 || cause.is::<ConfigError>() { "error: " } else { "  because: " };
        for line in message.lines() {
            text.push_str(&format!("{label}{line}\n"));
        }
        said = message;
    }
    for secret in secrets {
        text = text.replace(secret.as_str(), "[secret]");
    }
    text
}

#[cfg(test)]
mod tests {
    use eyre::WrapErr;

    use super::*;

    fn check(error: impl Into<eyre::Report>, exit: Exit, text: &str) {
        let error = error.into();
        assert_eq!((classify(&error), render(&error, &["s3cret".to_owned()]).as_str()), (exit, text));
    }

    #[test]
    fn errors_become_codes_wherever_they_stand_in_the_chain() {
        check(eyre::eyre!("no s3cret node"), Exit::Failed, "error: no [secret] node\n");
        check(Usage("both".to_owned()), Exit::Usage, "error: both\n");
        check(Refused("halted".to_owned()), Exit::Refused, "error: refused: halted\n");
        check(WalletError::Sign, Exit::Failed, "error: the transaction could not be signed\n");
        let faults: Result<(), _> = Err(ConfigError::one("a.toml", "risk.x", "unknown key"));
        let error = faults.wrap_err("cannot start").unwrap_err();
        check(error, Exit::Usage, "error: cannot start\nerror: a.toml: risk.x: unknown key\n");
        let told = Err::<(), _>(eyre::eyre!("disk full")).wrap_err("a.csv: disk full").unwrap_err();
        check(told, Exit::Failed, "error: a.csv: disk full\n");
        let refused = Err::<(), _>(Refused("real money".to_owned())).wrap_err("cannot send").unwrap_err();
        check(refused, Exit::Refused, "error: cannot send\n  because: refused: real money\n");
    }
}
