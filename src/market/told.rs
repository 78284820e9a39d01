//! A pool's bars as its logs tell them: each whole, and known since the log that ended it.

use std::collections::BTreeMap;

use super::{Amounts, Bar, Depth, PoolBars, Rebuilt, Untold};
use crate::{
    amm::V3Pool,
    domain::{KnownCandle, Market, Observation, PoolEvent, Timeframe},
    units::Timestamp,
};

/// Bars that ended, and the series of numbers beside them, each under its bar's opening.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    pub candles: Vec<KnownCandle>,
    flow: Vec<Observation>,
    swaps: Vec<Observation>,
    liquidity: Vec<Observation>,
    depth_buy: Vec<Observation>,
    depth_sell: Vec<Observation>,
}

/// How a pool stood when a bar ended.
#[derive(Clone, Copy, Debug)]
struct Stood {
    liquidity: Option<u128>,
    depth: Depth,
}

impl Told {
    fn push(&mut self, bar: &Bar, known_at: Timestamp, stood: Stood, decimals: u8) {
        let ts = bar.candle.ts;
        let observe = |value| Observation { ts, known_at, value };
        self.candles.push(KnownCandle { candle: bar.candle, known_at });
        self.flow.push(observe(bar.net_flow()));
        self.swaps.push(observe(bar.swaps as f64));
        self.liquidity.extend(stood.liquidity.map(|liquidity| observe(liquidity as f64)));
        let base = |amounts: Amounts| observe(amounts.base.to_f64(decimals));
        self.depth_buy.extend(stood.depth.buy.map(base));
        self.depth_sell.extend(stood.depth.sell.map(base));
    }

    /// The bars, and those of the series that have values, by the names that they have:
    /// `pool:<pool>:net_flow:<timeframe>` (base units bought less sold), `pool:<pool>:swaps:<timeframe>`;
    /// in V3 `pool:<pool>:liquidity:<timeframe>` (in range at the bar's end); and, where the events
    /// tell the pool's state ([`Rebuilt`]), `pool:<pool>:depth_buy:<timeframe>` and `depth_sell` (base
    /// in whole units, [`Depth`] within 1% at the bar's end).
    pub fn named(self, pool: &str, timeframe: Timeframe) -> (Vec<KnownCandle>, BTreeMap<String, Vec<Observation>>) {
        let numbers = [
            ("net_flow", self.flow),
            ("swaps", self.swaps),
            ("liquidity", self.liquidity),
            ("depth_buy", self.depth_buy),
            ("depth_sell", self.depth_sell),
        ];
        let named = |(what, values)| (format!("pool:{pool}:{what}:{timeframe}"), values);
        (self.candles, numbers.into_iter().filter(|(_, values)| !values.is_empty()).map(named).collect())
    }
}

/// Folds the events of a stretch of blocks, in the chain's order, into what is told of its bars.
///
/// A bar is told by the first log at or after its end, be it a swap or not, and is known since that
/// log's block. The first bar of a stretch, whose beginning was not seen, is left out.
#[derive(Clone, Debug)]
pub struct Telling<'a> {
    bars: PoolBars<'a>,
    rebuilt: Rebuilt<'a>,
    decimals: u8,
    /// Bars that open after this time were seen from their beginning.
    seen_after: Option<Timestamp>,
    told: Told,
    /// Why there was no depth, the first time.
    untold: Option<Untold>,
}

impl<'a> Telling<'a> {
    /// Bars that open after `seen_after` come out whole; where it is `None`, those that open after
    /// the first event. `before` is the pool as it stood before the first event.
    pub fn new(market: &'a Market, timeframe: Timeframe, seen_after: Option<Timestamp>, before: Rebuilt<'a>) -> Self {
        let (bars, decimals) = (PoolBars::new(market, timeframe), market.base.decimals);
        Self { bars, rebuilt: before, decimals, seen_after, told: Told::default(), untold: None }
    }

    /// Takes in an event of the block of `at`.
    pub fn take(&mut self, event: &PoolEvent, at: Timestamp) {
        // As it stood when the bars ended: before this event.
        let liquidity = self.bars.liquidity();
        let first = *self.seen_after.get_or_insert(at);
        let mut ended = self.bars.take(event, at);
        ended.retain(|bar| bar.candle.ts > first);
        if !ended.is_empty() {
            let stood = Stood { liquidity, depth: self.depth() };
            for bar in &ended {
                self.told.push(bar, at, stood, self.decimals);
            }
        }
        self.rebuilt.take(event);
    }

    /// None where the events do not tell it.
    fn depth(&mut self) -> Depth {
        match self.rebuilt.depth() {
            Ok(depth) => depth.unwrap_or_default(),
            Err(why) => {
                self.untold.get_or_insert(why);
                Depth::default()
            }
        }
    }

    /// Why a bar that was told has no depth; none where that is in the pool's nature.
    pub fn untold(&self) -> Option<&Untold> {
        self.untold.as_ref()
    }

    /// The pool as it stands, where what comes later depends on every event before.
    pub fn ticks(&self) -> Option<&V3Pool> {
        self.rebuilt.ticks()
    }

    /// What was told since the last call.
    pub fn told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }
}
