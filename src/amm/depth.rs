//! What it takes to move a price.

use alloy::primitives::{I256, U256, U512};

use super::{AmmError, Pool, V2Pool, V3Pool, full_math::isqrt};
use crate::units::{FeePips, SqrtPriceX96, TokenAmount};

/// A swap that ends at a given price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Paid in, the fee included.
    pub amount_in: TokenAmount,
    pub amount_out: TokenAmount,
}

impl Pool {
    /// What a swap pays and gets that moves the price from where it stands to `target`, on either
    /// side. V3: exactly to the target, as a swap with that price limit. V2, whose prices are
    /// those of whole base units: the least input that reaches or passes it.
    ///
    /// # Errors
    /// [`AmmError::PriceLimit`] for a target that is the price itself or outside of the range;
    /// [`AmmError::OutsideKnownTicks`] where the way leaves the known ticks; and those of
    /// [`V2Pool::quote_exact_in`].
    pub fn move_to(&self, target: SqrtPriceX96) -> Result<Move, AmmError> {
        match self {
            Self::V2(pool) => pool.move_to(target),
            Self::V3(pool) => pool.move_to(target),
        }
    }
}

impl V3Pool {
    fn move_to(&self, target: SqrtPriceX96) -> Result<Move, AmmError> {
        let (amount_in, amount_out) = self.amounts_to(target < self.sqrt_price_x96(), target)?;
        Ok(Move { amount_in, amount_out })
    }
}

impl V2Pool {
    fn move_to(&self, target: SqrtPriceX96) -> Result<Move, AmmError> {
        let current = self.sqrt_price_x96();
        let limit = || AmmError::PriceLimit { limit: target, current };
        let down = target < current;
        if target == current || target.0.is_zero() || current.0.is_zero() || target.0.bit_len() > 160 {
            return Err(limit());
        }
        let square: U512 = target.0.widening_mul(target.0);
        // Whether the price after this input has reached the target: r1 / r0 beside t^2 / 2^192.
        let reached = |amount_in: U256| -> Result<bool, AmmError> {
            let mut pool = *self;
            let out = match self.quote_exact_in(down, TokenAmount(amount_in)) {
                Ok(quote) => quote.amount_out,
                Err(AmmError::ZeroOutput) => TokenAmount::ZERO,
                Err(error) => return Err(error),
            };
            let after = |reserve: TokenAmount, paid: TokenAmount, got: TokenAmount| {
                reserve.checked_add(paid).and_then(|reserve| reserve.checked_sub(got)).ok_or_else(limit)
            };
            let (in0, in1) = if down {
                (TokenAmount(amount_in), TokenAmount::ZERO)
            } else {
                (TokenAmount::ZERO, TokenAmount(amount_in))
            };
            let (out0, out1) = if down { (TokenAmount::ZERO, out) } else { (out, TokenAmount::ZERO) };
            pool.reserve0 = after(pool.reserve0, in0, out0)?;
            pool.reserve1 = after(pool.reserve1, in1, out1)?;
            // At most 320 + 112 bits, and 112 + 192.
            let wanted = square.checked_mul(U512::from(pool.reserve0.0)).ok_or_else(limit)?;
            let have = U512::from(pool.reserve1.0) << 192usize;
            Ok(if down { have <= wanted } else { have >= wanted })
        };
        // Without a fee the reserve in grows to sqrt(k / price) or sqrt(k * price); the fee asks
        // for more by at most its own share, and rounding for a few units.
        let mut low = U256::ZERO;
        let mut high = self.input_bound(down, target).ok_or_else(limit)?;
        while high.saturating_sub(low) > U256::ONE {
            let middle = low.wrapping_add(high.wrapping_sub(low) >> 1usize);
            if reached(middle)? {
                high = middle;
            } else {
                low = middle;
            }
        }
        if !reached(high)? {
            return Err(limit());
        }
        let quote = self.quote_exact_in(down, TokenAmount(high))?;
        Ok(Move { amount_in: TokenAmount(high), amount_out: quote.amount_out })
    }

