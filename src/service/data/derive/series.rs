//! A pool by the name of its series, and its stored logs.

use std::ops::RangeInclusive;

use alloy::primitives::Address;

use super::DeriveError;
use crate::{
    config::Config,
    domain::{CandleSeries, Market, PoolEvent, Timeframe},
    io::chain::TimedLog,
    market::decode,
    service::data::fetch::Context,
    units::BlockNumber,
};

/// A pool under the name that its series have.
#[derive(Clone, Copy, Debug)]
pub struct PoolSeries<'a> {
    /// As in the configuration: `usdc-weth-005`.
    pub name: &'a str,
    pub market: &'a Market,
    pub chain_id: u64,
}

/// The markets of a configuration, each with its pool's name there, or else the pool's address.
pub fn traded(config: &Config) -> Vec<(String, Market)> {
    let name = |address: Address| {
        let named = config.pools.values().find(|pool| pool.spec.address == address);
        named.map_or_else(|| address.to_string(), |pool| pool.name.clone())
    };
    config.markets.iter().map(|market| (name(market.pool.address), market.clone())).collect()
}

/// Under which a pool's bars are stored.
pub(super) fn bar_series(pool: PoolSeries<'_>, timeframe: Timeframe) -> CandleSeries {
    let PoolSeries { name, market, .. } = pool;
    let symbol = format!("{}{}", market.asset, market.quote.symbol);
    CandleSeries { venue: name.to_owned(), symbol, timeframe }
}

pub(super) async fn logs(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    blocks: RangeInclusive<BlockNumber>,
) -> Result<Vec<TimedLog>, DeriveError> {
    let (chain_id, address) = (pool.chain_id, pool.market.pool.address);
    Ok(context.keeper.ask(async |store| store.logs(chain_id, address, blocks.clone()).await).await?)
}

/// What a log says; none where it is no event that we know.
pub(super) fn event(pool: PoolSeries<'_>, log: &TimedLog) -> Result<Option<PoolEvent>, DeriveError> {
    let raw = &log.log;
    decode(pool.market.pool.address, &raw.topics, &raw.data, raw.log_index)
        .map_err(|fault| DeriveError::Log { pool: pool.name.to_owned(), fault })
}
