//! What plays the rest of the market on a development node.

use alloy::{
    primitives::{Address, ruint::UintTryTo},
    sol_types::SolCall,
};

use super::{DRIVER, MOVER, abi::IMover};
use crate::{
    io::anvil::control::Impersonated,
    units::{SqrtPriceX96, Wei},
};

/// The block gas limit that a node needs to carry out any [`moves`].
pub const BLOCK_GAS_LIMIT: u64 = 300_000_000;
/// A pool's way from one end of its liquidity to the other burns 14.2 million (measured).
const GAS_LIMIT: u64 = 200_000_000;

/// One transaction that takes each V3 pool to its root price, one after the other; pools that
/// stand there already are passed over. `None` for a root price above 160 bits.
pub fn moves(steps: impl IntoIterator<Item = (Address, SqrtPriceX96)>) -> Option<Impersonated> {
    let step = |(pool, target): (Address, SqrtPriceX96)| {
        Some(IMover::Step { pool, sqrtPriceLimitX96: target.0.uint_try_to().ok()? })
    };
    let steps = steps.into_iter().map(step).collect::<Option<Vec<_>>>()?;
    let input = IMover::moveCall { steps }.abi_encode().into();
    Some(Impersonated { from: DRIVER, to: Some(MOVER), input, value: Wei::ZERO, gas_limit: GAS_LIMIT })
}
