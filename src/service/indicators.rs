//! A file of candles to a table of indicators.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    domain::{Candle, Timeframe},
    features::{
        CandleError,
        catalogue::{self, CatalogueStream},
    },
    io::data::{Candles, DataError, RowFault},
    units::Timestamp,
};

/// What a table holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Of the catalogue.
    pub version: u32,
    pub bars: u64,
    pub columns: usize,
    /// The open of the first bar and of the last.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// The timeframe of the file's name, or else the shortest distance of two bars.
    pub step_seconds: Option<u64>,
    /// Places where two neighbours stand further apart.
    pub gaps: u64,
    /// Bars that are missing there.
    pub missing_bars: u64,
    /// The bar after which the first is missing.
    pub first_gap: Option<Timestamp>,
    /// Columns that need more bars than there are.
    pub columns_without_values: usize,
}

/// A file's indicators could not be written to the end.
#[derive(Debug, thiserror::Error)]
pub enum IndicatorsError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Candle(CandleError),
    #[error("the indicators cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl IndicatorsError {
    /// Whether whoever read the table has gone away.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes `ts` and every column of the catalogue as CSV, a row for each candle, as the stream
/// tells them bar by bar: numbers are the shortest that read back as the same, and a missing value
/// is an empty field. `each` is told now and then how much of the file is done, 0 to 1.
///
/// # Errors
/// A row that is no candle or cannot be read, and an output that cannot be written.
pub fn write_indicators(
    mut candles: Candles,
    mut out: impl Write,
    each: &mut dyn FnMut(f64),
) -> Result<Summary, IndicatorsError> {
    let mut stream = CatalogueStream::new();
    write!(out, "ts")?;
    for column in stream.columns() {
        write!(out, ",{}", column.name)?;
    }
    writeln!(out)?;
    let mut summary = Summary { version: catalogue::VERSION, columns: stream.columns().count(), ..Summary::default() };
    let mut steps = Steps::default();
    while let Some(candle) = candles.next().transpose()? {
        let row = stream.push(&candle).map_err(|error| refused(&candles, &candle, error))?;
        write!(out, "{}", candle.ts.0)?;
        for value in row {
            if value.is_nan() {
                out.write_all(b",")?;
            } else {
                write!(out, ",{value}")?;
            }
        }
        writeln!(out)?;
        steps.push(summary.to, candle.ts);
        summary.bars += 1;
        summary.from.get_or_insert(candle.ts);
        summary.to = Some(candle.ts);
        if summary.bars.is_multiple_of(1_000) {
            each(candles.progress());
        }
    }
    out.flush()?;
    steps.tell(candles.timeframe().map(Timeframe::seconds), &mut summary);
    let bars = usize::try_from(summary.bars).unwrap_or(usize::MAX);
    let begun = |indicator: &catalogue::Indicator| indicator.bars().is_ok_and(|needed| needed <= bars);
    let missing = catalogue::indicators().filter(|indicator| !begun(indicator));
    summary.columns_without_values = missing.map(|indicator| indicator.columns.len()).sum();
    Ok(summary)
}

/// What the reader took for a candle and the indicators do not.
fn refused(candles: &Candles, candle: &Candle, error: CandleError) -> IndicatorsError {
    match error {
        CandleError::OutOfRange { what, value, .. } => candles.fault(what, RowFault::BeyondIndicators(value)).into(),
        CandleError::Inconsistent { .. } | CandleError::OutOfOrder { .. } | CandleError::Indicator { .. } => {
            debug_assert!(matches!(error, CandleError::Indicator { .. }), "the reader checks {candle:?}");
            IndicatorsError::Candle(error)
        }
    }
}

/// How far neighbours stand apart: how often, and where first.
#[derive(Debug, Default)]
struct Steps(BTreeMap<u64, (u64, Timestamp)>);

impl Steps {
    fn push(&mut self, last: Option<Timestamp>, next: Timestamp) {
        if let Some(last) = last {
            self.0.entry(next.0.saturating_sub(last.0)).or_insert((0, last)).0 += 1;
        }
    }

    fn tell(&self, timeframe: Option<u64>, summary: &mut Summary) {
        summary.step_seconds = timeframe.or_else(|| self.0.keys().next().copied());
        let Some(step) = summary.step_seconds else { return };
        for (distance, (count, first)) in self.0.range(step + 1..) {
            summary.gaps += count;
            summary.missing_bars += count * (distance / step - 1);
            summary.first_gap = Some(summary.first_gap.map_or(*first, |earlier| earlier.min(*first)));
        }
    }
}
