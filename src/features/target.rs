//! Rows with the return that followed them.

use super::{CandleError, FeatureStream};
use crate::{
    domain::{Candle, Sample},
    units::Timestamp,
};

/// Streams one asset's candles (ascending) and attaches `close[t + h] / close[t] - 1` to every
/// row whose candle `h` hours later is in the slice.
///
/// The future is found by time, not by position: where an outage swallowed that hour there is no
/// sample, rather than one with another horizon.
///
/// # Errors
/// The first candle that [`FeatureStream::push`] refuses.
pub fn samples(candles: &[Candle], horizon_hours: u32) -> Result<Vec<Sample>, CandleError> {
    let horizon = u64::from(horizon_hours) * Timestamp::HOUR;
    let mut stream = FeatureStream::new();
    let mut samples = Vec::with_capacity(candles.len());
    let mut ahead = 0;
    for candle in candles {
        let Some(row) = stream.push(candle)? else { continue };
        let due = candle.ts.plus(horizon);
        while candles.get(ahead).is_some_and(|later| later.ts < due) {
            ahead += 1;
        }
        if let Some(later) = candles.get(ahead).filter(|later| later.ts == due) {
            samples.push(Sample { row, forward_return: later.close / candle.close - 1.0 });
        }
    }
    Ok(samples)
}

/// The samples of several assets as one set, ordered by time, then by the order given.
/// One thread an asset; the result does not depend on their timing.
///
/// # Errors
/// As [`samples`], of the first asset that has one.
pub fn pooled(assets: &[&[Candle]], horizon_hours: u32) -> Result<Vec<Sample>, CandleError> {
    let mut pool = Vec::new();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = assets.iter().map(|candles| scope.spawn(|| samples(candles, horizon_hours))).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    for part in parts {
        pool.append(&mut part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    }
    pool.sort_by_key(|sample: &Sample| sample.row.ts);
    Ok(pool)
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
