//! Uniswap V2: the constant product. After v2-core `UniswapV2Pair.sol` and v2-periphery
//! `UniswapV2Library.sol`.

use alloy::primitives::{U256, U512};

use super::{AmmError, Quote, full_math::isqrt};
use crate::units::{FeePips, SqrtPriceX96, TokenAmount};

/// Reserves in base units, each within `uint112`, and the fee: 3000 pips are the contract's 3/1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V2Pool {
    pub reserve0: TokenAmount,
    pub reserve1: TokenAmount,
    pub fee: FeePips,
}

/// The contract keeps a reserve in 112 bits and reverts above.
fn uint112(amount: Option<TokenAmount>) -> Result<TokenAmount, AmmError> {
    amount.filter(|amount| amount.0.bit_len() <= 112).ok_or(AmmError::Overflow("a reserve"))
}

impl V2Pool {
    /// # Errors
    /// [`AmmError::Overflow`] for a reserve above 112 bits, [`AmmError::InvalidFee`] at 100% or more.
    pub fn new(reserve0: TokenAmount, reserve1: TokenAmount, fee: FeePips) -> Result<Self, AmmError> {
        Self { reserve0, reserve1, fee }.checked()
    }

    fn checked(self) -> Result<Self, AmmError> {
        uint112(Some(self.reserve0))?;
        uint112(Some(self.reserve1))?;
        if self.fee.0 >= FeePips::ONE { Err(AmmError::InvalidFee(self.fee)) } else { Ok(self) }
    }

    /// The price of the reserves as a V3 pool would hold it: `isqrt(reserve1 * 2^192 / reserve0)`;
    /// zero where a reserve is empty.
    pub fn sqrt_price_x96(&self) -> SqrtPriceX96 {
        let ratio = (U512::from(self.reserve1.0) << 192usize).checked_div(U512::from(self.reserve0.0));
        SqrtPriceX96(ratio.map_or(U256::ZERO, isqrt))
    }

    /// `UniswapV2Library.getAmountOut`, with the fee in pips: numerator and denominator are both a
    /// thousand times those of the contract, so that the quotient is the same to the wei.
    ///
    /// # Errors
    /// [`AmmError::ZeroAmount`]; [`AmmError::InsufficientLiquidity`] for an empty pool;
    /// [`AmmError::ZeroOutput`] and [`AmmError::Overflow`] where the pair would revert.
    pub fn quote_exact_in(&self, zero_for_one: bool, amount_in: TokenAmount) -> Result<Quote, AmmError> {
        let pool = self.checked()?;
        if amount_in.is_zero() {
            return Err(AmmError::ZeroAmount);
        }
        let (reserve_in, reserve_out) =
            if zero_for_one { (pool.reserve0, pool.reserve1) } else { (pool.reserve1, pool.reserve0) };
        if reserve_in.is_zero() || reserve_out.is_zero() {
            return Err(AmmError::InsufficientLiquidity { unfilled: amount_in });
        }
        // Checked first, it also holds every product below within 112 + 112 + 20 bits.
        let reserve_in_after = uint112(reserve_in.checked_add(amount_in))?;
        let overflow = AmmError::Overflow("the amount of a swap");
        let one = U256::from(FeePips::ONE);
        let less_fee = one.checked_sub(U256::from(pool.fee.0)).ok_or(AmmError::InvalidFee(pool.fee))?;
        let taken = amount_in.0.checked_mul(less_fee).ok_or(overflow)?;
        let numerator = taken.checked_mul(reserve_out.0).ok_or(overflow)?;
        let denominator = reserve_in.0.checked_mul(one).and_then(|reserve| reserve.checked_add(taken));
        let amount_out = TokenAmount(denominator.and_then(|d| numerator.checked_div(d)).ok_or(overflow)?);
        if amount_out.is_zero() {
            return Err(AmmError::ZeroOutput);
        }
        let reserve_out_after = reserve_out.checked_sub(amount_out).ok_or(overflow)?;
        let (reserve0, reserve1) =
            if zero_for_one { (reserve_in_after, reserve_out_after) } else { (reserve_out_after, reserve_in_after) };
        Ok(Quote {
            amount_in,
            amount_out,
            // The part of the input that buys nothing, rounded up.
            fee: amount_in.saturating_sub(TokenAmount(taken.wrapping_div(one))),
            sqrt_price_after: Self { reserve0, reserve1, ..pool }.sqrt_price_x96(),
            ticks_crossed: 0,
        })
    }

