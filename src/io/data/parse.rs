//! A candle file row by row, every bar checked.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{DataError, RowFault, text};
use crate::{
    domain::{Candle, PriceBar, Timeframe},
    units::{Price, PriceError, Timestamp},
};

const COLUMNS: [&str; 6] = ["ts", "open", "high", "low", "close", "volume"];
const TS: usize = 0;
const OPEN: usize = 1;
const HIGH: usize = 2;
const LOW: usize = 3;
const CLOSE: usize = 4;
const VOLUME: usize = 5;
/// 2200-01-01: any later stamp is milliseconds.
const LATEST: u64 = 7_258_118_400;
/// A wrong field is quoted up to this length.
const QUOTED: usize = 40;

/// The rows of one file, read as they are asked for: of the file only a buffer is held.
pub(super) struct Rows {
    file: PathBuf,
    /// Where it is known, stamps must be multiples of it.
    timeframe: Option<Timeframe>,
    reader: csv::Reader<Box<dyn BufRead + Send>>,
    columns: [usize; 6],
    record: StringRecord,
    previous: Option<u64>,
    /// Bytes of the text.
    length: u64,
}

impl Rows {
    /// Checks that the file is whole and reads its header.
    pub(super) fn open(file: &Path, timeframe: Option<Timeframe>) -> Result<Self, DataError> {
        let (length, text) = text::open_whole(file)?;
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text);
        let header = reader.headers().map_err(|error| csv_fault(file, None, error))?;
        let columns = columns(file, header, COLUMNS)?;
        let record = StringRecord::new();
        Ok(Self { file: file.to_owned(), timeframe, reader, columns, record, previous: None, length })
    }

    /// The next bar, prices exact.
    pub(super) fn bar(&mut self) -> Result<Option<PriceBar>, DataError> {
        let more = self.reader.read_record(&mut self.record);
        if !more.map_err(|error| csv_fault(&self.file, self.reader.headers().ok(), error))? {
            return match self.previous {
                Some(_) => Ok(None),
                None => Err(DataError::NoRows { file: self.file.clone() }),
            };
        }
        let read = bar(&self.record, &self.columns, self.timeframe, self.previous);
        let bar = read.map_err(|fault| self.row_fault(fault))?;
        self.previous = Some(bar.ts.0);
        Ok(Some(bar))
    }

    /// The next bar as statistics: the same checks of the same row. Its numbers are the nearest
    /// to the text, which a price of twelve decimals is not for every number that a float can hold.
    pub(super) fn candle(&mut self) -> Result<Option<Candle>, DataError> {
        let Some(bar) = self.bar()? else { return Ok(None) };
        let candle = candle(&bar, &self.record, &self.columns).map_err(|fault| self.row_fault(fault))?;
        Ok(Some(candle))
    }

    /// A fault of the row read last that the reader of its bar has found.
    pub(super) fn fault(&self, field: &str, fault: RowFault) -> DataError {
        placed(&self.file, &self.record, field.to_owned(), fault)
    }

    /// How much of the file was read, 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        self.reader.position().byte() as f64 / self.length.max(1) as f64
    }

    fn row_fault(&self, (column, fault): Fault) -> DataError {
        self.fault(COLUMNS[column], fault)
    }
}

/// A fault of a row.
pub(super) fn placed(file: &Path, row: &StringRecord, field: String, fault: RowFault) -> DataError {
    placed_at(file, row.position().map_or(0, csv::Position::byte), field, fault)
}

/// A fault of the row at `byte`; the file is read again to count its lines.
fn placed_at(file: &Path, byte: u64, field: String, fault: RowFault) -> DataError {
    match text::line(file, byte) {
        Ok(line) => DataError::Row { file: file.to_owned(), line, field, fault },
        Err(error) => error,
    }
}

/// What the reader of rows says, placed.
fn csv_fault(file: &Path, header: Option<&StringRecord>, error: csv::Error) -> DataError {
    match error.into_kind() {
        ErrorKind::Io(source) => text::fault(file, source),
        ErrorKind::Utf8 { pos, err } => {
            let named = header.and_then(|header| header.get(err.field())).map(str::to_owned);
            let field = named.unwrap_or_else(|| format!("column {}", err.field() + 1));
            placed_at(file, pos.map_or(0, |pos| pos.byte()), field, RowFault::NotUtf8)
        }
        other => {
            let source = std::io::Error::other(format!("{other:?}"));
            DataError::Io { file: file.to_owned(), source }
        }
    }
}

