//! Text of a candle file to bars, every bar checked.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::{DataError, RowFault};
use crate::{
    domain::{PriceBar, Timeframe},
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

/// The bars of a file's text. `file` is for the errors.
pub(super) fn bars(file: &Path, text: &str, timeframe: Timeframe) -> Result<Vec<PriceBar>, DataError> {
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
    let csv_fault = |error: csv::Error| DataError::Io { file: file.to_owned(), source: error.into() };
    let columns = columns(file, reader.byte_headers().map_err(csv_fault)?, COLUMNS)?;

    let mut bars = Vec::with_capacity(text.len() / 48);
    let mut record = ByteRecord::new();
    let mut previous = None;
    while reader.read_byte_record(&mut record).map_err(csv_fault)? {
        let bar = bar(&record, &columns, timeframe, previous).map_err(|(column, fault)| DataError::Row {
            file: file.to_owned(),
            line: line(text, record.position().map_or(0, csv::Position::byte)),
            field: COLUMNS[column].to_owned(),
            fault,
        })?;
        previous = Some(bar.ts.0);
        bars.push(bar);
    }
    if bars.is_empty() {
        return Err(DataError::NoRows { file: file.to_owned() });
    }
    Ok(bars)
}

/// The line of the row that begins at or, past blank lines, after `byte`; the reader's own count
/// leaves blank lines out.
pub(super) fn line(text: &str, byte: u64) -> u64 {
    let start = usize::try_from(byte).unwrap_or(0).min(text.len());
    let rest = &text.as_bytes()[start..];
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let before = &text.as_bytes()[..start + blank];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where each of the columns stands in the header.
pub(super) fn columns<const N: usize>(
    file: &Path,
    header: &ByteRecord,
    names: [&'static str; N],
) -> Result<[usize; N], DataError> {
    if header.is_empty() {
        return Err(DataError::Empty { file: file.to_owned() });
    }
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(names) {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column.as_bytes());
        *place = found.next().map(|(at, _)| at).ok_or_else(|| DataError::NoColumn {
            file: file.to_owned(),
            column,
            header: header.iter().map(|name| String::from_utf8_lossy(name)).collect::<Vec<_>>().join(","),
        })?;
        if found.next().is_some() {
            return Err(DataError::TwoColumns { file: file.to_owned(), column });
        }
    }
    Ok(places)
}

type Fault = (usize, RowFault);

fn bar(
    record: &ByteRecord,
    columns: &[usize; 6],
    timeframe: Timeframe,
    previous: Option<u64>,
) -> Result<PriceBar, Fault> {
    let field = |column: usize| {
        let bytes = record.get(columns[column]).ok_or((column, RowFault::TooFewFields { have: record.len() }))?;
        std::str::from_utf8(bytes).map_err(|_| (column, RowFault::NotUtf8))
    };
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

fn stamp(text: &str, timeframe: Timeframe, previous: Option<u64>) -> Result<u64, RowFault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ts: u64 = text.parse().ok().filter(|_| digits).ok_or_else(|| RowFault::NotSeconds(quoted(text)))?;
    let step = timeframe.seconds();
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
