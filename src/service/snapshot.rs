//! Pools as they stand on the chain.

use alloy::{eips::BlockId, primitives::Address};

use crate::{
    amm::{AmmError, Pool, TickInfo, V2Pool, V3Pool},
    domain::{Market, PoolKind},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, RpcError},
    },
    units::{BlockNumber, Tick},
};

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("pool {pool} at block {block}: {source}")]
    Pool { pool: Address, block: BlockNumber, source: AmmError },
}

impl Advised for SnapshotError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            Self::Pool { .. } => Advice::Halt,
        }
    }
}

/// Every market's pool at the head, in order.
///
/// # Errors
/// [`SnapshotError`] when the node does not answer or what it says is no pool.
pub async fn pools(chain: &Chain, markets: &[Market]) -> Result<Vec<Pool>, SnapshotError> {
    pools_at(chain, markets, chain.head().await?).await
}

/// Every market's pool at a block, in order.
///
/// # Errors
/// As [`pools`].
pub async fn pools_at(chain: &Chain, markets: &[Market], block: BlockNumber) -> Result<Vec<Pool>, SnapshotError> {
    let mut pools = Vec::with_capacity(markets.len());
    for market in markets {
        pools.push(pool(chain, market, block).await?);
    }
    Ok(pools)
}

/// One market's pool at a block.
///
/// # Errors
/// As [`pools`].
pub async fn pool(chain: &Chain, market: &Market, block: BlockNumber) -> Result<Pool, SnapshotError> {
    let spec = &market.pool;
    let at = BlockId::number(block.0);
    let failed = |source| SnapshotError::Pool { pool: spec.address, block, source };
    match spec.kind {
        PoolKind::V2 => {
            let (reserve0, reserve1) = chain.pool_state_v2(spec.address, at).await?;
            Ok(Pool::V2(V2Pool::new(reserve0, reserve1, spec.fee).map_err(failed)?))
        }
        PoolKind::V3 => {
            let state = chain.pool_state_v3(spec, Tick::MIN..=Tick::MAX, at).await?;
            let ticks = state
                .ticks
                .into_iter()
                .map(|(tick, liquidity_gross, liquidity_net)| (tick, TickInfo { liquidity_gross, liquidity_net }));
            let pool = V3Pool::from_state(
                spec.fee,
                spec.tick_spacing,
                state.sqrt_price_x96,
                state.tick,
                state.liquidity,
                ticks,
                None,
            );
            Ok(Pool::V3(pool.map_err(failed)?))
        }
    }
}
