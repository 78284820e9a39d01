//! Macro files: `DIR/macro/<series>.csv[.gz]`.
//!
//! The first column is the date, whatever its name: `2015-01-02`, `1833-01` (a month) or unix
//! seconds, UTC. The value stands in the column `value`, or else `close`, or else in the only
//! column beside the first that holds numbers and nothing else. An empty value (or FRED's `.`) is
//! a day without one; a value may be negative. Rows ascend. When a value was known is what the
//! series' configured rule says; a file without a rule is an error.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use csv::StringRecord;

use super::{DataError, RowFault, folder::names, parse};
use crate::{
    domain::{Observation, Period, Publication, SeriesRule},
    units::Timestamp,
};

/// 2200-01-01: any later stamp is milliseconds.
const LATEST: u64 = 7_258_118_400;

/// One macro file of the folder, with its series' rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroFile {
    pub path: PathBuf,
    pub rule: SeriesRule,
}

/// What a macro file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct MacroValues {
    pub observations: Vec<Observation>,
    /// The name of the column that was read.
    pub column: String,
    /// Rows without a value.
    pub empty: usize,
    /// Rows left out because our time begins in 1970.
    pub before_1970: usize,
}

/// The macro files of the folder `dir`, by name; none where it has no folder `macro`. `rules` are
/// by file name, without `.csv`; in the place of a file without a rule is a [`DataError::NoRule`],
/// of one that is there both plain and compressed a [`DataError::Ambiguous`].
pub fn macro_files(dir: &Path, rules: &BTreeMap<String, SeriesRule>) -> Vec<Result<MacroFile, DataError>> {
    let file = |(name, path): (String, Result<PathBuf, DataError>)| match rules.get(&name) {
        Some(rule) => Ok(MacroFile { path: path?, rule: rule.clone() }),
        None => Err(DataError::NoRule { file: path?, name }),
    };
    csv_files(&dir.join("macro")).into_iter().map(file).collect()
}

impl MacroFile {
    /// # Errors
    /// The first fault of the file, with its line and field.
    pub fn read(&self) -> Result<MacroValues, DataError> {
        values(&self.path, self.rule.publication)
    }
}

/// The plain and compressed CSV files of a folder, by name without `.csv`; one that is there as
/// both is a [`DataError::Ambiguous`].
pub(super) fn csv_files(folder: &Path) -> BTreeMap<String, Result<PathBuf, DataError>> {
    let mut files = BTreeMap::new();
    for name in names(folder) {
        let Some(stem) = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".csv.gz")) else { continue };
        let path = folder.join(&name);
        // By name the plain file comes first.
        let found = match files.remove(stem) {
            Some(Ok(plain)) => Err(DataError::Ambiguous { plain, compressed: path }),
            _ => Ok(path),
        };
        files.insert(stem.to_owned(), found);
    }
    files
}

fn values(file: &Path, publication: Publication) -> Result<MacroValues, DataError> {
    let (header, rows) = parse::table(file)?;
    let column = value_column(file, &header, &rows)?;
    let name = |column: usize| header.get(column).unwrap_or_default().to_owned();
    let mut values = MacroValues { observations: Vec::new(), column: name(column), empty: 0, before_1970: 0 };
    let mut previous = None;
    for row in &rows {
        let failed = |column, fault| parse::placed(file, row, name(column), fault);
        let stamp = stamp(row.get(0).unwrap_or_default(), publication.period).map_err(|fault| failed(0, fault))?;
        match previous {
            Some(previous) if stamp == previous => {
                return Err(failed(0, RowFault::Repeated(parse::quoted(row.get(0).unwrap_or_default()))));
            }
            Some(previous) if stamp < previous => {
                return Err(failed(0, RowFault::Backwards(parse::quoted(row.get(0).unwrap_or_default()))));
            }
            _ => previous = Some(stamp),
        }
        let field = row.get(column).ok_or_else(|| failed(column, RowFault::TooFewFields { have: row.len() }))?;
        if is_empty(field) {
            values.empty += 1;
            continue;
        }
        let value: f64 =
            field.trim().parse().map_err(|_| failed(column, RowFault::NotANumber(parse::quoted(field))))?;
        if !value.is_finite() {
            return Err(failed(column, RowFault::NotFinite(parse::quoted(field))));
        }
        let Ok(ts) = u64::try_from(stamp).map(Timestamp) else {
            values.before_1970 += 1;
            continue;
        };
        values.observations.push(Observation { ts, known_at: publication.known_at(ts), value });
    }
    Ok(values)
}

fn is_empty(field: &str) -> bool {
    matches!(field.trim(), "" | ".")
}

fn value_column(file: &Path, header: &StringRecord, rows: &[StringRecord]) -> Result<usize, DataError> {
    for wanted in ["value", "close"] {
        let mut named = header.iter().enumerate().skip(1).filter(|(_, name)| name.trim().eq_ignore_ascii_case(wanted));
        if let Some((column, _)) = named.next() {
            return match named.next() {
                None => Ok(column),
                Some(_) => Err(DataError::TwoColumns { file: file.to_owned(), column: wanted }),
            };
        }
    }
    let is_numeric = |column: &usize| {
        let mut fields = rows.iter().filter_map(|row| row.get(*column)).filter(|field| !is_empty(field)).peekable();
        fields.peek().is_some() && fields.all(|field| field.trim().parse::<f64>().is_ok())
    };
    let numeric: Vec<usize> = (1..header.len()).filter(is_numeric).collect();
    match numeric.as_slice() {
        [column] => Ok(*column),
        _ => Err(DataError::NoValue {
            file: file.to_owned(),
            header: header.iter().collect::<Vec<_>>().join(","),
            numeric: numeric.into_iter().filter_map(|column| header.get(column)).map(str::to_owned).collect(),
        }),
    }
}

/// Seconds since 1970, and before it below zero. A date must be the beginning of the series'
/// period: a month taken for its first day would be known a month early.
fn stamp(text: &str, period: Period) -> Result<i64, RowFault> {
    let text = text.trim();
    let not_a_date = || RowFault::NotADate(parse::quoted(text));
    let is_month = text.len() == 7 && text.as_bytes().get(4) == Some(&b'-');
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: u64 = text.parse().map_err(|_| not_a_date())?;
        if seconds > LATEST {
            return Err(RowFault::NotSecondsButFiner(seconds));
        }
        seconds.cast_signed()
    } else {
        let date = if is_month { format!("{text}-01") } else { text.to_owned() };
        // The library would take a date with a time, and leave the time out.
        let date: jiff::civil::Date = date.parse().ok().filter(|_| date.len() == 10).ok_or_else(not_a_date)?;
        if period == Period::Month && date.day() != 1 {
            return Err(RowFault::NotTheFirst(parse::quoted(text)));
        }
        date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| not_a_date())?.timestamp().as_second()
    };
    if is_month && period != Period::Month {
        return Err(RowFault::AMonth(parse::quoted(text)));
    }
    Ok(seconds)
}
