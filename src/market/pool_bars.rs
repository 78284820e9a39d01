//! One pool's bars from its events alone, without its state.

use super::{Bar, CandleBuilder, pools::base_bought};
use crate::{
    domain::{Market, PoolEvent, PoolEventKind, Timeframe},
    units::{SqrtPriceX96, Timestamp},
};

/// Folds a market's events, in the chain's order, into bars of one length. V3 swaps tell the
/// price themselves; V2 swaps are preceded by a `Sync` that does.
#[derive(Clone, Debug)]
pub struct PoolBars<'a> {
    market: &'a Market,
    timeframe: Timeframe,
    builder: Option<CandleBuilder>,
    price: Option<f64>,
    liquidity: Option<u128>,
}

impl<'a> PoolBars<'a> {
    pub fn new(market: &'a Market, timeframe: Timeframe) -> Self {
        Self { market, timeframe, builder: None, price: None, liquidity: None }
    }

    /// Takes in an event of the block of `at`; returns the bars that ended before it. The first
    /// bar is the one that holds the first swap and opens at the price after it: the price before
    /// is not known, so there is no bar before.
    pub fn take(&mut self, event: &PoolEvent, at: Timestamp) -> Vec<Bar> {
        match &event.kind {
            PoolEventKind::V3Swap { sqrt_price_x96, liquidity, .. } => {
                self.liquidity = Some(*liquidity);
                self.price = Some(self.to_price(*sqrt_price_x96));
            }
            PoolEventKind::V2Sync { reserve0, reserve1 } => {
                self.price = SqrtPriceX96::from_reserves(*reserve0, *reserve1).map(|root| self.to_price(root));
            }
            _ => {}
        }
        let (Some(price), Some(amounts)) = (self.price, event.kind.swap_amounts()) else { return Vec::new() };
        let builder = self.builder.get_or_insert_with(|| CandleBuilder::new(self.timeframe, at, price));
        let closed = builder.advance(at);
        builder.swap(price, base_bought(self.market, amounts));
        closed
    }

    /// Liquidity in range after the last swap; none in V2.
    pub fn liquidity(&self) -> Option<u128> {
        self.liquidity
    }

    /// The bar that has not ended; none before the first swap.
    pub fn into_forming(self) -> Option<CandleBuilder> {
        self.builder
    }

    fn to_price(&self, root: SqrtPriceX96) -> f64 {
        let Market { base, quote, .. } = self.market;
        root.to_f64(base.decimals, quote.decimals, self.market.base_is_token0())
    }
}
