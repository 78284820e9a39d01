//! Pools as they stand at the head of the chain.

use alloy::eips::BlockId;
use futures_util::{StreamExt, stream};

use super::{
    Context, Event, Node, NodeError, Report,
    one_chain::{ChainError, claim},
    report::STATES,
};
use crate::{
    config::Config,
    domain::{Asset, BlockHeader, Market, Observation, PoolKind},
    io::{
        chain::{Chain, Twap, TwapError},
        store::data::{DataStoreError, Made},
    },
    market::{PoolTracker, chain_state::DEPTH_BPS},
    service::snapshot::{self, SnapshotError},
};

/// Words of the tick bitmap, to either side of the price's own, whose ticks are read: with a
/// spacing of one tick a word is 256 ticks, and 1% is 100.
const TICKS_AROUND: u8 = 1;

/// How many pools are asked for their average price at once.
const ASKED_AT_ONCE: usize = 8;

/// All pools of a chain at its head, in one request, and the average price of each V3 pool, in one
/// request more for each.
///
/// Each value is stored under the time of its block, and is known since it was read. A block that
/// is replaced later leaves what was known of it; what the block in its place says under the same
/// time is a revision.
#[derive(Debug)]
pub struct StateJob<'a> {
    pub node: &'a Node<'a>,
    /// With the pools' names.
    pub pools: &'a [(String, Market)],
    /// Seconds that average prices are taken over.
    pub twap_window: u32,
}

/// Every pool that a configuration names, each as a market: as the one that trades in it, or else
/// as one that trades the same two tokens, or else token0 priced in token1. Of these assets alone,
/// or of all where none is named.
pub fn watched(config: &Config, assets: &[String]) -> Vec<(String, Market)> {
    let market = |pool: &crate::config::Pool| {
        let tokens = [pool.token0.address, pool.token1.address];
        let pairs = |market: &&Market| tokens.contains(&market.base.address) && tokens.contains(&market.quote.address);
        match config.markets.iter().find(pairs) {
            Some(market) => Market { pool: pool.spec, ..market.clone() },
            None => Market {
                asset: Asset::new(&pool.token0.symbol),
                base: pool.token0.clone(),
                quote: pool.token1.clone(),
                pool: pool.spec,
            },
        }
    };
    let is_asked = |market: &Market| assets.is_empty() || assets.iter().any(|asset| asset == market.asset.as_str());
    let pools = config.pools.values().map(|pool| (pool.name.clone(), market(pool)));
    pools.filter(|(_, market)| is_asked(market)).collect()
}

