//! Raw logs to pool events. Pure: whoever fetched the log passes its parts in.
//!
//! The events are those of Uniswap V2 and V3 and of their forks: SushiSwap V2 and V3 and
//! PancakeSwap V2 emit the very same, PancakeSwap V3 the same but for a longer `Swap`.

mod fields;
#[cfg(test)]
mod tests;

use alloy::{
    primitives::{Address, B256, I256},
    sol,
    sol_types::SolEvent,
};

pub use fields::LogFault;
use fields::{address, int24, topics as indexed, uint112, uint128, uint160, uint256, words};

use crate::domain::{PoolEvent, PoolEventKind};

mod v3 {
    use super::sol;
    sol! {
        // v3-core `IUniswapV3PoolEvents.sol`.
        #[derive(Debug)]
        event Initialize(uint160 sqrtPriceX96, int24 tick);
        #[derive(Debug)]
        event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick);
        #[derive(Debug)]
        event Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1);
        #[derive(Debug)]
        event Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1);
    }
}

mod pancake_v3 {
    use super::sol;
    sol! {
        // PancakeSwap v3-core `IPancakeV3PoolEvents.sol`; its `Mint` and `Burn` are Uniswap's.
        #[derive(Debug)]
        event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint128 protocolFeesToken0, uint128 protocolFeesToken1);
    }
}

mod v2 {
    use super::sol;
    sol! {
        // v2-core `IUniswapV2Pair.sol`.
        #[derive(Debug)]
        event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to);
        #[derive(Debug)]
        event Mint(address indexed sender, uint256 amount0, uint256 amount1);
        #[derive(Debug)]
        event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
        #[derive(Debug)]
        event Sync(uint112 reserve0, uint112 reserve1);
    }
}

/// A log that claims a known topic but does not hold that event. Halt: the pool is not what
/// the configuration says, or the endpoint corrupts data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("log {log_index} of pool {pool}, {event}: {fault}")]
pub struct DecodeError {
    pub pool: Address,
    pub log_index: u64,
    /// The event that the topic names.
    pub event: &'static str,
    pub fault: LogFault,
}

/// Decodes one log of a pool; `None` for events that do not change its price or liquidity
/// (`Collect`, `Flash`, `Transfer`, ...).
///
/// As strict as Solidity's ABI: every word's unused bits must be what its type says, and there
/// must be neither more nor fewer words than the event has.
///
/// # Errors
/// [`DecodeError`] when a known topic comes with data of another shape.
pub fn decode(pool: Address, topics: &[B256], data: &[u8], log_index: u64) -> Result<Option<PoolEvent>, DecodeError> {
    let Some((signature, rest)) = topics.split_first() else { return Ok(None) };
    let (event, kind) = match *signature {
        v3::Swap::SIGNATURE_HASH => ("V3 Swap", v3_swap::<5>(rest, data)),
        v3::Mint::SIGNATURE_HASH => ("V3 Mint", v3_mint(rest, data)),
        v3::Burn::SIGNATURE_HASH => ("V3 Burn", v3_burn(rest, data)),
        v2::Swap::SIGNATURE_HASH => ("V2 Swap", v2_swap(rest, data)),
        v2::Sync::SIGNATURE_HASH => ("V2 Sync", v2_sync(rest, data)),
        pancake_v3::Swap::SIGNATURE_HASH => ("PancakeSwap V3 Swap", v3_swap::<7>(rest, data)),
        v2::Mint::SIGNATURE_HASH => ("V2 Mint", v2_mint(rest, data)),
        v2::Burn::SIGNATURE_HASH => ("V2 Burn", v2_burn(rest, data)),
        v3::Initialize::SIGNATURE_HASH => ("V3 Initialize", v3_initialize(rest, data)),
        _ => return Ok(None),
    };
    match kind {
        Ok(kind) => Ok(Some(PoolEvent { pool, log_index, kind })),
        Err(fault) => Err(DecodeError { pool, log_index, event, fault }),
    }
}

