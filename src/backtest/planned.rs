//! The replica's pools without the replica.

use alloy::primitives::Address;

use crate::{
    amm::{AmmError, Pool, V2Pool, V3Pool},
    domain::{Market, replica_plan},
};

/// Why a market cannot be traded on planned pools.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("pool {0} is not in the replica's plan: it can only be traded on a fork of mainnet")]
    NotPlanned(Address),
    #[error("planned pool {pool}: {source}")]
    Amm { pool: Address, source: AmmError },
}

/// Each market's pool as the replica builds it, by the same plan and the same integers.
///
/// # Errors
/// [`PlanError::NotPlanned`] for a market whose pool the replica does not have.
pub fn pools(markets: &[Market]) -> Result<Vec<Pool>, PlanError> {
    markets.iter().map(|market| pool(market.pool.address)).collect()
}

fn pool(address: Address) -> Result<Pool, PlanError> {
    let plan = replica_plan::pool(address).ok_or(PlanError::NotPlanned(address))?;
    let failed = |source| PlanError::Amm { pool: address, source };
    if let Some((reserve0, reserve1)) = plan.reserves {
        return Ok(Pool::V2(V2Pool::new(reserve0, reserve1, plan.fee).map_err(failed)?));
    }
    let mut pool = V3Pool::new(plan.fee, plan.tick_spacing, plan.initial).map_err(failed)?;
    for position in &plan.positions {
        pool.mint(position.tick_lower, position.tick_upper, position.liquidity).map_err(failed)?;
    }
    Ok(Pool::V3(pool))
}