/// The header and the rows of a small file, which must be whole.
pub(super) fn table(file: &Path) -> Result<(StringRecord, Vec<StringRecord>), DataError> {
    let (_, text) = text::open_whole(file)?;
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text);
    let header = reader.headers().map_err(|error| csv_fault(file, None, error))?.clone();
    let rows = reader.records().collect::<Result<Vec<_>, _>>();
    let rows = rows.map_err(|error| csv_fault(file, Some(&header), error))?;
    if rows.is_empty() { Err(DataError::NoRows { file: file.to_owned() }) } else { Ok((header, rows)) }
}

/// Where each of the columns stands in the header.
pub(super) fn columns<const N: usize>(
    file: &Path,
    header: &StringRecord,
    names: [&'static str; N],
) -> Result<[usize; N], DataError> {
    if header.is_empty() {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(names) {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column);
        *place = found.next().map(|(at, _)| at).ok_or_else(|| DataError::NoColumn {
            file: file.to_owned(),
            column,
            header: header.iter().collect::<Vec<_>>().join(","),
        })?;
        if found.next().is_some() {
            return Err(DataError::TwoColumns { file: file.to_owned(), column });
        }
    }
    Ok(places)
}

type Fault = (usize, RowFault);

fn bar(
    record: &StringRecord,
    columns: &[usize; 6],
    timeframe: Option<Timeframe>,
    previous: Option<u64>,
) -> Result<PriceBar, Fault> {
    let field =
        |column: usize| record.get(columns[column]).ok_or((column, RowFault::TooFewFields { have: record.len() }));
    let price = |column: usize| field(column)?.parse::<Price>().map_err(|error| (column, price_fault(error)));

    let ts = stamp(field(TS)?, timeframe, previous).map_err(|fault| (TS, fault))?;
    let (open, high, low, close) = (price(OPEN)?, price(HIGH)?, price(LOW)?, price(CLOSE)?);
    let volume = volume(field(VOLUME)?).map_err(|fault| (VOLUME, fault))?;
    let body = open.max(close);
    if high < body {
        return Err((HIGH, RowFault::HighTooLow { high: high.to_string(), body: body.to_string() }));
    }
    let body = open.min(close);
    if low > body {
        return Err((LOW, RowFault::LowTooHigh { low: low.to_string(), body: body.to_string() }));
    }
    Ok(PriceBar { ts: Timestamp(ts), open, high, low, close, volume })
}

/// The numbers of a row that [`bar`] has passed.
fn candle(bar: &PriceBar, record: &StringRecord, columns: &[usize; 6]) -> Result<Candle, Fault> {
    let number = |column: usize| {
        let text = record.get(columns[column]).unwrap_or_default();
        text.parse::<f64>().map_err(|_| (column, RowFault::NotANumber(quoted(text))))
    };
    let (open, high, low, close) = (number(OPEN)?, number(HIGH)?, number(LOW)?, number(CLOSE)?);
    Ok(Candle { ts: bar.ts, open, high, low, close, volume: bar.volume })
}

fn stamp(text: &str, timeframe: Option<Timeframe>, previous: Option<u64>) -> Result<u64, RowFault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ts: u64 = text.parse().ok().filter(|_| digits).ok_or_else(|| RowFault::NotSeconds(quoted(text)))?;
    let step = timeframe.map_or(1, Timeframe::seconds);
    match previous {
        _ if ts > LATEST => Err(RowFault::NotSecondsButFiner(ts)),
        _ if !ts.is_multiple_of(step) => Err(RowFault::OffGrid { ts, step }),
        Some(previous) if ts == previous => Err(RowFault::Duplicate { ts }),
        Some(previous) if ts < previous => Err(RowFault::Unsorted { ts, previous }),
        _ => Ok(ts),
    }
}

fn volume(text: &str) -> Result<f64, RowFault> {
    match text.parse::<f64>() {
        Err(_) => Err(RowFault::NotANumber(quoted(text))),
        Ok(volume) if !volume.is_finite() => Err(RowFault::NotFinite(quoted(text))),
        Ok(volume) if volume < 0.0 => Err(RowFault::Negative(quoted(text))),
        // `-0.0` becomes zero.
        Ok(volume) => Ok(volume + 0.0),
    }
}

fn price_fault(error: PriceError) -> RowFault {
    match error {
        PriceError::NotANumber(text) => match text.parse::<f64>() {
            Ok(number) if !number.is_finite() => RowFault::NotFinite(quoted(&text)),
            _ => RowFault::NotANumber(quoted(&text)),
        },
        PriceError::NotPositive(text) => RowFault::Price(PriceError::NotPositive(quoted(&text))),
        PriceError::TooLarge(text) => RowFault::Price(PriceError::TooLarge(quoted(&text))),
    }
}

pub(super) fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push_str("...");
    }
    quoted
}
