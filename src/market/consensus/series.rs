//! The consensus as a series: at every time of a grid, of what each venue had said by then.

use super::{Params, Quote, Rate, Verdict, consensus};
use crate::{
    domain::{KnownCandle, Observation, Timeframe},
    market::asof::{AsofError, Cell, Known, column},
    units::Timestamp,
};

/// A venue's candles. Their close is its quote, as of the candle's end.
#[derive(Clone, Copy, Debug)]
pub struct Venue<'a> {
    pub name: &'a str,
    /// What its prices are counted in.
    pub unit: &'a str,
    pub candles: &'a [KnownCandle],
    pub timeframe: Timeframe,
}

/// A rate between units over time.
#[derive(Clone, Copy, Debug)]
pub struct RateSeries<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub values: &'a [Observation],
}

/// A verdict for each time of `grid` (ascending). With a grid of bar ends and a `max_age` below
/// the bar's length it is the consensus of each bar; a longer `max_age` lets a venue stand in
/// with its last bar.
///
/// # Errors
/// A venue's or a rate's first observation that cannot be joined, by its name.
pub fn series<'a>(
    venues: &[Venue<'a>],
    rates: &[RateSeries<'a>],
    unit: &str,
    grid: &[Timestamp],
    params: &Params,
) -> Result<Vec<Verdict<'a>>, AsofError> {
    let quotes = venues.iter().map(|venue| {
        let known = venue.candles.iter().map(|known| Known::candle(known, venue.timeframe));
        column(grid, known, None).map_err(|fault| AsofError { series: venue.name.to_owned(), fault })
    });
    let quotes = quotes.collect::<Result<Vec<_>, _>>()?;
    let known = rates.iter().map(|rate| {
        let name = || format!("{}/{}", rate.from, rate.to);
        let values = rate.values.iter().copied().map(Known::from);
        column(grid, values, None).map_err(|fault| AsofError { series: name(), fault })
    });
    let known = known.collect::<Result<Vec<_>, _>>()?;

    let judge = |(row, at): (usize, &Timestamp)| {
        let quotes: Vec<Quote<'a>> = venues
            .iter()
            .zip(&quotes)
            .filter_map(|(venue, cells)| {
                let Known { ts, known_at, value } = known_of(cells.get(row)?, *at)?;
                let (price, volume) = (value.close, Some(value.volume));
                Some(Quote { venue: venue.name, unit: venue.unit, ts, known_at, price, volume })
            })
            .collect();
        let rates: Vec<Rate<'a>> = rates
            .iter()
            .zip(&known)
            .filter_map(|(rate, cells)| {
                Some(Rate { from: rate.from, to: rate.to, price: known_of(cells.get(row)?, *at)? })
            })
            .collect();
        consensus(&quotes, &rates, unit, *at, params)
    };
    Ok(grid.iter().enumerate().map(judge).collect())
}

/// A cell of the row at `at`, with its times.
fn known_of<T: Copy>(cell: &Cell<T>, at: Timestamp) -> Option<Known<T>> {
    match *cell {
        Cell::Fresh { value, age, known_for } => {
            Some(Known { ts: at.minus(age), known_at: at.minus(known_for), value })
        }
        Cell::Unknown | Cell::Stale { .. } => None,
    }
}
