//! Liquidity in and out. After v3-core `UniswapV3Pool.sol`, `mint`, `burn` and `_modifyPosition`.

use alloy::primitives::U256;

use super::{
    TickInfo, V3Pool, add_delta,
    sqrt_price_math::{amount0_delta, amount1_delta},
    tick_math::sqrt_ratio_at_tick,
};
use crate::{
    amm::AmmError,
    units::{Tick, TokenAmount},
};

impl V3Pool {
    /// Adds liquidity from `lower` to `upper` and returns the amounts of token0 and token1 that it
    /// costs, rounded up. Where only part of the ticks is known, those beyond are not recorded.
    ///
    /// # Errors
    /// [`AmmError::ZeroAmount`], [`AmmError::InvalidTicks`], [`AmmError::LiquidityOverflow`] or
    /// [`AmmError::Overflow`]; the pool is unchanged.
    pub fn mint(&mut self, lower: Tick, upper: Tick, liquidity: u128) -> Result<(TokenAmount, TokenAmount), AmmError> {
        if liquidity == 0 {
            return Err(AmmError::ZeroAmount);
        }
        let delta = i128::try_from(liquidity).map_err(|_| AmmError::Overflow("the liquidity of a position"))?;
        self.modify(lower, upper, delta)
    }

    /// Takes liquidity away and returns the amounts of token0 and token1 that it frees, rounded
    /// down. Zero is allowed, as in the contract, where it brings the fees up to date.
    ///
    /// Positions are not kept: the caller knows whose liquidity it is.
    ///
    /// # Errors
    /// [`AmmError::InvalidTicks`], [`AmmError::LiquidityUnderflow`] or [`AmmError::Overflow`]; the
    /// pool is unchanged.
    pub fn burn(&mut self, lower: Tick, upper: Tick, liquidity: u128) -> Result<(TokenAmount, TokenAmount), AmmError> {
        let delta = i128::try_from(liquidity).map_err(|_| AmmError::Overflow("the liquidity of a position"))?;
        self.modify(lower, upper, -delta)
    }

    fn modify(&mut self, lower: Tick, upper: Tick, delta: i128) -> Result<(TokenAmount, TokenAmount), AmmError> {
        let tick_spacing = self.tick_spacing();
        if lower >= upper || lower.get() % tick_spacing != 0 || upper.get() % tick_spacing != 0 {
            return Err(AmmError::InvalidTicks { lower: lower.get(), upper: upper.get(), tick_spacing });
        }
        let in_range = lower <= self.tick && self.tick < upper;
        let at_lower = self.updated(lower, delta, delta)?;
        let at_upper = self.updated(upper, delta, -delta)?;
        let liquidity = if in_range { add_delta(self.liquidity, delta)? } else { self.liquidity };
        let amounts = self.amounts(lower, upper, delta)?;
        for (tick, info) in [(lower, at_lower), (upper, at_upper)] {
            if self.ticks.knows(tick.get()) {
                self.ticks.set(tick.get(), info);
            }
        }
        self.liquidity = liquidity;
        Ok(amounts)
    }

    /// `Tick.update`.
    fn updated(&self, tick: Tick, delta: i128, net_delta: i128) -> Result<TickInfo, AmmError> {
        let info = self.ticks.get(tick.get());
        if !self.ticks.knows(tick.get()) {
            return Ok(info);
        }
        let liquidity_gross = add_delta(info.liquidity_gross, delta)?;
        let max = self.ticks.max_liquidity();
        if liquidity_gross > max {
            return Err(AmmError::LiquidityOverflow { tick, liquidity: liquidity_gross, max });
        }
        let liquidity_net =
            info.liquidity_net.checked_add(net_delta).ok_or(AmmError::Overflow("the net liquidity of a tick"))?;
        Ok(TickInfo { liquidity_gross, liquidity_net })
    }

    /// What the liquidity is worth at the current price, rounded in the pool's favour. The contract
    /// decides by the tick, not by the price, on which side the position lies.
    fn amounts(&self, lower: Tick, upper: Tick, delta: i128) -> Result<(TokenAmount, TokenAmount), AmmError> {
        let (liquidity, round_up) = (delta.unsigned_abs(), delta > 0);
        let (low, high, price) = (sqrt_ratio_at_tick(lower).0, sqrt_ratio_at_tick(upper).0, self.sqrt_price_x96.0);
        let (amount0, amount1) = if self.tick < lower {
            (amount0_delta(low, high, liquidity, round_up)?, U256::ZERO)
        } else if self.tick < upper {
            (amount0_delta(price, high, liquidity, round_up)?, amount1_delta(low, price, liquidity, round_up)?)
        } else {
            (U256::ZERO, amount1_delta(low, high, liquidity, round_up)?)
        };
        Ok((TokenAmount(amount0), TokenAmount(amount1)))
    }
}
