//! What can be wrong with a pool or with what is asked of it.

use crate::units::{FeePips, SqrtPriceX96, Tick, TokenAmount};

/// Where the contract would revert, or where we do not know enough to be exact.
///
/// `OutsideKnownTicks` asks the caller to read more ticks and try again; `InsufficientLiquidity`
/// and `ZeroOutput` to trade less (or more); every other kind is a fault of the request or of the
/// state it was built from, and trying again does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmmError {
    #[error("price limit {limit} is not between the current price {current} and the end of the range")]
    PriceLimit { limit: SqrtPriceX96, current: SqrtPriceX96 },
    #[error("square-root price {0} is outside of what a pool can hold")]
    PriceOutOfRange(SqrtPriceX96),
    #[error("the swap leaves the known ticks [{lower}, {upper}] at tick {tick}: read more ticks")]
    OutsideKnownTicks { tick: i32, lower: i32, upper: i32 },
    #[error("insufficient liquidity: {unfilled} of the amount cannot be filled")]
    InsufficientLiquidity { unfilled: TokenAmount },
    #[error("{0} overflows")]
    Overflow(&'static str),
    #[error("liquidity {liquidity} at tick {tick} exceeds the maximum of {max} per tick")]
    LiquidityOverflow { tick: Tick, liquidity: u128, max: u128 },
    #[error("cannot remove {removed} of liquidity where there is {available}")]
    LiquidityUnderflow { removed: u128, available: u128 },
    #[error("no position from tick {lower} to {upper} on a spacing of {tick_spacing}")]
    InvalidTicks { lower: i32, upper: i32, tick_spacing: i32 },
    #[error("tick spacing {0} is outside [1, 16383]")]
    InvalidTickSpacing(i32),
    #[error("fee of {0} is not below 100%")]
    InvalidFee(FeePips),
    #[error("tick {tick} does not belong to the square-root price {sqrt_price_x96}")]
    TickPriceMismatch { tick: Tick, sqrt_price_x96: SqrtPriceX96 },
    #[error("liquidity {liquidity} is not the sum {sum} of the net liquidity of the ticks at or below the price")]
    LiquidityMismatch { liquidity: u128, sum: i128 },
    #[error("the amount is zero")]
    ZeroAmount,
    #[error("the amount is too small to buy anything")]
    ZeroOutput,
    #[error("the swap would lower the product of the reserves")]
    ConstantProduct,
}
