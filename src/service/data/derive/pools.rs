//! A pool's logs to bars and flow.

use std::ops::RangeInclusive;

use alloy::primitives::Address;

use super::{DeriveError, put};
use crate::{
    config::Config,
    domain::{CandleSeries, KnownCandle, Market, Observation, Timeframe},
    io::store::data::Written,
    market::{PoolBars, decode},
    service::data::fetch::{Context, put_candles},
    units::{BlockNumber, Timestamp},
};

/// Blocks whose logs are held at once.
const CHUNK: u64 = 50_000;

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

/// Derives from a pool's stored logs: candles `<name>/<BASE><QUOTE>_<timeframe>`, and for each
/// bar the series `pool:<name>:net_flow:<timeframe>` (base units bought less sold),
/// `pool:<name>:swaps:<timeframe>` and, in V3, `pool:<name>:liquidity:<timeframe>` (in range at
/// the bar's end).
///
/// A bar is told by the first log at or after its end, and is known since that log's block. The
/// first bar of a stretch of blocks, whose beginning was not seen, is left out.
///
/// # Errors
/// [`DeriveError`].
pub async fn pool(context: &Context<'_>, pool: PoolSeries<'_>, timeframe: Timeframe) -> Result<Written, DeriveError> {
    let PoolSeries { name, market, chain_id } = pool;
    let address = market.pool.address;
    let stretches = context.keeper.ask(async |store| store.scanned(chain_id, address).await).await?;
    let symbol = format!("{}{}", market.asset, market.quote.symbol);
    let series = CandleSeries { venue: name.to_owned(), symbol, timeframe };
    let mut written = Written::default();
    for stretch in stretches {
        let mut bars = PoolBars::new(market, timeframe);
        let mut begun: Option<Timestamp> = None;
        for blocks in chunks(&stretch) {
            let logs = context.keeper.ask(async |store| store.logs(chain_id, address, blocks.clone()).await).await?;
            let mut told = Told::default();
            for log in &logs {
                let raw = &log.log;
                let event = decode(address, &raw.topics, &raw.data, raw.log_index)
                    .map_err(|fault| DeriveError::Log { pool: name.to_owned(), fault })?;
                let Some(event) = event else { continue };
                // As it stood when the bars ended: before this event.
                let liquidity = bars.liquidity();
                let first = *begun.get_or_insert(log.timestamp);
                for bar in bars.take(&event, log.timestamp) {
                    if bar.candle.ts > first {
                        told.push(&bar, log.timestamp, liquidity);
                    }
                }
            }
            written += put_candles(context, &series, &told.candles, None).await?;
            for (what, observations) in
                [("net_flow", &told.flow), ("swaps", &told.swaps), ("liquidity", &told.liquidity)]
            {
                put(context, &format!("pool:{name}:{what}:{timeframe}"), observations).await?;
            }
        }
    }
    Ok(written)
}

/// Bars that ended, as the store keeps them.
#[derive(Default)]
struct Told {
    candles: Vec<KnownCandle>,
    flow: Vec<Observation>,
    swaps: Vec<Observation>,
    liquidity: Vec<Observation>,
}

impl Told {
    fn push(&mut self, bar: &crate::market::Bar, known_at: Timestamp, liquidity: Option<u128>) {
        let ts = bar.candle.ts;
        let observe = |value| Observation { ts, known_at, value };
        self.candles.push(KnownCandle { candle: bar.candle, known_at });
        self.flow.push(observe(bar.net_flow()));
        self.swaps.push(observe(bar.swaps as f64));
        self.liquidity.extend(liquidity.map(|liquidity| observe(liquidity as f64)));
    }
}

fn chunks(blocks: &RangeInclusive<BlockNumber>) -> impl Iterator<Item = RangeInclusive<BlockNumber>> {
    let (start, end) = (blocks.start().0, blocks.end().0);
    (start..=end)
        .step_by(CHUNK as usize)
        .map(move |first| BlockNumber(first)..=BlockNumber(first.saturating_add(CHUNK - 1).min(end)))
}
