//! What the chain tells, decoded.

use alloy::primitives::{Address, B256, I256, U256};
use serde::{Deserialize, Serialize};

use crate::units::{BlockNumber, SqrtPriceX96, Tick, Timestamp, TokenAmount, Wei};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockHeader {
    pub number: BlockNumber,
    pub hash: B256,
    pub parent_hash: B256,
    pub timestamp: Timestamp,
    pub base_fee_per_gas: Wei,
}

/// A block and the events of the watched pools in it, in log order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub header: BlockHeader,
    pub events: Vec<PoolEvent>,
}

/// One event of a watched pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolEvent {
    pub pool: Address,
    pub log_index: u64,
    pub kind: PoolEventKind,
}

/// What a pool of Uniswap, or of a fork that kept its events, says. The amounts of a V3 swap are
/// signed as the contract signs them: positive into the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolEventKind {
    /// V3 `Swap(address,address,int256,int256,uint160,uint128,int24)`; also PancakeSwap V3's, which
    /// adds `uint128 protocolFeesToken0, uint128 protocolFeesToken1` that change no price.
    V3Swap { amount0: I256, amount1: I256, sqrt_price_x96: SqrtPriceX96, liquidity: u128, tick: Tick },
    /// V3 `Mint(address,address,int24,int24,uint128,uint256,uint256)`.
    V3Mint { tick_lower: Tick, tick_upper: Tick, liquidity: u128, amount0: U256, amount1: U256 },
    /// V3 `Burn(address,int24,int24,uint128,uint256,uint256)`.
    V3Burn { tick_lower: Tick, tick_upper: Tick, liquidity: u128, amount0: U256, amount1: U256 },
    /// V2 `Swap(address,uint256,uint256,uint256,uint256,address)`.
    V2Swap { amount0_in: U256, amount1_in: U256, amount0_out: U256, amount1_out: U256 },
    /// V2 `Mint(address,uint256,uint256)`: liquidity in; the reserves are told by `Sync`.
    V2Mint { amount0: U256, amount1: U256 },
    /// V2 `Burn(address,uint256,uint256,address)`: liquidity out, likewise.
    V2Burn { amount0: U256, amount1: U256 },
    /// V2 `Sync(uint112,uint112)`: the reserves after whatever came before it.
    V2Sync { reserve0: TokenAmount, reserve1: TokenAmount },
    /// V3 `Initialize(uint160,int24)`: the first that a pool says, its price before any liquidity.
    V3Initialize { sqrt_price_x96: SqrtPriceX96, tick: Tick },
}
