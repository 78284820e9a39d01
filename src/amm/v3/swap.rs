//! The swap loop. After v3-core `UniswapV3Pool.sol`, `swap`.

use alloy::primitives::{I256, U256};

use super::{
    V3Pool, add_delta,
    swap_math::{Remaining, compute_swap_step},
    tick_math::{MAX_SQRT_RATIO, MIN_SQRT_RATIO, sqrt_ratio_at_tick, tick_at_sqrt_ratio},
};
use crate::{
    amm::{AmmError, Quote, depth::WITHOUT_END},
    units::{SqrtPriceX96, Tick, TokenAmount},
};

/// What a swap did. `amount0` and `amount1` are the changes of the pool's balances, as in the
/// `Swap` event: positive is paid in, negative is paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V3Swap {
    pub amount0: I256,
    pub amount1: I256,
    /// In the token paid in, part of its amount; the protocol's share included.
    pub fee: TokenAmount,
    /// The state after the swap.
    pub sqrt_price_x96: SqrtPriceX96,
    pub tick: Tick,
    pub liquidity: u128,
    /// Initialised ticks crossed.
    pub ticks_crossed: u32,
}

/// A swap worked out, not yet applied.
struct Outcome {
    paid_in: U256,
    paid_out: U256,
    /// What the price limit left of the amount asked for.
    unfilled: U256,
    fee: U256,
    sqrt_price: U256,
    tick: i32,
    liquidity: u128,
    ticks_crossed: u32,
}

impl V3Pool {
    /// Swaps as the contract does: an exact input for a positive `amount_specified`, an exact output
    /// for a negative one, filled as far as the price limit (by default the end of the range)
    /// allows. On an error the pool is unchanged.
    ///
    /// # Errors
    /// [`AmmError::ZeroAmount`], [`AmmError::PriceLimit`], [`AmmError::OutsideKnownTicks`], or
    /// [`AmmError::Overflow`] where the contract would revert.
    pub fn swap(
        &mut self,
        zero_for_one: bool,
        amount_specified: I256,
        sqrt_price_limit: Option<SqrtPriceX96>,
    ) -> Result<V3Swap, AmmError> {
        let amount = amount_specified.unsigned_abs();
        let remaining = if amount_specified.is_negative() { Remaining::Out(amount) } else { Remaining::In(amount) };
        let outcome = self.outcome(zero_for_one, remaining, sqrt_price_limit)?;
        let signed = |amount| I256::try_from(amount).map_err(|_| AmmError::Overflow("the amount of a swap"));
        // Both are below 2^255, so that the negation holds.
        let (paid_in, paid_out) = (signed(outcome.paid_in)?, signed(outcome.paid_out)?.wrapping_neg());
        let (amount0, amount1) = if zero_for_one { (paid_in, paid_out) } else { (paid_out, paid_in) };
        let swap = V3Swap {
            amount0,
            amount1,
            fee: TokenAmount(outcome.fee),
            sqrt_price_x96: SqrtPriceX96(outcome.sqrt_price),
            // One below `Tick::MIN` is out of reach: no price limit lets a swap cross that tick.
            tick: Tick::new(outcome.tick).map_err(|_| AmmError::Overflow("the tick"))?,
            liquidity: outcome.liquidity,
            ticks_crossed: outcome.ticks_crossed,
        };
        self.apply_swap(swap.sqrt_price_x96, swap.liquidity, swap.tick);
        Ok(swap)
    }

    /// What a swap of exactly `amount_in` would yield, to the wei; the pool is unchanged.
    ///
    /// # Errors
    /// As [`V3Pool::swap`], and [`AmmError::InsufficientLiquidity`] where the whole range cannot take
    /// the input: the router would keep the rest silently, we refuse.
    pub fn quote_exact_in(&self, zero_for_one: bool, amount_in: TokenAmount) -> Result<Quote, AmmError> {
        if amount_in.0.bit_len() > 255 {
            return Err(AmmError::Overflow("the amount of a swap"));
        }
        let outcome = self.outcome(zero_for_one, Remaining::In(amount_in.0), None)?;
        if !outcome.unfilled.is_zero() {
            return Err(AmmError::InsufficientLiquidity { unfilled: TokenAmount(outcome.unfilled) });
        }
        Ok(Quote {
            amount_in,
            amount_out: TokenAmount(outcome.paid_out),
            fee: TokenAmount(outcome.fee),
            sqrt_price_after: SqrtPriceX96(outcome.sqrt_price),
            ticks_crossed: outcome.ticks_crossed,
        })
    }

