//! Many series joined onto one grid of times: at once, or a row at a time as they arrive.

use super::{AsOf, AsofError, Cell, Fault, Known, column};
use crate::{
    domain::{Candle, KnownCandle, Observation, Timeframe},
    units::Timestamp,
};

/// A part of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl Field {
    pub fn of(self, candle: &Candle) -> f64 {
        match self {
            Self::Open => candle.open,
            Self::High => candle.high,
            Self::Low => candle.low,
            Self::Close => candle.close,
            Self::Volume => candle.volume,
        }
    }
}

/// The values of a series, in any order.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    Observations(&'a [Observation]),
    /// One field of candles, as of their close.
    Candles {
        candles: &'a [KnownCandle],
        timeframe: Timeframe,
        field: Field,
    },
}

/// A series to join.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// For errors.
    pub name: &'a str,
    pub values: Values<'a>,
    /// Seconds from which on a value is too old; `None` for never.
    pub max_age: Option<u64>,
}

/// A column a series, a cell a row of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub columns: Vec<Vec<Cell>>,
}

impl Joined {
    /// What row `row` sees of each series, in their order.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Cell> + '_ {
        self.columns.iter().filter_map(move |column| column.get(row).copied())
    }
}

/// Joins every series onto `grid` (ascending).
///
/// # Errors
/// The first fault of a series, with its name.
pub fn join(grid: &[Timestamp], series: &[Series<'_>]) -> Result<Joined, AsofError> {
    let columns = series.iter().map(|series| {
        let cells = match series.values {
            Values::Observations(values) => column(grid, values.iter().copied().map(Known::from), series.max_age),
            Values::Candles { candles, timeframe, field } => {
                let known = candles.iter().map(|known| Known {
                    ts: timeframe.close(known.candle.ts),
                    known_at: known.known_at,
                    value: field.of(&known.candle),
                });
                column(grid, known, series.max_age)
            }
        };
        cells.map_err(|fault| located(series.name, fault))
    });
    Ok(Joined { columns: columns.collect::<Result<_, _>>()? })
}

fn located(series: &str, fault: Fault) -> AsofError {
    AsofError { series: series.to_owned(), fault }
}

/// The same join as things become known.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    series: Vec<(String, AsOf)>,
}

impl Stream {
    /// Of these series: name, and seconds from which on a value is too old.
    pub fn new<'a>(series: impl IntoIterator<Item = (&'a str, Option<u64>)>) -> Self {
        Self { series: series.into_iter().map(|(name, max_age)| (name.to_owned(), AsOf::new(max_age))).collect() }
    }

    /// Takes in what has just become known of the series at this place; `false` where there is
    /// none.
    ///
    /// # Errors
    /// As [`AsOf::push`], with the series' name.
    pub fn push(&mut self, series: usize, known: Known<f64>) -> Result<bool, AsofError> {
        let Some((name, fold)) = self.series.get_mut(series) else { return Ok(false) };
        fold.push(known).map_err(|fault| located(name, fault))?;
        Ok(true)
    }

    /// What the row at `t` sees of each series.
    ///
    /// # Errors
    /// As [`AsOf::at`], with the series' name.
    pub fn row(&mut self, t: Timestamp) -> Result<Vec<Cell>, AsofError> {
        self.series.iter_mut().map(|(name, fold)| fold.at(t).map_err(|fault| located(name, fault))).collect()
    }
}
