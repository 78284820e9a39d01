//! A run from its beginning: align the pools, read them, build the pipeline.

use crate::{
    backtest::{TapeHour, Venue, drive::SLOT, tape::alignment},
    domain::{FeatureRow, Market},
    features::FeatureStream,
    pipeline::{Halt, MarketSetup, Params, Pipeline, TradingModel},
    units::{TokenAmount, Wei},
};

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Start {
    pub params: Params,
    pub markets: Vec<Market>,
    /// In quote base units.
    pub capital: TokenAmount,
    pub ether: Wei,
    pub model: TradingModel,
    /// Each market's feature stream and its last row, in the order of the markets.
    pub streams: Vec<(FeatureStream, Option<FeatureRow>)>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError<V> {
    #[error("the tape holds no hour")]
    EmptyTape,
    #[error(transparent)]
    Venue(V),
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// Puts the venue's pools to the tape's first prices and returns a pipeline that has their
/// state, the model and the warm streams.
///
/// # Errors
/// [`OpenError`] on an empty tape and when the venue cannot be read.
pub fn open<V: Venue>(
    start: &Start,
    venue: &mut V,
    tape: &[TapeHour],
) -> Result<Pipeline<TradingModel>, OpenError<V::Error>> {
    let first = tape.first().ok_or(OpenError::EmptyTape)?;
    venue.mine(first.ts.minus(SLOT), &alignment(tape)).map_err(OpenError::Venue)?;
    let pools = venue.pools().map_err(OpenError::Venue)?;
    let markets = start.markets.iter().zip(pools).zip(start.streams.iter().cloned());
    let setups = markets.map(|((market, pool), (features, row))| MarketSetup {
        market: market.clone(),
        pool,
        features,
        row,
        forming: None,
    });
    let (params, ether) = (start.params.clone(), start.ether);
    Ok(Pipeline::new(params, start.model.clone(), setups.collect(), first.ts, start.capital, ether)?)
}
