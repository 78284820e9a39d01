//! Candles of the hours before a run, made as the run makes its own.

use crate::{
    amm::Pool,
    backtest::{SimulatedVenue, TapeHour, Venue, simulated::SimulationError, tape::alignment},
    domain::{Asset, Candle, Market, Timeframe},
    market::{CandleBuilder, MarketError, PoolTracker},
    units::{Timestamp, Wei},
};

/// Halt: the history cannot be played on these pools.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("hour {ts}: {source}")]
    Simulation { ts: Timestamp, source: SimulationError },
    #[error("hour {ts}: {source}")]
    Market { ts: Timestamp, source: MarketError },
}

/// Plays `tape` on copies of the pools, without orders, and returns each market's candles.
///
/// Training on these rather than on the venue's own candles keeps a model's past and its
/// present alike: volume is what the pool traded, in both.
///
/// # Errors
/// [`HistoryError`] with the hour that could not be played.
pub fn candles(markets: &[(Market, Pool)], tape: &[TapeHour]) -> Result<Vec<(Asset, Vec<Candle>)>, HistoryError> {
    let Some(first) = tape.first() else {
        return Ok(markets.iter().map(|(market, _)| (market.asset.clone(), Vec::new())).collect());
    };
    let mut venue = SimulatedVenue::new(markets.iter().cloned(), Wei::ZERO);
    let failed = |ts| move |source| HistoryError::Simulation { ts, source };
    venue.mine(first.ts, &alignment(tape)).map_err(failed(first.ts))?;
    let pools = venue.pools().map_err(failed(first.ts))?;
    let mut states: Vec<_> = markets
        .iter()
        .zip(pools)
        .map(|((market, _), pool)| {
            let tracker = PoolTracker::new(market.clone(), pool);
            let builder = CandleBuilder::new(Timeframe::H1, first.ts, tracker.price());
            (tracker, builder, Vec::with_capacity(tape.len()))
        })
        .collect();
    for hour in tape {
        let end = hour.ts.plus(Timestamp::HOUR);
        let mined = venue.mine(end.minus(1), &hour.moves).map_err(failed(hour.ts))?;
        for (tracker, builder, _) in &mut states {
            let pool = tracker.market().pool.address;
            for event in mined.block.events.iter().filter(|event| event.pool == pool) {
                let swapped = tracker.apply(event).map_err(|source| HistoryError::Market { ts: hour.ts, source })?;
                if let Some(base_bought) = swapped {
                    builder.swap(tracker.price(), base_bought);
                }
            }
        }
        for (_, builder, candles) in &mut states {
            candles.extend(builder.advance(end).into_iter().map(|bar| bar.candle));
        }
    }
    Ok(states.into_iter().map(|(tracker, _, candles)| (tracker.market().asset.clone(), candles)).collect())
}