    /// Applies the amounts of a `Swap` event, checked as `UniswapV2Pair.swap` checks them: the
    /// product of the reserves, the input less its fee, must not fall. On an error the pool is
    /// unchanged.
    ///
    /// # Errors
    /// [`AmmError::ZeroOutput`], [`AmmError::ZeroAmount`], [`AmmError::InsufficientLiquidity`],
    /// [`AmmError::Overflow`] or [`AmmError::ConstantProduct`].
    pub fn apply_swap(
        &mut self,
        amount0_in: TokenAmount,
        amount1_in: TokenAmount,
        amount0_out: TokenAmount,
        amount1_out: TokenAmount,
    ) -> Result<(), AmmError> {
        let pool = self.checked()?;
        if amount0_out.is_zero() && amount1_out.is_zero() {
            return Err(AmmError::ZeroOutput);
        }
        if amount0_in.is_zero() && amount1_in.is_zero() {
            return Err(AmmError::ZeroAmount);
        }
        for (out, reserve) in [(amount0_out, pool.reserve0), (amount1_out, pool.reserve1)] {
            if out >= reserve {
                return Err(AmmError::InsufficientLiquidity { unfilled: out });
            }
        }
        let after = |reserve: TokenAmount, paid_in: TokenAmount, paid_out: TokenAmount| {
            uint112(reserve.checked_sub(paid_out).and_then(|reserve| reserve.checked_add(paid_in)))
        };
        let reserve0 = after(pool.reserve0, amount0_in, amount0_out)?;
        let reserve1 = after(pool.reserve1, amount1_in, amount1_out)?;
        let one = U256::from(FeePips::ONE);
        let adjusted = |balance: TokenAmount, paid_in: TokenAmount| {
            let fee = paid_in.0.checked_mul(U256::from(pool.fee.0));
            let balance = balance.0.checked_mul(one);
            balance.zip(fee).and_then(|(b, f)| b.checked_sub(f)).ok_or(AmmError::Overflow("a reserve"))
        };
        let product: U512 = adjusted(reserve0, amount0_in)?.widening_mul(adjusted(reserve1, amount1_in)?);
        let before: U512 = pool.reserve0.0.wrapping_mul(one).widening_mul(pool.reserve1.0.wrapping_mul(one));
        if product < before {
            return Err(AmmError::ConstantProduct);
        }
        *self = Self { reserve0, reserve1, ..pool };
        Ok(())
    }

    /// Takes over the reserves of a `Sync` event.
    ///
    /// # Errors
    /// [`AmmError::Overflow`] above 112 bits; the pool is unchanged.
    pub fn sync(&mut self, reserve0: TokenAmount, reserve1: TokenAmount) -> Result<(), AmmError> {
        *self = Self { reserve0, reserve1, ..*self }.checked()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEE: FeePips = FeePips(3000);
    const ZERO: TokenAmount = TokenAmount::ZERO;

    fn pool(reserve0: u128, reserve1: u128) -> V2Pool {
        V2Pool::new(reserve0.into(), reserve1.into(), FEE).unwrap()
    }

    /// From v2-core's `UniswapV2Pair.spec.ts`: the input, the two reserves and the most that the
    /// pair pays, in ether; one wei more reverts.
    #[test]
    fn vectors() {
        let e = 10u128.pow(18);
        for (amount_in, reserve0, reserve1, out) in [
            (1, 5, 10, 1_662_497_915_624_478_906),
            (1, 10, 5, 453_305_446_940_074_565),
            (2, 5, 10, 2_851_015_155_847_869_602),
            (2, 10, 5, 831_248_957_812_239_453),
            (1, 10, 10, 906_610_893_880_149_131),
            (1, 100, 100, 987_158_034_397_061_298),
            (1, 1000, 1000, 996_006_981_039_903_216u128),
        ] {
            let mut pool = pool(reserve0 * e, reserve1 * e);
            let amount_in = TokenAmount::from(amount_in * e);
            let quote = pool.quote_exact_in(true, amount_in).unwrap();
            assert_eq!(quote.amount_out, TokenAmount::from(out));
            let more = quote.amount_out.checked_add(1u64.into()).unwrap();
            assert_eq!(pool.apply_swap(amount_in, ZERO, ZERO, more), Err(AmmError::ConstantProduct));
            pool.apply_swap(amount_in, ZERO, ZERO, quote.amount_out).unwrap();
            assert_eq!(pool.sqrt_price_x96(), quote.sqrt_price_after);
        }
    }

    #[test]
    fn refusals() {
        let full = pool((1 << 112) - 1, 1000);
        assert!(V2Pool::new((1u128 << 112).into(), 1u64.into(), FEE).is_err());
        assert_eq!(full.quote_exact_in(true, 1u64.into()), Err(AmmError::Overflow("a reserve")));
        assert_eq!(full.quote_exact_in(false, ZERO), Err(AmmError::ZeroAmount));
        assert_eq!(pool(1000, 10).quote_exact_in(true, 1u64.into()), Err(AmmError::ZeroOutput));
        let empty = pool(0, 0).quote_exact_in(true, 1u64.into());
        assert_eq!(empty, Err(AmmError::InsufficientLiquidity { unfilled: 1u64.into() }));
        assert_eq!(pool(0, 5).sqrt_price_x96(), SqrtPriceX96(U256::ZERO));
        assert_eq!(pool(1, 1).sqrt_price_x96(), SqrtPriceX96(U256::from(1) << 96));
    }

    proptest! {
        #[test]
        fn equals_997_of_1000(r0 in 1u128..1 << 100, r1 in 1u128..1 << 100, amount in 1u128..1 << 100, down: bool) {
            let (rin, rout) = if down { (r0, r1) } else { (r1, r0) };
            let taken = U256::from(amount) * U256::from(997);
            let out = taken * U256::from(rout) / (U256::from(rin) * U256::from(1000) + taken);
            let mut pool = pool(r0, r1);
            match pool.quote_exact_in(down, amount.into()) {
                Ok(quote) => {
                    prop_assert_eq!(quote.amount_out.0, out);
                    // The pair accepts it, and the way back yields less.
                    let (i, o) = (quote.amount_in, quote.amount_out);
                    if down { pool.apply_swap(i, ZERO, ZERO, o).unwrap() } else { pool.apply_swap(ZERO, i, o, ZERO).unwrap() }
                    prop_assert_eq!(pool.sqrt_price_x96(), quote.sqrt_price_after);
                    if let Ok(back) = pool.quote_exact_in(!down, o) {
                        prop_assert!(back.amount_out <= i);
                    }
                }
                Err(error) => prop_assert_eq!((error, out), (AmmError::ZeroOutput, U256::ZERO)),
            }
        }
    }
}