/// Five words, and in PancakeSwap's two more of 128 bits.
fn v3_swap<const WORDS: usize>(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [sender, recipient] = indexed(topics)?;
    address(sender, "sender")?;
    address(recipient, "recipient")?;
    let words: &[_; WORDS] = words(data)?;
    let [amount0, amount1, price, liquidity, tick, protocol_fees @ ..] = words.as_slice() else {
        return Err(LogFault::Length { have: data.len(), want: 32 * WORDS });
    };
    for fee in protocol_fees {
        uint128(fee, "protocolFees")?;
    }
    Ok(PoolEventKind::V3Swap {
        amount0: I256::from_raw(uint256(amount0)),
        amount1: I256::from_raw(uint256(amount1)),
        sqrt_price_x96: uint160(price, "sqrtPriceX96")?,
        liquidity: uint128(liquidity, "liquidity")?,
        tick: int24(tick, "tick")?,
    })
}

fn v3_mint(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [owner, lower, upper] = indexed(topics)?;
    let [sender, liquidity, amount0, amount1] = words(data)?;
    address(owner, "owner")?;
    address(sender, "sender")?;
    Ok(PoolEventKind::V3Mint {
        tick_lower: int24(lower, "tickLower")?,
        tick_upper: int24(upper, "tickUpper")?,
        liquidity: uint128(liquidity, "amount")?,
        amount0: uint256(amount0),
        amount1: uint256(amount1),
    })
}

fn v3_burn(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [owner, lower, upper] = indexed(topics)?;
    let [liquidity, amount0, amount1] = words(data)?;
    address(owner, "owner")?;
    Ok(PoolEventKind::V3Burn {
        tick_lower: int24(lower, "tickLower")?,
        tick_upper: int24(upper, "tickUpper")?,
        liquidity: uint128(liquidity, "amount")?,
        amount0: uint256(amount0),
        amount1: uint256(amount1),
    })
}

fn v3_initialize(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [] = indexed(topics)?;
    let [price, tick] = words(data)?;
    Ok(PoolEventKind::V3Initialize { sqrt_price_x96: uint160(price, "sqrtPriceX96")?, tick: int24(tick, "tick")? })
}

fn v2_swap(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [sender, to] = indexed(topics)?;
    let [in0, in1, out0, out1] = words(data)?;
    address(sender, "sender")?;
    address(to, "to")?;
    Ok(PoolEventKind::V2Swap {
        amount0_in: uint256(in0),
        amount1_in: uint256(in1),
        amount0_out: uint256(out0),
        amount1_out: uint256(out1),
    })
}

fn v2_mint(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [sender] = indexed(topics)?;
    let [amount0, amount1] = words(data)?;
    address(sender, "sender")?;
    Ok(PoolEventKind::V2Mint { amount0: uint256(amount0), amount1: uint256(amount1) })
}

fn v2_burn(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [sender, to] = indexed(topics)?;
    let [amount0, amount1] = words(data)?;
    address(sender, "sender")?;
    address(to, "to")?;
    Ok(PoolEventKind::V2Burn { amount0: uint256(amount0), amount1: uint256(amount1) })
}

fn v2_sync(topics: &[B256], data: &[u8]) -> Result<PoolEventKind, LogFault> {
    let [] = indexed(topics)?;
    let [reserve0, reserve1] = words(data)?;
    Ok(PoolEventKind::V2Sync { reserve0: uint112(reserve0, "reserve0")?, reserve1: uint112(reserve1, "reserve1")? })
}

impl PoolEventKind {
    /// The signed amounts of a swap, positive into the pool; `None` for other events and for
    /// V2 amounts that exceed a signed word.
    pub fn swap_amounts(&self) -> Option<(I256, I256)> {
        match self {
            Self::V3Swap { amount0, amount1, .. } => Some((*amount0, *amount1)),
            Self::V2Swap { amount0_in, amount1_in, amount0_out, amount1_out } => {
                let net = |paid: &_, got: &_| I256::try_from(*paid).ok()?.checked_sub(I256::try_from(*got).ok()?);
                Some((net(amount0_in, amount0_out)?, net(amount1_in, amount1_out)?))
            }
            _ => None,
        }
    }
}