    /// What a swap to a price limit pays and gets; the pool is unchanged.
    pub(in crate::amm) fn amounts_to(
        &self,
        zero_for_one: bool,
        limit: SqrtPriceX96,
    ) -> Result<(TokenAmount, TokenAmount), AmmError> {
        let outcome = self.outcome(zero_for_one, Remaining::In(WITHOUT_END), Some(limit))?;
        Ok((TokenAmount(outcome.paid_in), TokenAmount(outcome.paid_out)))
    }

    fn outcome(
        &self,
        zero_for_one: bool,
        specified: Remaining,
        limit: Option<SqrtPriceX96>,
    ) -> Result<Outcome, AmmError> {
        let (Remaining::In(mut left) | Remaining::Out(mut left)) = specified;
        if left.is_zero() {
            return Err(AmmError::ZeroAmount);
        }
        let limit = self.price_limit(zero_for_one, limit)?;
        let overflow = || AmmError::Overflow("the amount of a swap");
        let (mut paid_in, mut paid_out, mut fee) = (U256::ZERO, U256::ZERO, U256::ZERO);
        let (mut price, mut tick, mut liquidity) = (self.sqrt_price_x96.0, self.tick.get(), self.liquidity);
        let mut ticks_crossed = 0;

        while !left.is_zero() && price != limit {
            let start = price;
            let next = self.ticks.next_within_word(tick, zero_for_one)?;
            let next_price = sqrt_ratio_at_tick(next.tick).0;
            let target = if zero_for_one { next_price.max(limit) } else { next_price.min(limit) };
            let remaining = match specified {
                Remaining::In(_) => Remaining::In(left),
                Remaining::Out(_) => Remaining::Out(left),
            };
            let step = compute_swap_step(start, target, liquidity, remaining, self.fee)?;
            price = step.sqrt_price_next;
            let taken = step.amount_in.checked_add(step.fee).ok_or_else(overflow)?;
            paid_in = paid_in.checked_add(taken).ok_or_else(overflow)?;
            paid_out = paid_out.checked_add(step.amount_out).ok_or_else(overflow)?;
            fee = fee.checked_add(step.fee).ok_or_else(overflow)?;
            let used = if matches!(specified, Remaining::In(_)) { taken } else { step.amount_out };
            left = left.checked_sub(used).ok_or_else(overflow)?;

            if !next.known && price == target && target != limit {
                return Err(self.ticks.outside(next.tick.get()));
            }
            if price == next_price {
                if let Some(net) = next.liquidity_net {
                    // Downwards the net counts the other way; its least value has no negation.
                    let net = if zero_for_one { net.checked_neg().ok_or_else(overflow)? } else { net };
                    liquidity = add_delta(liquidity, net)?;
                    ticks_crossed += 1;
                }
                tick = if zero_for_one { next.tick.get() - 1 } else { next.tick.get() };
            } else if price != start {
                tick = tick_at_sqrt_ratio(SqrtPriceX96(price))?.get();
            }
        }
        Ok(Outcome { paid_in, paid_out, unfilled: left, fee, sqrt_price: price, tick, liquidity, ticks_crossed })
    }

    fn price_limit(&self, zero_for_one: bool, limit: Option<SqrtPriceX96>) -> Result<U256, AmmError> {
        let current = self.sqrt_price_x96;
        // The limits that the routers set where the user sets none.
        let one = U256::from(1);
        let (low, high) = if zero_for_one { (MIN_SQRT_RATIO, current) } else { (current, MAX_SQRT_RATIO) };
        let end = if zero_for_one { low.0.wrapping_add(one) } else { high.0.wrapping_sub(one) };
        let limit = limit.unwrap_or(SqrtPriceX96(end));
        if low < limit && limit < high { Ok(limit.0) } else { Err(AmmError::PriceLimit { limit, current }) }
    }
}
