//! A run from its beginning: align the pools, read them, build the pipeline.

use std::sync::Arc;

use crate::{
    backtest::{TapeHour, Venue, drive::SLOT, tape::alignment},
    domain::Market,
    models::direction::Trained,
    pipeline::{Halt, MarketSetup, Params, Pipeline, training::Training},
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
/// state and the training's warm streams.
///
/// # Errors
/// [`OpenError`] on an empty tape and when the venue cannot be read.
pub fn open<V: Venue>(
    start: &Start,
    training: Training,
    venue: &mut V,
    tape: &[TapeHour],
) -> Result<Pipeline<Arc<Trained>>, OpenError<V::Error>> {
    let first = tape.first().ok_or(OpenError::EmptyTape)?;
    venue.mine(first.ts.minus(SLOT), &alignment(tape)).map_err(OpenError::Venue)?;
    let pools = venue.pools().map_err(OpenError::Venue)?;
    let markets = start.markets.iter().zip(pools).zip(training.streams);
    let setups = markets.map(|((market, pool), (features, row))| MarketSetup {
        market: market.clone(),
        pool,
        features,
        row,
        forming: None,
    });
    let (params, ether) = (start.params.clone(), start.ether);
    Ok(Pipeline::new(params, training.model, setups.collect(), first.ts, start.capital, ether)?)
}