/// What was read of one block.
struct Reading {
    header: BlockHeader,
    /// In the pools' order; `None` where no such pool answers, an error where it is an odd one.
    pools: Vec<Result<Option<PoolTracker>, SnapshotError>>,
    /// The same; `None` for a kind of pool that keeps no average.
    twaps: Vec<Option<Result<Twap, TwapError>>>,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl StateJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("{STATES}{}", self.node.chain_id())
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let name = self.name();
        let mut report = Report::new(&name);
        context.tell(Event::Began { job: &name, total: Some(self.pools.len() as u64), unit: "pools" });
        let read = tokio::select! {
            read = self.read() => read,
            () = context.interrupt.wait() => return Ok(report.interrupted()),
        };
        let reading = match read {
            Ok(reading) => reading,
            // Patience ends with an interrupt.
            Err(_) if context.interrupt.requested() => return Ok(report.interrupted()),
            Err(error) => return Ok(report.failed(&error)),
        };
        let (ts, now) = (reading.header.timestamp, context.clock.now());
        let known_at = now.max(ts);
        let (mut faults, mut made) = (Vec::new(), Made::default());
        faults.extend(self.node.keeps_up(&reading.header, now).err().map(|error| error.to_string()));
        for (((pool, market), tracker), twap) in self.pools.iter().zip(&reading.pools).zip(&reading.twaps) {
            context.tell(Event::Advanced { job: &name, by: 1 });
            let tracker = match tracker {
                Ok(Some(tracker)) => tracker,
                Ok(None) => {
                    let (address, block) = (market.pool.address, reading.header.number);
                    faults.push(format!("{pool}: no pool of its kind answers at {address} in block {block}"));
                    continue;
                }
                Err(error) => {
                    faults.push(format!("{pool}: {error}"));
                    continue;
                }
            };
            let (mut values, mut notes) = of_state(tracker);
            match of_twap(market, twap.as_ref()) {
                Ok(price) => values.push((format!("twap:{}s", self.twap_window), price)),
                Err(Missing::Note(why)) => notes.push(why),
                Err(Missing::Fault(why)) => faults.push(format!("{pool}: {why}")),
            }
            report.notes.extend(notes.into_iter().map(|note| format!("{pool}: {note}")));
            let named = |(what, value)| (format!("pool:{pool}:{what}"), vec![Observation { ts, known_at, value }]);
            made.numbers.extend(values.into_iter().map(named));
        }
        if !made.numbers.is_empty() {
            match claim(context, self.node).await {
                Ok(()) => {}
                Err(ChainError::Other(other)) => return Ok(report.failed(&other)),
                Err(ChainError::Store(error)) => return Err(error),
            }
        }
        // A block's values are stored together, or none of them.
        let (_, written) = context.keeper.ask(async |store| store.put_made(&name, &made, known_at).await).await?;
        report.add(written);
        Ok(if faults.is_empty() { report } else { report.failed(&faults.join("; ")) })
    }

    async fn read(&self) -> Result<Reading, ReadError> {
        let (chain, patience) = (self.node.chain().await.map_err(NodeError::from)?, self.node.patience());
        let header = patience.ask(async || chain.head_header().await).await.map_err(NodeError::from)?;
        // By its hash: a number might mean another block by now.
        let at = BlockId::hash(header.hash);
        let markets: Vec<Market> = self.pools.iter().map(|(_, market)| market.clone()).collect();
        let pools = patience.ask(async || snapshot::pools_near(chain, &markets, TICKS_AROUND, at).await).await?;
        let asked = markets.iter().zip(&pools).map(async |(market, pool)| {
            let remembers = market.pool.kind == PoolKind::V3 && matches!(pool, Ok(Some(_)));
            if remembers { Some(self.twap(chain, market, at).await) } else { None }
        });
        let asked: Vec<_> = asked.collect();
        let twaps = stream::iter(asked).buffered(ASKED_AT_ONCE).collect().await;
        let tracker = |(market, pool): (Market, Result<Option<_>, _>)| {
            pool.map(|pool| pool.map(|pool| PoolTracker::new(market, pool)))
        };
        Ok(Reading { header, pools: markets.into_iter().zip(pools).map(tracker).collect(), twaps })
    }

    async fn twap(&self, chain: &Chain, market: &Market, at: BlockId) -> Result<Twap, TwapError> {
        let ask = async || chain.twap(market.pool.address, self.twap_window, at).await;
        self.node.patience().ask(ask).await
    }
}

/// A value that is not there.
#[derive(Debug, PartialEq, Eq)]
enum Missing {
    /// In the nature of the pool.
    Note(String),
    Fault(String),
}

/// One that something can be had for: an empty pool's is zero or without bound.
fn is_price(price: f64) -> bool {
    price.is_finite() && price > 0.0
}

/// Names and values of what the state alone tells, and what it does not.
fn of_state(tracker: &PoolTracker) -> (Vec<(String, f64)>, Vec<String>) {
    let (mut values, mut notes) = (Vec::new(), Vec::new());
    if let crate::amm::Pool::V3(pool) = tracker.pool() {
        values.push(("liquidity".to_owned(), pool.liquidity() as f64));
    }
    let price = tracker.price();
    if !is_price(price) {
        notes.push(format!("no price and no depth: what it holds makes a price of {price}"));
        return (values, notes);
    }
    values.push(("price".to_owned(), price));
    let (depth, decimals) = (tracker.depth(DEPTH_BPS), tracker.market().base.decimals);
    for (what, amounts) in [("depth_buy", depth.buy), ("depth_sell", depth.sell)] {
        match amounts {
            Some(amounts) => values.push((what.to_owned(), amounts.base.to_f64(decimals))),
            None => notes.push(format!("no {what}: the way to 1% leaves the ticks that were read")),
        }
    }
    (values, notes)
}

/// The average price, base in quote.
fn of_twap(market: &Market, twap: Option<&Result<Twap, TwapError>>) -> Result<f64, Missing> {
    match twap {
        None => Err(Missing::Note("a V2 pool has no range of liquidity, and its average price is not kept".to_owned())),
        Some(Err(error @ TwapError::Old { .. })) => Err(Missing::Note(format!("no average price: {error}"))),
        Some(Err(error)) => Err(Missing::Fault(error.to_string())),
        Some(Ok(twap)) => {
            let Market { base, quote, .. } = market;
            let price = twap.sqrt_price_x96.to_f64(base.decimals, quote.decimals, market.base_is_token0());
            let none = || Missing::Note(format!("no average price: its average tick makes a price of {price}"));
            if is_price(price) { Ok(price) } else { Err(none()) }
        }
    }
}
