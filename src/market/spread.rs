//! How far a pool's price lies from the exchanges': the DEX-CEX spread as a series.

use super::asof::{AsofError, Known, column};
use crate::{domain::Observation, units::Timestamp};

/// A price over time and its unit.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// For errors.
    pub name: &'a str,
    /// What the prices are counted in: `USDC`, `USDT`.
    pub unit: &'a str,
    pub values: &'a [Observation],
    /// Seconds from which on a price is too old. A pool keeps its price while nobody trades, so
    /// its limit says how long its reader may have been silent.
    pub max_age: Option<u64>,
}

/// The spread at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadPoint {
    pub at: Timestamp,
    /// `10,000 ln(pool / reference)`: above zero where the pool is dearer. `None` where either
    /// price is unknown, too old or not above zero.
    pub basis_points: Option<f64>,
    /// Seconds since each price was made; `None` where nothing is known.
    pub pool_age: Option<u64>,
    pub reference_age: Option<u64>,
    /// Since when both prices could be had: the spread stood from then on, for a price that goes
    /// stale takes the spread away and never changes it.
    pub known_at: Option<Timestamp>,
}

impl SpreadPoint {
    /// As a value of a series.
    pub fn observation(&self) -> Option<Observation> {
        let ts = self.at.minus(self.pool_age?.max(self.reference_age?));
        Some(Observation { ts, known_at: self.known_at?, value: self.basis_points? })
    }
}

/// The spread over time. Where the units differ it holds the price of the one in the other too:
/// a pool in USDC against exchanges in USDT showed that in March 2023.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub pool_unit: String,
    pub reference_unit: String,
    pub points: Vec<SpreadPoint>,
}

impl Spread {
    pub fn is_of_one_unit(&self) -> bool {
        self.pool_unit == self.reference_unit
    }
}

/// The spread at every time of `grid` (ascending), of what was known of both by then.
///
/// # Errors
/// The first observation that cannot be joined, by its series.
pub fn spread(grid: &[Timestamp], pool: &Prices<'_>, reference: &Prices<'_>) -> Result<Spread, AsofError> {
    let cells = |prices: &Prices<'_>| {
        column(grid, prices.values.iter().copied().map(Known::from), prices.max_age)
            .map_err(|fault| AsofError { series: prices.name.to_owned(), fault })
    };
    let (pools, references) = (cells(pool)?, cells(reference)?);
    let points = grid.iter().zip(pools.iter().zip(&references)).map(|(at, (pool, reference))| {
        let log = |price: f64| (price > 0.0).then(|| price.ln());
        let logs = pool.value().and_then(log).zip(reference.value().and_then(log));
        let youngest = pool.known_for().zip(reference.known_for()).map(|(a, b)| a.min(b));
        SpreadPoint {
            at: *at,
            basis_points: logs.map(|(pool, reference)| 10_000.0 * (pool - reference)),
            pool_age: pool.age(),
            reference_age: reference.age(),
            known_at: youngest.map(|known_for| at.minus(known_for)),
        }
    });
    let points = points.collect();
    Ok(Spread { pool_unit: pool.unit.to_owned(), reference_unit: reference.unit.to_owned(), points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_prices_are_those_known_then_and_too_old_is_none() {
        let value = |ts, known_at, value| Observation { ts: Timestamp(ts), known_at: Timestamp(known_at), value };
        let pool = [value(90, 100, 101.0), value(290, 300, 99.0)];
        let reference = [value(100, 150, 100.0), value(200, 310, 1.0)];
        let prices = |name, unit, values| Prices { name, unit, values, max_age: Some(250) };
        let grid = [99, 120, 150, 300, 310, 600].map(Timestamp);
        let found = spread(&grid, &prices("pool", "USDC", &pool[..]), &prices("binance", "USDT", &reference)).unwrap();
        assert!(!found.is_of_one_unit());
        let points: Vec<_> = found.points.iter().map(|p| p.basis_points.map(f64::round)).collect();
        assert_eq!(points, [None, None, Some(100.0), Some(-101.0), Some(45_951.0), None]);
        let at = |row: usize| found.points[row];
        assert_eq!((at(1).pool_age, at(1).reference_age, at(1).known_at), (Some(30), None, None));
        let observed = at(2).observation().unwrap();
        assert_eq!((observed.ts, observed.known_at), (Timestamp(90), Timestamp(150)));
        assert_eq!((at(3).known_at, at(5).pool_age, at(5).observation()), (Some(Timestamp(300)), Some(310), None));
    }
}
