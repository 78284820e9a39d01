//! A pool's bars as its logs tell them: each whole, and known since the log that ended it.

use std::collections::BTreeMap;

use super::{Bar, PoolBars};
use crate::{
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
}

impl Told {
    fn push(&mut self, bar: &Bar, known_at: Timestamp, liquidity: Option<u128>) {
        let ts = bar.candle.ts;
        let observe = |value| Observation { ts, known_at, value };
        self.candles.push(KnownCandle { candle: bar.candle, known_at });
        self.flow.push(observe(bar.net_flow()));
        self.swaps.push(observe(bar.swaps as f64));
        self.liquidity.extend(liquidity.map(|liquidity| observe(liquidity as f64)));
    }

    /// The bars, and those of the series that have values, by the names that they have:
    /// `pool:<pool>:net_flow:<timeframe>` (base units bought less sold), `pool:<pool>:swaps:<timeframe>`
    /// and, in V3, `pool:<pool>:liquidity:<timeframe>` (in range at the bar's end).
    pub fn named(self, pool: &str, timeframe: Timeframe) -> (Vec<KnownCandle>, BTreeMap<String, Vec<Observation>>) {
        let numbers = [("net_flow", self.flow), ("swaps", self.swaps), ("liquidity", self.liquidity)];
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
    /// Bars that open after this time were seen from their beginning.
    seen_after: Option<Timestamp>,
    told: Told,
}

impl<'a> Telling<'a> {
    /// Bars that open after `seen_after` come out whole; where it is `None`, those that open after
    /// the first event.
    pub fn new(market: &'a Market, timeframe: Timeframe, seen_after: Option<Timestamp>) -> Self {
        Self { bars: PoolBars::new(market, timeframe), seen_after, told: Told::default() }
    }

    /// Takes in an event of the block of `at`.
    pub fn take(&mut self, event: &PoolEvent, at: Timestamp) {
        // As it stood when the bars ended: before this event.
        let liquidity = self.bars.liquidity();
        let first = *self.seen_after.get_or_insert(at);
        for bar in self.bars.take(event, at) {
            if bar.candle.ts > first {
                self.told.push(&bar, at, liquidity);
            }
        }
    }

    /// What was told since the last call.
    pub fn told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }
}
