//! The square-root price that a V3 pool stores.

use std::fmt;

use alloy::primitives::{U256, U512};
use serde::{Deserialize, Serialize};

use super::{Price, TokenAmount};

/// `sqrt(token1 / token0) * 2^96` in base units, a Q64.96 number that fits 160 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SqrtPriceX96(pub U256);

impl SqrtPriceX96 {
    /// The exact root, rounded down, for a pool that holds `base` (priced) and `quote`.
    /// `base_is_token0` says on which side the priced token stands.
    ///
    /// price1/0 = quote/base in base units; the root is
    /// `isqrt(token1_units * 2^192 / token0_units)`. `None` above 160 bits or at zero.
    pub fn from_price(price: Price, base_decimals: u8, quote_decimals: u8, base_is_token0: bool) -> Option<Self> {
        let ten = U512::from(10);
        let base_units = ten.checked_pow(U512::from(base_decimals))?.checked_mul(U512::from(Price::SCALE))?;
        let quote_units = ten.checked_pow(U512::from(quote_decimals))?.checked_mul(U512::from(price.raw()))?;
        let (token0, token1) = if base_is_token0 { (base_units, quote_units) } else { (quote_units, base_units) };
        let q192: U512 = U512::from(1) << 192;
        Self::from_ratio(token1.checked_mul(q192)?.checked_div(token0)?)
    }

    /// The root price of a V2 pair's reserves, rounded down; `None` where one is empty.
    pub fn from_reserves(reserve0: TokenAmount, reserve1: TokenAmount) -> Option<Self> {
        let shifted: U512 = U512::from(reserve1.0) << 192;
        Self::from_ratio(shifted.checked_div(U512::from(reserve0.0))?)
    }

    /// The root of a ratio in Q192.
    fn from_ratio(ratio: U512) -> Option<Self> {
        let root = ratio.root(2);
        if root.is_zero() || root.bit_len() > 160 {
            return None;
        }
        let limbs = root.as_limbs();
        Some(Self(U256::from_limbs([*limbs.first()?, *limbs.get(1)?, *limbs.get(2)?, 0])))
    }

    /// What `amount` of token0 is worth in token1 at this price, rounded down, no fee.
    #[must_use]
    pub fn token0_to_token1(self, amount: TokenAmount) -> Option<TokenAmount> {
        self.scale(amount, true)
    }

    /// What `amount` of token1 is worth in token0 at this price, rounded down, no fee.
    #[must_use]
    pub fn token1_to_token0(self, amount: TokenAmount) -> Option<TokenAmount> {
        self.scale(amount, false)
    }

    fn scale(self, amount: TokenAmount, up: bool) -> Option<TokenAmount> {
        let square: U512 = self.0.widening_mul(self.0);
        let q192 = U512::from(1) << 192;
        let (numerator, denominator) = if up { (square, q192) } else { (q192, square) };
        let value = U512::from(amount.0).checked_mul(numerator)?.checked_div(denominator)?;
        let limbs = value.as_limbs();
        match limbs {
            [a, b, c, d, 0, 0, 0, 0] => Some(TokenAmount(U256::from_limbs([*a, *b, *c, *d]))),
            _ => None,
        }
    }

    /// For statistics only: the price of the base token in the quote token, whole units.
    pub fn to_f64(self, base_decimals: u8, quote_decimals: u8, base_is_token0: bool) -> f64 {
        let root = f64::from(self.0) / 2f64.powi(96);
        let ratio = root * root;
        let shift = 10f64.powi(i32::from(base_decimals) - i32::from(quote_decimals));
        if base_is_token0 { ratio * shift } else { shift / ratio }
    }
}

impl fmt::Display for SqrtPriceX96 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_to_root_and_back() {
        let price: Price = "3339.88".parse().unwrap();
        let weth_usdc = SqrtPriceX96::from_price(price, 18, 6, false).unwrap();
        assert!((weth_usdc.to_f64(18, 6, false) / 3339.88 - 1.0).abs() < 1e-12);
        let wbtc_usdc = SqrtPriceX96::from_price(price, 8, 6, true).unwrap();
        assert!((wbtc_usdc.to_f64(8, 6, true) / 3339.88 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn worth_of_one_ether() {
        let price: Price = "2000".parse().unwrap();
        let root = SqrtPriceX96::from_price(price, 18, 6, false).unwrap();
        let ether = TokenAmount::from(10u128.pow(18));
        let worth = root.token1_to_token0(ether).unwrap();
        assert!(worth.0.abs_diff(U256::from(2_000_000_000u64)) <= U256::from(1));
    }

    #[test]
    fn out_of_range_prices_are_none() {
        let tiny: Price = "0.000000000001".parse().unwrap();
        assert!(SqrtPriceX96::from_price(tiny, 0, 30, true).is_some());
        assert_eq!(SqrtPriceX96::from_price(tiny, 60, 0, true), None);
    }
}
