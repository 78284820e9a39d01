//! What can be wrong with a data folder, each fault with its file, line and field.

use std::path::PathBuf;

use crate::units::{PriceError, Timestamp};

/// A data folder that cannot be used as asked. Halt: the folder or the request must be mended.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The folder is not there.
    #[error("{}: no such folder; {} holds {}", looked_for.display(), parent.display(), list(present))]
    NoFolder { looked_for: PathBuf, parent: PathBuf, present: Vec<String> },
    /// The folder is there, and is no data folder.
    #[error("{}: no data folder: it has none of the folders {}; it holds {}", folder.display(), list(known), list(present))]
    NoKind { folder: PathBuf, known: Vec<&'static str>, present: Vec<String> },
    /// None of the files looked for is there.
    #[error("no file {}; {} holds {}", paths(looked_for), folder.display(), list(present))]
    NoFile { looked_for: Vec<PathBuf>, folder: PathBuf, present: Vec<String> },
    /// The plain and the compressed file are both there and may differ.
    #[error("both {} and {} are there: remove one", plain.display(), compressed.display())]
    Ambiguous { plain: PathBuf, compressed: PathBuf },
    #[error("{}: {source}", file.display())]
    Io { file: PathBuf, source: std::io::Error },
    /// The compressed stream ends early, fails its checksum or is none.
    #[error("{}: damaged or truncated gzip: {source}", file.display())]
    Gzip { file: PathBuf, source: std::io::Error },
    #[error("{}: the file is empty", file.display())]
    Empty { file: PathBuf },
    #[error("{}: a header but no rows", file.display())]
    NoRows { file: PathBuf },
    #[error("{}: line 1: the header lacks `{column}`: it reads `{header}`", file.display())]
    NoColumn { file: PathBuf, column: &'static str, header: String },
    /// A macro file whose publication lag nobody has said.
    #[error("{}: no [[macro.series]] of sources.toml has file = \"{name}\": give one with its period, known_after and stale_after", file.display())]
    NoRule { file: PathBuf, name: String },
    /// A macro file in which it is not clear which column is meant.
    #[error("{}: line 1: the header has neither `value` nor `close`, and not just one other column of numbers ({}): it reads `{header}`", file.display(), list(numeric))]
    NoValue { file: PathBuf, header: String, numeric: Vec<String> },
    #[error("{}: line 1: the header names `{column}` twice", file.display())]
    TwoColumns { file: PathBuf, column: &'static str },
    #[error("{}: line {line}, field `{field}`: {fault}", file.display())]
    Row { file: PathBuf, line: u64, field: String, fault: RowFault },
    /// No venue, or none of those asked for, holds every asset.
    #[error("no venue in {} has hourly candles of {}: {}", folder.display(), list(assets), lines(tried))]
    NoVenue { folder: PathBuf, assets: Vec<String>, tried: Vec<String> },
    #[error("no venue `{venue}` in {}: it holds {}", folder.display(), list(present))]
    UnknownVenue { folder: PathBuf, venue: String, present: Vec<String> },
    /// Every venue with the assets was read, and none covers the range.
    #[error("no candles cover {wanted}: {}", lines(covered))]
    NotCovered { wanted: String, covered: Vec<String> },
    #[error("{}: {missing} hours are missing between {from} and {to}, the first at {}", file.display(), list(first))]
    Gap { file: PathBuf, from: Timestamp, to: Timestamp, missing: usize, first: Vec<Timestamp> },
    #[error("`{name}` {at} is not on the hour: use {} or {}", at.hour(), at.hour().plus(Timestamp::HOUR))]
    OffHour { name: &'static str, at: Timestamp },
    #[error("the range from {from} to {to} is empty: `from` must lie before `to`")]
    EmptyRange { from: Timestamp, to: Timestamp },
    #[error("nothing was asked for: {0}")]
    NothingAsked(&'static str),
}

/// What is wrong with one field of one row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RowFault {
    #[error("the row has {have} fields and lacks this one")]
    TooFewFields { have: usize },
    #[error("not UTF-8 text")]
    NotUtf8,
    #[error("`{0}` is not a whole number of unix seconds")]
    NotSeconds(String),
    #[error("{0} lies beyond the year 2200: seconds are wanted, not milliseconds")]
    NotSecondsButFiner(u64),
    #[error("{0}")]
    Price(PriceError),
    #[error("`{0}` is not a number")]
    NotANumber(String),
    #[error("`{0}` is not finite")]
    NotFinite(String),
    #[error("`{0}` is negative")]
    Negative(String),
    #[error("{0} is beyond what indicators can take")]
    BeyondIndicators(f64),
    #[error("{high} is below {body}, the higher of open and close")]
    HighTooLow { high: String, body: String },
    #[error("{low} is above {body}, the lower of open and close")]
    LowTooHigh { low: String, body: String },
    #[error("{ts} is not a multiple of {step} seconds")]
    OffGrid { ts: u64, step: u64 },
    #[error("{ts} stands twice")]
    Duplicate { ts: u64 },
    #[error("{ts} comes after {previous}: rows must ascend")]
    Unsorted { ts: u64, previous: u64 },
    #[error("`{0}` is no date: give 2015-01-02, 2015-01 (a month) or unix seconds")]
    NotADate(String),
    #[error("`{0}` is a month, but the series' period is not \"month\": its values would be known too early")]
    AMonth(String),
    #[error("`{0}` is not the first of a month, but the series' period is \"month\"")]
    NotTheFirst(String),
    #[error("`{0}` stands twice")]
    Repeated(String),
    #[error("`{0}` comes after a later date: rows must ascend")]
    Backwards(String),
    #[error("it is empty")]
    Blank,
    #[error("`{0}` is not a whole number")]
    NotAnInteger(String),
    #[error("`{0}` is no time: `2024-01-05 00:00:11` in UTC or unix seconds are wanted")]
    NotATime(String),
    #[error("`{0}` is not hexadecimal of the right length, `0x` before it")]
    NotHex(String),
    #[error("`{0}` is no list of topics: `['0x..', '0x..']` is wanted, at most four")]
    NotTopics(String),
    #[error("log {log} of block {block} does not come after the row before it")]
    LogOrder { block: u64, log: u64 },
}

fn list<T: ToString>(items: &[T]) -> String {
    if items.is_empty() { "nothing".to_owned() } else { join(items, ", ") }
}

fn lines(items: &[String]) -> String {
    if items.is_empty() { "it holds no venue".to_owned() } else { join(items, "; ") }
}

fn paths(items: &[PathBuf]) -> String {
    let items: Vec<_> = items.iter().map(|path| path.display()).collect();
    join(&items, " or ")
}

fn join<T: ToString>(items: &[T], separator: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}
