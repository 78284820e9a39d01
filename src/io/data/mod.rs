//! Reads the data folder: `DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]`.
//!
//! A file has a header that names at least `ts,open,high,low,close,volume` in any order; other
//! columns are ignored. `ts` is the bar's open in unix seconds UTC. A UTF-8 byte-order mark and
//! CRLF line ends are accepted. Every fault is an error that names the file, the line and the
//! field: a bar is never repaired, skipped or guessed.

mod error;
mod folder;
mod parse;
mod select;
#[cfg(test)]
mod tests;
mod text;

pub use error::{DataError, RowFault};
pub use folder::{CandleFile, Folder};
pub use select::{Request, Selection};

use crate::units::Timestamp;

/// The length of a bar, as a file's name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeframe {
    /// `1h`
    H1,
    /// `1d`
    D1,
}

impl Timeframe {
    /// Every timeframe that the folder may hold.
    pub const ALL: [Self; 2] = [Self::H1, Self::D1];

    /// As in a file's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::H1 => "1h",
            Self::D1 => "1d",
        }
    }

    /// The bar's length in seconds; every `ts` is a multiple of it.
    pub fn seconds(self) -> u64 {
        match self {
            Self::H1 => Timestamp::HOUR,
            Self::D1 => 24 * Timestamp::HOUR,
        }
    }
}
