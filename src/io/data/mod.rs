//! Reads the data folder: `DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]` and
//! `DIR/macro/<series>.csv[.gz]`.
//!
//! A candle file has a header that names at least `ts,open,high,low,close,volume` in any order; other
//! columns are ignored. `ts` is the bar's open in unix seconds UTC. A UTF-8 byte-order mark and
//! CRLF line ends are accepted. Every fault is an error that names the file, the line and the
//! field: a bar is never repaired, skipped or guessed.

mod error;
mod folder;
mod numbers;
mod parse;
mod select;
#[cfg(test)]
mod tests;
mod text;

pub use error::{DataError, RowFault};
pub use folder::{CandleFile, Folder};
pub use numbers::{NumberFile, Numbers};
pub use select::{Request, Selection};
