//! One pool's bars from its events alone, without its state.

use std::ops::Range;

use super::{Bar, CandleBuilder, pools::base_bought};
use crate::{
    domain::{Market, PoolEvent, PoolEventKind, Timeframe},
    units::{SqrtPriceX96, Tick, Timestamp},
};

/// Folds a market's events, in the chain's order, into bars of one length. V3 swaps tell the
/// price themselves; V2 swaps are preceded by a `Sync` that does.
#[derive(Clone, Debug)]
pub struct PoolBars<'a> {
    market: &'a Market,
    timeframe: Timeframe,
    builder: Option<CandleBuilder>,
    price: Option<f64>,
    active: Option<Active>,
}

/// V3's liquidity in range, and the tick that says which range that is.
#[derive(Clone, Copy, Debug)]
struct Active {
    liquidity: u128,
    tick: Tick,
}

impl<'a> PoolBars<'a> {
    pub fn new(market: &'a Market, timeframe: Timeframe) -> Self {
        Self { market, timeframe, builder: None, price: None, active: None }
    }

    /// Takes in an event of the block of `at`; returns the bars that ended before it. The first
    /// bar is the one that holds the first swap and opens at the price after it: the price before
    /// is not known, so there is no bar before.
    pub fn take(&mut self, event: &PoolEvent, at: Timestamp) -> Vec<Bar> {
        let closed = self.builder.as_mut().map(|builder| builder.advance(at)).unwrap_or_default();
        match &event.kind {
            PoolEventKind::V3Swap { sqrt_price_x96, liquidity, tick, .. } => {
                self.active = Some(Active { liquidity: *liquidity, tick: *tick });
                self.price = Some(self.to_price(*sqrt_price_x96));
            }
            PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity, .. } => {
                self.change(*tick_lower..*tick_upper, |active| active.checked_add(*liquidity));
            }
            PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity, .. } => {
                self.change(*tick_lower..*tick_upper, |active| active.checked_sub(*liquidity));
            }
            PoolEventKind::V2Sync { reserve0, reserve1 } => {
                self.price = SqrtPriceX96::from_reserves(*reserve0, *reserve1).map(|root| self.to_price(root));
            }
            PoolEventKind::V2Swap { .. }
            | PoolEventKind::V2Mint { .. }
            | PoolEventKind::V2Burn { .. }
            | PoolEventKind::V3Initialize { .. } => {}
        }
        if let (Some(price), Some(amounts)) = (self.price, event.kind.swap_amounts()) {
            let builder = self.builder.get_or_insert_with(|| CandleBuilder::new(self.timeframe, at, price));
            builder.swap(price, base_bought(self.market, amounts));
        }
        closed
    }

    /// A position of this range was changed. More than can be is not known, until the next swap
    /// tells it.
    fn change(&mut self, range: Range<Tick>, change: impl Fn(u128) -> Option<u128>) {
        if let Some(Active { liquidity, tick }) = self.active
            && range.contains(&tick)
        {
            self.active = change(liquidity).map(|liquidity| Active { liquidity, tick });
        }
    }

    /// Liquidity in range: after the last swap, and what was minted and burned there since; none in
    /// V2, and before the first swap.
    pub fn liquidity(&self) -> Option<u128> {
        self.active.map(|active| active.liquidity)
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

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, I256, U256};

    use super::*;
    use crate::{
        domain::{Asset, PoolKind, PoolSpec, Token},
        units::FeePips,
    };

    fn market() -> Market {
        let token =
            |symbol: &str, byte| Token { symbol: symbol.to_owned(), address: Address::repeat_byte(byte), decimals: 18 };
        let spec = PoolSpec { kind: PoolKind::V3, address: Address::ZERO, fee: FeePips(500), tick_spacing: 10 };
        Market { asset: Asset::new("A"), base: token("A", 1), quote: token("B", 2), pool: spec }
    }

    fn event(kind: PoolEventKind) -> PoolEvent {
        PoolEvent { pool: Address::ZERO, log_index: 0, kind }
    }

    fn swap(tick: i32, liquidity: u128) -> PoolEvent {
        let tick = Tick::new(tick).unwrap();
        let sqrt_price_x96 = crate::amm::tick_math::sqrt_ratio_at_tick(tick);
        let (amount0, amount1) = (I256::ONE, I256::MINUS_ONE);
        event(PoolEventKind::V3Swap { amount0, amount1, sqrt_price_x96, liquidity, tick })
    }

    fn range(lower: i32, upper: i32) -> (Tick, Tick) {
        (Tick::new(lower).unwrap(), Tick::new(upper).unwrap())
    }

    fn mint((tick_lower, tick_upper): (Tick, Tick), liquidity: u128) -> PoolEvent {
        event(PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity, amount0: U256::ZERO, amount1: U256::ZERO })
    }

    fn burn((tick_lower, tick_upper): (Tick, Tick), liquidity: u128) -> PoolEvent {
        event(PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity, amount0: U256::ZERO, amount1: U256::ZERO })
    }

    #[test]
    fn positions_around_the_price_change_what_is_in_range() {
        let market = market();
        let mut bars = PoolBars::new(&market, Timeframe::M1);
        let mut after = |event: &PoolEvent| {
            bars.take(event, Timestamp(30));
            bars.liquidity()
        };
        // Before the first swap nobody knows where the price is.
        assert_eq!(after(&mint(range(-100, 100), 5)), None);
        assert_eq!(after(&swap(10, 1_000)), Some(1_000));
        assert_eq!(after(&mint(range(-100, 100), 5)), Some(1_005));
        assert_eq!(after(&mint(range(10, 20), 50)), Some(1_055));
        // The upper tick is not in the range, nor is what lies to either side.
        for other in [range(0, 10), range(20, 30), range(-20, 0)] {
            assert_eq!(after(&mint(other, 7)), Some(1_055));
            assert_eq!(after(&burn(other, 7)), Some(1_055));
        }
        assert_eq!(after(&burn(range(-100, 100), 55)), Some(1_000));
        assert_eq!(after(&burn(range(-100, 100), 0)), Some(1_000));
        // More than there is: unknown until the next swap.
        assert_eq!(after(&burn(range(-100, 100), 1_001)), None);
        assert_eq!(after(&mint(range(-100, 100), 5)), None);
        assert_eq!(after(&swap(10, 900)), Some(900));
    }

    /// The first event at or after a bar's end ends it, whatever it is, before it changes anything.
    #[test]
    fn a_bar_ends_before_the_event_that_tells_so() {
        let market = market();
        let mut bars = PoolBars::new(&market, Timeframe::M1);
        bars.take(&swap(10, 1_000), Timestamp(0));
        bars.take(&mint(range(0, 20), 5), Timestamp(59));
        assert_eq!(bars.liquidity(), Some(1_005));
        let closed = bars.take(&mint(range(0, 20), 70), Timestamp(60));
        assert_eq!((closed.len(), bars.liquidity()), (1, Some(1_075)));
        let closed = bars.take(&swap(10, 1_075), Timestamp(200));
        assert_eq!(closed.iter().map(|bar| bar.candle.ts.0).collect::<Vec<_>>(), [60, 120]);
    }
}
