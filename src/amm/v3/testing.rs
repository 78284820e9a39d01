//! Values to try, spread over magnitudes rather than over the range.

use alloy::primitives::{U256, uint};
use proptest::prelude::*;

use super::tick_math::{MAX_SQRT_RATIO, MIN_SQRT_RATIO};
use crate::units::{SqrtPriceX96, Tick};

pub(crate) fn any_u256() -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 0usize..=256).prop_map(|(limbs, shift)| {
        let value = U256::from_limbs(limbs);
        if shift == 256 { U256::ZERO } else { value >> shift }
    })
}

/// Fits a positive `int256`.
pub(crate) fn any_amount() -> impl Strategy<Value = U256> {
    any_u256().prop_map(|amount| amount >> 1)
}

pub(crate) fn any_liquidity() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..=128).prop_map(|(value, shift)| value.checked_shr(shift).unwrap_or(0))
}

pub(crate) fn any_tick() -> impl Strategy<Value = Tick> {
    (Tick::MIN.get()..=Tick::MAX.get()).prop_map(|tick| Tick::new(tick).unwrap())
}

pub(crate) fn any_price() -> impl Strategy<Value = SqrtPriceX96> {
    any_u256().prop_map(|value| {
        let width = MAX_SQRT_RATIO.0 - MIN_SQRT_RATIO.0;
        let value = (value >> 96usize) & uint!(0xffffffffffffffffffffffffffffffffffffffff_U256);
        SqrtPriceX96(MIN_SQRT_RATIO.0 + value % width)
    })
}
