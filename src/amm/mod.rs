//! Pool mathematics in integers, equal to the contracts to the wei.
//!
//! `zero_for_one` is the contracts' word for the direction: token0 is paid in and token1 out, the
//! price `token1 / token0` falls. Amounts are in the tokens' base units.

mod depth;
mod error;
mod full_math;
mod v2;
mod v3;

pub use depth::{Move, shifted_root};
pub use error::AmmError;
pub use v2::V2Pool;
pub use v3::{TickInfo, V3Pool, V3Swap, sqrt_price_math, swap_math, tick_math};

use crate::units::{SqrtPriceX96, TokenAmount};

/// What a swap would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The whole input, the fee included.
    pub amount_in: TokenAmount,
    pub amount_out: TokenAmount,
    /// In the token paid in.
    pub fee: TokenAmount,
    pub sqrt_price_after: SqrtPriceX96,
    /// Initialised ticks crossed; zero in V2.
    pub ticks_crossed: u32,
}

/// A pool of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pool {
    V2(V2Pool),
    V3(V3Pool),
}

impl Pool {
    /// What a swap of exactly `amount_in` would yield; the pool is unchanged.
    ///
    /// # Errors
    /// Those of [`V2Pool::quote_exact_in`] and [`V3Pool::quote_exact_in`].
    pub fn quote_exact_in(&self, zero_for_one: bool, amount_in: TokenAmount) -> Result<Quote, AmmError> {
        match self {
            Self::V2(pool) => pool.quote_exact_in(zero_for_one, amount_in),
            Self::V3(pool) => pool.quote_exact_in(zero_for_one, amount_in),
        }
    }

    /// The price of token0 in token1.
    pub fn sqrt_price_x96(&self) -> SqrtPriceX96 {
        match self {
            Self::V2(pool) => pool.sqrt_price_x96(),
            Self::V3(pool) => pool.sqrt_price_x96(),
        }
    }
}
