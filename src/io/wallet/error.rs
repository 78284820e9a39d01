//! What can be wrong with a key. No variant carries key material.

use std::{io, path::PathBuf};

/// Why a text is no private key; never the text, nor a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the private key must be hex digits alone (0x in front is allowed)")]
    NotHex,
    #[error("the private key must have 64 hex digits, has {digits}")]
    Length { digits: usize },
    #[error("the private key must be above zero and below the order of the curve secp256k1")]
    OutOfRange,
}

#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    #[error(
        "no key: set SHOAL_PRIVATE_KEY, or name a keystore in SHOAL_KEYSTORE or keys.keystore, \
         with its password in SHOAL_KEYSTORE_PASSWORD"
    )]
    Absent,
    #[error(
        "two keys: SHOAL_PRIVATE_KEY is set, and so is the keystore {} (SHOAL_KEYSTORE or keys.keystore): unset one",
        keystore.display()
    )]
    Ambiguous { keystore: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the keystore {} needs a password: set SHOAL_KEYSTORE_PASSWORD", path.display())]
    NoPassword { path: PathBuf },
    #[error("the keystore {} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is no keystore that can be opened: {why}", path.display())]
    Malformed { path: PathBuf, why: &'static str },
    #[error("wrong password for the keystore {}", path.display())]
    WrongPassword { path: PathBuf },
    #[error("{} exists already: a keystore is never overwritten", path.display())]
    Exists { path: PathBuf },
    #[error("the keystore {} cannot be written: {why}", path.display())]
    Write { path: PathBuf, why: String },
    #[error("{0}")]
    Fee(&'static str),
    #[error("the transaction could not be signed")]
    Sign,
}

impl WalletError {
    /// Whether the user's settings are at fault, rather than what was tried with them.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Absent
            | Self::Ambiguous { .. }
            | Self::Key(_)
            | Self::NoPassword { .. }
            | Self::Read { .. }
            | Self::Malformed { .. }
            | Self::WrongPassword { .. } => true,
            Self::Exists { .. } | Self::Write { .. } | Self::Fee(_) | Self::Sign => false,
        }
    }
}
