//! Reads the data folder: `DIR/candles/<venue>/<SYMBOL>_<timeframe>.csv[.gz]`, and beside it
//! `macro/` ([`macro_files`]), `news/` ([`news_files`]) and `dex/` ([`log_files`]).
//!
//! A candle file has a header that names at least `ts,open,high,low,close,volume` in any order; other
//! columns are ignored. `ts` is the bar's open in unix seconds UTC. A UTF-8 byte-order mark and
//! CRLF line ends are accepted. `DIR/dex/*.raw_logs.csv[.gz]` are event logs as a node gave them.
//! Every fault is an error that names the file, the line and the
//! field: a bar is never repaired, skipped or guessed.

mod candles;
mod error;
mod folder;
mod logs;
mod macros;
mod news;
mod parse;
mod select;
/// Where the tests' real data lies.
#[cfg(test)]
#[path = "../../../tests/support/data.rs"]
pub(crate) mod test_data;
#[cfg(test)]
mod tests;
mod text;

pub use candles::Candles;
pub use error::{DataError, RowFault};
pub use folder::{CandleFile, CandleReader, Folder, QUOTES};
pub use logs::{COLUMNS as LOG_COLUMNS, LogFile, LogRow, SUFFIX as LOG_SUFFIX, log_files, raw_logs};
pub use macros::{MacroFile, MacroValues, macro_files};
pub use news::{NewsPosts, news_file_of, news_files, news_posts};
pub use select::{Request, Selection};
