//! What contracts say of themselves once and for all.

use alloy::{eips::BlockId, primitives::Address};

use super::{
    Chain, RpcError,
    abi::{IERC20, IV2PoolState, IV3PoolState},
};
use crate::{domain::PoolKind, units::FeePips};

/// A pool's fixed facts as its contract tells them. A V2 pair tells neither fee nor spacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFacts {
    pub token0: Address,
    pub token1: Address,
    pub fee: Option<FeePips>,
    pub tick_spacing: Option<i32>,
}

impl Chain {
    /// The decimals that a token's contract says it has.
    ///
    /// # Errors
    /// [`RpcError`]; `Malformed` or `Reverted` where the address is no token.
    pub async fn token_decimals(&self, token: Address) -> Result<u8, RpcError> {
        self.read(token, &IERC20::decimalsCall {}, BlockId::latest()).await
    }

    /// A pool's tokens, fee and spacing.
    ///
    /// # Errors
    /// [`RpcError`]; `Malformed` or `Reverted` where the address is no pool of this kind.
    pub async fn pool_facts(&self, pool: Address, kind: PoolKind) -> Result<PoolFacts, RpcError> {
        let at = BlockId::latest();
        match kind {
            PoolKind::V2 => Ok(PoolFacts {
                token0: self.read(pool, &IV2PoolState::token0Call {}, at).await?,
                token1: self.read(pool, &IV2PoolState::token1Call {}, at).await?,
                fee: None,
                tick_spacing: None,
            }),
            PoolKind::V3 => Ok(PoolFacts {
                token0: self.read(pool, &IV3PoolState::token0Call {}, at).await?,
                token1: self.read(pool, &IV3PoolState::token1Call {}, at).await?,
                fee: Some(FeePips(self.read(pool, &IV3PoolState::feeCall {}, at).await?.to())),
                tick_spacing: Some(self.read(pool, &IV3PoolState::tickSpacingCall {}, at).await?.as_i32()),
            }),
        }
    }
}
