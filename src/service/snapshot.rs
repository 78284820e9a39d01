//! Pools as they stand on the chain.

use alloy::{eips::BlockId, primitives::Address};

use crate::{
    amm::{AmmError, Pool, TickInfo, V2Pool, V3Pool},
    domain::{Market, PoolKind, PoolSpec},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, PoolReading, RpcError, V3State},
    },
    units::{BlockNumber, Tick},
};

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("pool {pool} at block {block}: {source}")]
    Pool { pool: Address, block: BlockNumber, source: AmmError },
    #[error("pool {pool} at block {block}: {why}")]
    Malformed { pool: Address, block: BlockNumber, why: String },
}

impl Advised for SnapshotError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            Self::Pool { .. } | Self::Malformed { .. } => Advice::Halt,
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
            Ok(Pool::V3(v3_pool(spec, state, None).map_err(failed)?))
        }
    }
}

/// Every market's pool of one block, in order and in one request, with V3's ticks in the word of
/// the bitmap that holds the price and in `ticks_around` words to either side; `None` where no
/// pool of the market's kind answers. Each is judged by itself: what one says that makes no pool
/// is its own error and hides no other.
///
/// # Errors
/// [`SnapshotError::Rpc`] when the node does not answer.
pub async fn pools_near(
    chain: &Chain,
    markets: &[Market],
    ticks_around: u8,
    at: BlockId,
) -> Result<Vec<Result<Option<Pool>, SnapshotError>>, SnapshotError> {
    let addresses: Vec<Address> = markets.iter().map(|market| market.pool.address).collect();
    let readings = chain.pool_readings(&addresses, Some(ticks_around), at).await?;
    let block = readings.block;
    let pool = |(market, reading): (&Market, Option<PoolReading>)| {
        let spec = &market.pool;
        let pool = match (spec.kind, reading) {
            (PoolKind::V2, Some(PoolReading::V2 { reserve0, reserve1 })) => {
                V2Pool::new(reserve0, reserve1, spec.fee).map(Pool::V2)
            }
            (PoolKind::V3, Some(PoolReading::V3 { state, known, .. })) => v3_pool(spec, state, known).map(Pool::V3),
            (_, Some(PoolReading::Malformed(why))) => {
                return Err(SnapshotError::Malformed { pool: spec.address, block, why });
            }
            _ => return Ok(None),
        };
        pool.map(Some).map_err(|source| SnapshotError::Pool { pool: spec.address, block, source })
    };
    Ok(markets.iter().zip(readings.pools).map(pool).collect())
}

fn v3_pool(spec: &PoolSpec, state: V3State, known: Option<(Tick, Tick)>) -> Result<V3Pool, AmmError> {
    let info = |(tick, liquidity_gross, liquidity_net)| (tick, TickInfo { liquidity_gross, liquidity_net });
    let ticks = state.ticks.into_iter().map(info);
    V3Pool::from_state(spec.fee, spec.tick_spacing, state.sqrt_price_x96, state.tick, state.liquidity, ticks, known)
}