    /// More input than reaching the target can take, within what the pair can hold.
    fn input_bound(&self, down: bool, target: SqrtPriceX96) -> Option<U256> {
        let (reserve_in, current) = (if down { self.reserve0 } else { self.reserve1 }, self.sqrt_price_x96());
        let (far, near) = if down { (current, target) } else { (target, current) };
        // The reserve in grows by the ratio of the root prices; one more for their rounding down.
        let grown: U512 = reserve_in.0.widening_mul(far.0.checked_add(U256::ONE)?);
        let grown = grown.checked_div(U512::from(near.0))?;
        let less_fee = FeePips::ONE.checked_sub(self.fee.0)?;
        let paid = grown.checked_sub(U512::from(reserve_in.0)).unwrap_or_default();
        let paid = paid.checked_mul(U512::from(FeePips::ONE))?.checked_div(U512::from(less_fee))?;
        let room = (U256::ONE << 112usize).wrapping_sub(U256::ONE).checked_sub(reserve_in.0)?;
        let bound = paid.checked_add(U512::from(1_000u32))?;
        Some(if bound > U512::from(room) { room } else { U256::from_limbs_slice(bound.as_limbs().get(..4)?) })
    }
}

/// The root of a price changed by `numerator / denominator`, rounded down; `None` above 160 bits
/// or for a denominator of zero.
pub fn shifted_root(root: SqrtPriceX96, numerator: u32, denominator: u32) -> Option<SqrtPriceX96> {
    if root.0.bit_len() > 160 {
        return None;
    }
    let square: U512 = root.0.widening_mul(root.0);
    let shifted = square.checked_mul(U512::from(numerator))?.checked_div(U512::from(denominator))?;
    let root = isqrt(shifted);
    (root.bit_len() <= 160).then_some(SqrtPriceX96(root))
}

/// All that a swap may take: its price limit ends it.
pub(super) const WITHOUT_END: U256 = I256::MAX.into_raw();

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn root(number: u128) -> SqrtPriceX96 {
        SqrtPriceX96(U256::from(number) << 96usize)
    }

    #[test]
    fn a_price_four_times_as_high_has_twice_the_root() {
        assert_eq!(shifted_root(root(3), 4, 1), Some(root(6)));
        assert_eq!(shifted_root(root(6), 1, 4), Some(root(3)));
        assert_eq!(shifted_root(root(6), 1, 0), None);
        assert_eq!(shifted_root(SqrtPriceX96((U256::ONE << 160usize) - U256::ONE), 2, 1), None);
    }

    proptest! {
        /// The least input: one less does not reach the target.
        #[test]
        fn v2_moves_to_the_unit(r0 in 10_000u128..1 << 90, r1 in 10_000u128..1 << 90, fee in 0u32..10_000, bps in 1u32..2_000, up: bool) {
            let pool = V2Pool::new(r0.into(), r1.into(), FeePips(fee)).unwrap();
            let now = pool.sqrt_price_x96();
            let (n, d) = if up { (10_000 + bps, 10_000) } else { (10_000, 10_000 + bps) };
            let target = shifted_root(now, n, d).unwrap();
            prop_assume!(target != now);
            let Ok(Move { amount_in, amount_out }) = Pool::V2(pool).move_to(target) else {
                // Only where a single unit is more than the way.
                prop_assert!(r0.min(r1) < 1 << 40);
                return Ok(());
            };
            let quote = pool.quote_exact_in(!up, amount_in).unwrap();
            prop_assert_eq!(quote.amount_out, amount_out);
            // Roots are rounded down: a target passed by less than one unit of the root is met.
            let met = |root: SqrtPriceX96| if up { root >= target } else { root <= target };
            prop_assert!(met(quote.sqrt_price_after));
            if let Some(less) = amount_in.checked_sub(2u64.into()).filter(|less| !less.is_zero())
                && let Ok(quote) = pool.quote_exact_in(!up, less)
            {
                prop_assert!(!met(quote.sqrt_price_after) || quote.sqrt_price_after == target);
            }
        }
    }
}
