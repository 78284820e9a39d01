//! Hours of prices as moves of pools.

use alloy::primitives::Address;

use crate::{
    domain::{Asset, Frame, HourBars, Market, Timeframe},
    market::path,
    units::{Price, SqrtPriceX96, Timestamp},
};

/// One pool's way through an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub pool: Address,
    pub targets: Vec<SqrtPriceX96>,
}

/// One hour: `ts` is its open. A market without a bar stands still.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeHour {
    pub ts: Timestamp,
    pub moves: Vec<Move>,
    /// What becomes known at the hour's end, for models that read frames: of each asset in order.
    pub frames: Vec<(Asset, Frame)>,
}

/// Drop: a price that the market's pool cannot stand at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hour {ts}: {asset} at {price} is outside of what its pool can hold")]
pub struct TapeError {
    pub ts: Timestamp,
    pub asset: Asset,
    pub price: Price,
}

/// The moves of each hour, bars in the order of `markets`.
///
/// # Errors
/// [`TapeError`] at the first price out of a pool's range.
pub fn tape(markets: &[Market], hours: &[HourBars]) -> Result<Vec<TapeHour>, TapeError> {
    let hour = |hour: &HourBars| {
        let moves = markets.iter().zip(&hour.bars).filter_map(|(market, bar)| {
            let bar = bar.as_ref()?;
            let targets = path::targets(market, bar).ok_or_else(|| TapeError {
                ts: hour.ts,
                asset: market.asset.clone(),
                price: bar.close,
            });
            Some(targets.map(|targets| Move { pool: market.pool.address, targets }))
        });
        Ok(TapeHour { ts: hour.ts, moves: moves.collect::<Result<_, _>>()?, frames: Vec::new() })
    };
    hours.iter().map(hour).collect()
}

/// Puts each asset's frames, oldest first, into the first hour that ends no earlier than their
/// bars close; what closes after the tape is left out.
pub fn deliver(tape: &mut [TapeHour], frames: Vec<(Asset, Timeframe, Vec<Frame>)>) {
    for (asset, timeframe, frames) in frames {
        let mut frames = frames.into_iter().peekable();
        for hour in &mut *tape {
            let end = hour.ts.plus(Timestamp::HOUR);
            while let Some(frame) = frames.next_if(|frame| timeframe.close(frame.ts()) <= end) {
                hour.frames.push((asset.clone(), frame));
            }
        }
    }
}

/// The first price of the tape for each pool that has one: where pools are put before it runs.
pub fn alignment(tape: &[TapeHour]) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for step in tape.iter().flat_map(|hour| &hour.moves) {
        let known = moves.iter().any(|known| known.pool == step.pool);
        if let (false, Some(&first)) = (known, step.targets.first()) {
            moves.push(Move { pool: step.pool, targets: vec![first] });
        }
    }
    moves
}
