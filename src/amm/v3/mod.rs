//! Uniswap V3: concentrated liquidity, exact with `UniswapV3Pool.sol`.

mod position;
pub mod sqrt_price_math;
mod swap;
pub mod swap_math;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod tick_math;
mod tick_table;

pub use swap::V3Swap;
pub use tick_table::TickInfo;

use tick_math::{sqrt_ratio_at_tick, tick_at_sqrt_ratio};
use tick_table::TickTable;

use super::AmmError;
use crate::units::{FeePips, SqrtPriceX96, Tick};

/// The state of a pool that decides what a swap yields: price, liquidity in range, ticks. Fee growth,
/// positions by owner, the oracle and the protocol's share of the fee do not, and are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V3Pool {
    fee: FeePips,
    sqrt_price_x96: SqrtPriceX96,
    tick: Tick,
    liquidity: u128,
    ticks: TickTable,
}

impl V3Pool {
    /// An empty pool at a price, as `UniswapV3Pool.initialize` leaves it.
    ///
    /// # Errors
    /// [`AmmError::PriceOutOfRange`], [`AmmError::InvalidFee`] or [`AmmError::InvalidTickSpacing`].
    pub fn new(fee: FeePips, tick_spacing: i32, sqrt_price_x96: SqrtPriceX96) -> Result<Self, AmmError> {
        let ticks = TickTable::new(tick_spacing)?;
        let tick = tick_at_sqrt_ratio(sqrt_price_x96)?;
        Self { fee, sqrt_price_x96, tick, liquidity: 0, ticks }.checked()
    }

    /// A pool as read from the chain: `slot0`, `liquidity`, and every initialised tick within
    /// `known` (both ends included; `None` where all were read). A swap that would need a tick
    /// beyond `known` is refused.
    ///
    /// # Errors
    /// As [`V3Pool::new`]; [`AmmError::TickPriceMismatch`], [`AmmError::InvalidTicks`], and, where
    /// all ticks are known, [`AmmError::LiquidityMismatch`] if they do not add up to `liquidity`.
    pub fn from_state(
        fee: FeePips,
        tick_spacing: i32,
        sqrt_price_x96: SqrtPriceX96,
        tick: Tick,
        liquidity: u128,
        ticks: impl IntoIterator<Item = (Tick, TickInfo)>,
        known: Option<(Tick, Tick)>,
    ) -> Result<Self, AmmError> {
        let ticks = TickTable::from_ticks(tick_spacing, ticks, known)?;
        Self { fee, sqrt_price_x96, tick, liquidity, ticks }.checked()
    }

    fn checked(self) -> Result<Self, AmmError> {
        self.check()?;
        Ok(self)
    }

    /// Whether fee, price, tick, liquidity and ticks fit each other, after what events told of them.
    ///
    /// # Errors
    /// As [`V3Pool::from_state`].
    pub fn check(&self) -> Result<(), AmmError> {
        if self.fee.0 >= FeePips::ONE {
            return Err(AmmError::InvalidFee(self.fee));
        }
        // A swap downwards that ends on an initialised tick has crossed it: the price stands at the
        // tick, the state one below.
        let at = tick_at_sqrt_ratio(self.sqrt_price_x96)?;
        let crossed = at.get() == self.tick.get() + 1 && sqrt_ratio_at_tick(at) == self.sqrt_price_x96;
        if at != self.tick && !crossed {
            return Err(AmmError::TickPriceMismatch { tick: self.tick, sqrt_price_x96: self.sqrt_price_x96 });
        }
        if self.ticks.is_whole() {
            let mut sum = 0i128;
            for (_, info) in self.ticks.iter().take_while(|(tick, _)| *tick <= self.tick) {
                sum = sum.checked_add(info.liquidity_net).ok_or(AmmError::Overflow("the liquidity in range"))?;
            }
            if u128::try_from(sum) != Ok(self.liquidity) {
                return Err(AmmError::LiquidityMismatch { liquidity: self.liquidity, sum });
            }
        }
        Ok(())
    }

    pub fn fee(&self) -> FeePips {
        self.fee
    }

    pub fn tick_spacing(&self) -> i32 {
        self.ticks.spacing()
    }

    pub fn sqrt_price_x96(&self) -> SqrtPriceX96 {
        self.sqrt_price_x96
    }

    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// Liquidity in range.
    pub fn liquidity(&self) -> u128 {
        self.liquidity
    }

    /// The initialised ticks, in order.
    pub fn ticks(&self) -> impl Iterator<Item = (Tick, TickInfo)> {
        self.ticks.iter()
    }

    /// Takes over what a `Swap` event says the state is. The ticks stay: their net liquidity does
    /// not change by a swap.
    pub fn apply_swap(&mut self, sqrt_price_x96: SqrtPriceX96, liquidity: u128, tick: Tick) {
        self.sqrt_price_x96 = sqrt_price_x96;
        self.liquidity = liquidity;
        self.tick = tick;
    }
}

/// `LiquidityMath.addDelta`.
fn add_delta(liquidity: u128, delta: i128) -> Result<u128, AmmError> {
    let result = liquidity.checked_add_signed(delta);
    if delta < 0 {
        result.ok_or(AmmError::LiquidityUnderflow { removed: delta.unsigned_abs(), available: liquidity })
    } else {
        result.ok_or(AmmError::Overflow("the liquidity in range"))
    }
}
