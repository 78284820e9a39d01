//! Pools in memory that execute as the contracts do.

use alloy::primitives::{Address, B256, I256};

use crate::{
    amm::{AmmError, Pool, V2Pool, V3Swap},
    backtest::{Mined, Move, Venue},
    domain::{Approved, Block, BlockHeader, Market, Order, Outcome, PoolEvent, PoolEventKind, Settlement},
    execution::fees,
    journal::Journal,
    market::PoolTracker,
    units::{BlockNumber, SqrtPriceX96, Timestamp, TokenAmount, Wei},
};

/// Halt: the simulation met what it cannot execute.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("pool {0} is not simulated")]
    UnknownPool(Address),
    #[error("pool {0} is a V2 pool: only V3 pools can be moved along a price path")]
    CannotMove(Address),
    #[error("pool {pool}: {source}")]
    Amm { pool: Address, source: AmmError },
    #[error("order {0}: its gas costs more than 256 bits of wei")]
    Overflow(B256),
}

/// Simulated pools. Every block has the same base fee, and an order is included in the block
/// after it was submitted, alone. Gas is what the order expected: the model of
/// `execution::GasModel`, not an EVM.
#[derive(Clone, Debug)]
pub struct SimulatedVenue {
    pools: Vec<PoolTracker>,
    base_fee: Wei,
    number: BlockNumber,
    queue: Vec<Order>,
}

impl SimulatedVenue {
    pub fn new(pools: impl IntoIterator<Item = (Market, Pool)>, base_fee: Wei) -> Self {
        let pools = pools.into_iter().map(|(market, pool)| PoolTracker::new(market, pool)).collect();
        Self { pools, base_fee, number: BlockNumber(0), queue: Vec::new() }
    }

    fn tracker(&mut self, pool: Address) -> Result<&mut PoolTracker, SimulationError> {
        let found = self.pools.iter_mut().find(|tracker| tracker.market().pool.address == pool);
        found.ok_or(SimulationError::UnknownPool(pool))
    }

    /// Moves a pool to a root price, as the mover contract does; no event when it is there.
    fn move_to(&mut self, pool: Address, target: SqrtPriceX96) -> Result<Option<PoolEventKind>, SimulationError> {
        let tracker = self.tracker(pool)?;
        let zero_for_one = match target.cmp(&tracker.sqrt_price_x96()) {
            std::cmp::Ordering::Equal => return Ok(None),
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
        };
        let Pool::V3(state) = tracker.pool_mut() else { return Err(SimulationError::CannotMove(pool)) };
        let swap = state
            .swap(zero_for_one, I256::MAX, Some(target))
            .map_err(|source| SimulationError::Amm { pool, source })?;
        Ok(Some(event(&swap)))
    }

    /// Executes an order as SwapRouter02 does: past the deadline or below the least output it
    /// reverts, and only gas is spent.
    fn execute(&mut self, order: &Order, ts: Timestamp) -> Result<(Outcome, Vec<PoolEventKind>), SimulationError> {
        if ts > order.deadline {
            return Ok((Outcome::Reverted, Vec::new()));
        }
        let tracker = self.tracker(order.pool.address)?;
        let zero_for_one = tracker.zero_for_one(order.side);
        let before = tracker.pool().clone();
        let (amount_out, events) = match tracker.pool_mut() {
            Pool::V3(pool) => {
                let amount_in = I256::try_from(order.amount_in.0).unwrap_or(I256::MAX);
                let Ok(swap) = pool.swap(zero_for_one, amount_in, None) else {
                    return Ok((Outcome::Reverted, Vec::new()));
                };
                let out = if zero_for_one { swap.amount1 } else { swap.amount0 };
                (TokenAmount(out.unsigned_abs()), vec![event(&swap)])
            }
            Pool::V2(pool) => {
                let Ok(quote) = pool.quote_exact_in(zero_for_one, order.amount_in) else {
                    return Ok((Outcome::Reverted, Vec::new()));
                };
                let amounts = v2_amounts(zero_for_one, order.amount_in, quote.amount_out);
                let [in0, in1, out0, out1] = amounts;
                if pool.apply_swap(in0, in1, out0, out1).is_err() {
                    return Ok((Outcome::Reverted, Vec::new()));
                }
                (quote.amount_out, v2_events(pool, amounts))
            }
        };
        if amount_out < order.amount_out_min {
            *tracker.pool_mut() = before;
            return Ok((Outcome::Reverted, Vec::new()));
        }
        Ok((Outcome::Swapped { amount_in: order.amount_in, amount_out }, events))
    }
}

fn event(swap: &V3Swap) -> PoolEventKind {
    PoolEventKind::V3Swap {
        amount0: swap.amount0,
        amount1: swap.amount1,
        sqrt_price_x96: swap.sqrt_price_x96,
        liquidity: swap.liquidity,
        tick: swap.tick,
    }
}

/// The amounts of a V2 `Swap`: in 0 and 1, out 0 and 1.
fn v2_amounts(zero_for_one: bool, amount_in: TokenAmount, amount_out: TokenAmount) -> [TokenAmount; 4] {
    let zero = TokenAmount::ZERO;
    if zero_for_one { [amount_in, zero, zero, amount_out] } else { [zero, amount_in, amount_out, zero] }
}

fn v2_events(pool: &V2Pool, [in0, in1, out0, out1]: [TokenAmount; 4]) -> Vec<PoolEventKind> {
    vec![
        PoolEventKind::V2Sync { reserve0: pool.reserve0, reserve1: pool.reserve1 },
        PoolEventKind::V2Swap { amount0_in: in0.0, amount1_in: in1.0, amount0_out: out0.0, amount1_out: out1.0 },
    ]
}

impl Venue for SimulatedVenue {
    type Error = SimulationError;

    fn mine(&mut self, ts: Timestamp, moves: &[Move]) -> Result<Mined, SimulationError> {
        let mut events = Vec::new();
        for step in moves {
            for &target in &step.targets {
                events.extend(self.move_to(step.pool, target)?.map(|kind| (step.pool, kind)));
            }
        }
        let mut settlements = Vec::new();
        for order in std::mem::take(&mut self.queue) {
            let (outcome, swaps) = self.execute(&order, ts)?;
            events.extend(swaps.into_iter().map(|kind| (order.pool.address, kind)));
            let gas_cost = fees::gas_cost(order.gas_expected, order.gas_price_expected)
                .ok_or(SimulationError::Overflow(order.id.0))?;
            settlements.push(Settlement {
                order: order.id,
                ts,
                outcome,
                gas_used: order.gas_expected,
                gas_cost,
                block: None,
                tx: None,
            });
        }
        self.number = BlockNumber(self.number.0 + 1);
        let header = BlockHeader {
            number: self.number,
            hash: B256::ZERO,
            parent_hash: B256::ZERO,
            timestamp: ts,
            base_fee_per_gas: self.base_fee,
        };
        let events = events.into_iter().zip(0..);
        let events = events.map(|((pool, kind), log_index)| PoolEvent { pool, log_index, kind }).collect();
        Ok(Mined { settlements, block: Block { header, events } })
    }

    fn submit<J: Journal>(&mut self, order: &Approved<Order>, _: &mut J) -> Result<(), SimulationError> {
        self.queue.push(order.get().clone());
        Ok(())
    }

    fn pools(&mut self) -> Result<Vec<Pool>, SimulationError> {
        Ok(self.pools.iter().map(|tracker| tracker.pool().clone()).collect())
    }
}

#[cfg(test)]
mod tests;
