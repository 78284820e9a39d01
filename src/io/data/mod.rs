//! Reads the data folder: `DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]`.
//!
//! A file has a header that names at least `ts,open,high,low,close,volume` in any order; other
//! columns are ignored. `ts` is the bar's open in unix seconds UTC. A UTF-8 byte-order mark and
//! CRLF line ends are accepted. `DIR/dex/*.raw_logs.csv[.gz]` are event logs as a node gave them.
//! Every fault is an error that names the file, the line and the
//! field: a bar is never repaired, skipped or guessed.

mod error;
mod folder;
mod logs;
mod parse;
mod select;
#[cfg(test)]
mod tests;
mod text;

pub use error::{DataError, RowFault};
pub use folder::{CandleFile, Folder};
pub use logs::{LogRow, raw_logs};
pub use select::{Request, Selection};
