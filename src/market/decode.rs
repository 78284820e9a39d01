//! Raw logs to pool events. Pure: whoever fetched the log passes its parts in.

use alloy::{
    primitives::{Address, B256, I256},
    sol,
    sol_types::SolEvent,
};

use crate::{
    domain::{PoolEvent, PoolEventKind},
    units::{SqrtPriceX96, Tick, TickError, TokenAmount},
};

mod v3 {
    use super::sol;
    sol! {
        // v3-core `IUniswapV3PoolEvents.sol`.
        #[derive(Debug)]
        event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick);
        #[derive(Debug)]
        event Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1);
        #[derive(Debug)]
        event Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1);
    }
}

mod v2 {
    use super::sol;
    sol! {
        // v2-core `IUniswapV2Pair.sol`.
        #[derive(Debug)]
        event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to);
        #[derive(Debug)]
        event Sync(uint112 reserve0, uint112 reserve1);
    }
}

/// A log that claims a known topic but does not hold that event. Halt: the pool is not what
/// the configuration says, or the endpoint corrupts data.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("log {log_index} of pool {pool}: {source}")]
    Malformed { pool: Address, log_index: u64, source: alloy::sol_types::Error },
    #[error("log {log_index} of pool {pool}: {source}")]
    Tick { pool: Address, log_index: u64, source: TickError },
}

/// Decodes one log of a pool; `None` for events that do not change its price or liquidity
/// (`Collect`, `Flash`, `Transfer`, ...).
///
/// # Errors
/// [`DecodeError`] when a known topic comes with data of another shape.
pub fn decode(pool: Address, topics: &[B256], data: &[u8], log_index: u64) -> Result<Option<PoolEvent>, DecodeError> {
    let malformed = |source| DecodeError::Malformed { pool, log_index, source };
    let tick = |tick: alloy::primitives::Signed<24, 1>| {
        Tick::new(tick.as_i32()).map_err(|source| DecodeError::Tick { pool, log_index, source })
    };
    let Some(&signature) = topics.first() else { return Ok(None) };
    let kind = match signature {
        v3::Swap::SIGNATURE_HASH => {
            let event = v3::Swap::decode_raw_log(topics, data).map_err(malformed)?;
            PoolEventKind::V3Swap {
                amount0: event.amount0,
                amount1: event.amount1,
                sqrt_price_x96: SqrtPriceX96(event.sqrtPriceX96.to()),
                liquidity: event.liquidity,
                tick: tick(event.tick)?,
            }
        }
        v3::Mint::SIGNATURE_HASH => {
            let event = v3::Mint::decode_raw_log(topics, data).map_err(malformed)?;
            PoolEventKind::V3Mint {
                tick_lower: tick(event.tickLower)?,
                tick_upper: tick(event.tickUpper)?,
                liquidity: event.amount,
            }
        }
        v3::Burn::SIGNATURE_HASH => {
            let event = v3::Burn::decode_raw_log(topics, data).map_err(malformed)?;
            PoolEventKind::V3Burn {
                tick_lower: tick(event.tickLower)?,
                tick_upper: tick(event.tickUpper)?,
                liquidity: event.amount,
            }
        }
        v2::Swap::SIGNATURE_HASH => {
            let event = v2::Swap::decode_raw_log(topics, data).map_err(malformed)?;
            PoolEventKind::V2Swap {
                amount0_in: event.amount0In,
                amount1_in: event.amount1In,
                amount0_out: event.amount0Out,
                amount1_out: event.amount1Out,
            }
        }
        v2::Sync::SIGNATURE_HASH => {
            let event = v2::Sync::decode_raw_log(topics, data).map_err(malformed)?;
            PoolEventKind::V2Sync {
                reserve0: TokenAmount(event.reserve0.to()),
                reserve1: TokenAmount(event.reserve1.to()),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(PoolEvent { pool, log_index, kind }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::{U256, aliases::I24, hex};

    #[test]
    fn a_swap_of_the_real_pool_decodes() {
        let event = v3::Swap {
            sender: Address::ZERO,
            recipient: Address::ZERO,
            amount0: I256::try_from(-5).unwrap(),
            amount1: I256::try_from(7).unwrap(),
            sqrtPriceX96: alloy::primitives::Uint::from(9u64),
            liquidity: 11,
            tick: I24::try_from(-13).unwrap(),
        };
        let log = event.encode_log_data();
        let decoded = decode(Address::ZERO, log.topics(), &log.data, 3).unwrap().unwrap();
        assert_eq!(decoded.log_index, 3);
        let PoolEventKind::V3Swap { amount0, sqrt_price_x96, liquidity, tick, .. } = decoded.kind else { panic!() };
        assert_eq!((amount0, liquidity, tick.get()), (I256::try_from(-5).unwrap(), 11, -13));
        assert_eq!(sqrt_price_x96.0, U256::from(9));
    }

    #[test]
    fn known_topics_are_those_of_mainnet() {
        let topic = |text: &str| B256::from_slice(&hex::decode(text).unwrap());
        assert_eq!(v3::Swap::SIGNATURE_HASH, topic("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"));
        assert_eq!(v2::Sync::SIGNATURE_HASH, topic("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"));
    }

    #[test]
    fn foreign_topics_are_passed_over_and_torn_data_is_refused() {
        assert!(decode(Address::ZERO, &[], &[], 0).unwrap().is_none());
        assert!(decode(Address::ZERO, &[B256::ZERO], &[1, 2], 0).unwrap().is_none());
        let error = decode(Address::ZERO, &[v2::Sync::SIGNATURE_HASH], &[1, 2], 9).unwrap_err();
        assert!(error.to_string().contains("log 9"), "{error}");
    }
}
