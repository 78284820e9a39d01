//! Files of one number a date: `DIR/macro/<series>.csv[.gz]`.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::{DataError, Folder, RowFault, folder::names, text};
use crate::units::Timestamp;

/// Columns that hold the value, the preferred first.
const VALUES: [&str; 2] = ["value", "close"];

/// One file of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFile {
    /// The file's name without its endings.
    pub series: String,
    /// Beneath the folder as it was given.
    pub path: PathBuf,
}

/// What a file of numbers holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Date (its first second, UTC) and value, in the file's order.
    pub values: Vec<(Timestamp, f64)>,
    /// Dates without a value: holidays.
    pub empty: u64,
    /// Rows before 1970, which no timestamp can say.
    pub before_1970: u64,
}

impl Folder {
    /// Every file of numbers, by name; none without a folder `macro`.
    pub fn number_files(&self) -> Vec<NumberFile> {
        let folder = self.dir().join("macro");
        let file = |name: String| {
            let series = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".csv.gz"))?.to_owned();
            Some(NumberFile { series, path: folder.join(&name) })
        };
        names(&folder).into_iter().filter_map(file).collect()
    }

    /// Reads one of them. The first column is the date (`2024-01-05`, `2024-01` or unix seconds).
    /// The value stands under `value` or `close`, or else in the only other column whose first
    /// row is a number.
    ///
    /// # Errors
    /// [`DataError`] with file, line and field.
    pub fn numbers(&self, file: &NumberFile) -> Result<Numbers, DataError> {
        read(&file.path, &text::read(&file.path)?)
    }
}

fn read(file: &Path, text: &str) -> Result<Numbers, DataError> {
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
    let fault = |error: csv::Error| DataError::Io { file: file.to_owned(), source: error.into() };
    let header = reader.headers().map_err(fault)?.clone();
    let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let Some(first) = rows.first() else { return Err(DataError::NoRows { file: file.to_owned() }) };
    let column = value_column(&header, first).ok_or_else(|| DataError::NoColumn {
        file: file.to_owned(),
        column: "value",
        header: header.iter().collect::<Vec<_>>().join(","),
    })?;
    let mut numbers = Numbers::default();
    for row in &rows {
        let line = row.position().map_or(0, csv::Position::line);
        let located = |place: usize, fault: RowFault| DataError::Row {
            file: file.to_owned(),
            line,
            field: header.get(place).unwrap_or("?").to_owned(),
            fault,
        };
        let date = row.get(0).unwrap_or_default();
        let ts = stamp(date).ok_or_else(|| located(0, RowFault::NotADate(date.chars().take(40).collect())))?;
        let text = row.get(column).ok_or_else(|| located(column, RowFault::TooFewFields { have: row.len() }))?;
        let Some(ts) = ts else {
            numbers.before_1970 += 1;
            continue;
        };
        if text.trim().is_empty() {
            numbers.empty += 1;
            continue;
        }
        let quoted = || text.chars().take(40).collect();
        let value: f64 = text.trim().parse().map_err(|_| located(column, RowFault::NotANumber(quoted())))?;
        if !value.is_finite() {
            return Err(located(column, RowFault::NotFinite(quoted())));
        }
        numbers.values.push((ts, value));
    }
    Ok(numbers)
}

fn value_column(header: &StringRecord, first: &StringRecord) -> Option<usize> {
    let named = VALUES.iter().find_map(|name| header.iter().position(|column| column == *name));
    named.or_else(|| {
        let is_number = |place: &usize| first.get(*place).is_some_and(|text| text.trim().parse::<f64>().is_ok());
        let mut numbers = (1..header.len()).filter(is_number);
        numbers.next().filter(|_| numbers.next().is_none())
    })
}

/// The first second of a date; `Some(None)` before 1970, `None` for what is no date.
fn stamp(text: &str) -> Option<Option<Timestamp>> {
    if let Ok(ts) = text.parse() {
        return Some(Some(ts));
    }
    let date: jiff::civil::Date = text.parse().or_else(|_| format!("{text}-01").parse()).ok()?;
    (date.year() < 1970).then_some(None).or_else(|| Some(Some(date.to_string().parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Numbers, DataError> {
        read(Path::new("m.csv"), text)
    }

    #[test]
    fn dates_holidays_and_columns() {
        let values = |text: &str| of(text).unwrap().values.into_iter().map(|(ts, v)| (ts.0, v)).collect::<Vec<_>>();
        let expected = [(1_586_995_200, 1.5), (1_587_340_800, -37.0)];
        assert_eq!(values("date,value\n2020-04-16,1.5\n2020-04-17,\n2020-04-20,-37\n"), expected);
        assert_eq!(values("date,open,close\n2020-04-16,9,1.5\n2020-04-20,9,-37\n"), expected);
        assert_eq!(
            values("timestamp,date,index,name\n1586995200,2020-04-16,1.5,Fear\n1587340800,2020-04-20,-37,x\n"),
            expected
        );
        let gold = of("Date,Price\n1969-12,35.2\n1970-01,34.9\n").unwrap();
        assert_eq!((gold.before_1970, gold.values), (1, vec![(Timestamp(0), 34.9)]));
    }

    #[test]
    fn faults_name_line_and_field() {
        let said = |text: &str| of(text).unwrap_err().to_string();
        assert_eq!(said("date,value\n2020-04-16,1\nsoon,1\n"), "m.csv: line 3, field `date`: `soon` is no date");
        assert_eq!(said("date,value\n2020-04-16,NaN\n"), "m.csv: line 2, field `value`: `NaN` is not finite");
        assert_eq!(said("date,value\n2020-04-16,x\n"), "m.csv: line 2, field `value`: `x` is not a number");
        assert_eq!(said("date,a,b\n2020-04-16,1,2\n"), "m.csv: line 1: the header lacks `value`: it reads `date,a,b`");
        assert_eq!(said("date,value\n"), "m.csv: a header but no rows");
    }
}
