//! A market's pool, kept current by its events.

use alloy::primitives::I256;

use crate::{
    amm::{AmmError, Pool, Quote},
    domain::{Market, PoolEvent, PoolEventKind, Side},
    units::{SqrtPriceX96, TokenAmount},
};

/// Halt: the pool's state is no longer known. Read it from the chain again.
#[derive(Debug, thiserror::Error)]
pub enum MarketError {
    #[error("pool {pool}, log {log_index}: {source}")]
    Apply { pool: alloy::primitives::Address, log_index: u64, source: AmmError },
    #[error("pool {pool}, log {log_index}: a V2 event in a V3 pool or the reverse")]
    Kind { pool: alloy::primitives::Address, log_index: u64 },
    #[error("pool {pool}, log {log_index}: a pool that has a price is initialised")]
    Initialized { pool: alloy::primitives::Address, log_index: u64 },
}

/// One market's pool state, in terms of base and quote instead of token0 and token1.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolTracker {
    market: Market,
    pool: Pool,
}

impl PoolTracker {
    pub fn new(market: Market, pool: Pool) -> Self {
        Self { market, pool }
    }

    pub fn market(&self) -> &Market {
        &self.market
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The pool itself, for those who execute on it.
    pub fn pool_mut(&mut self) -> &mut Pool {
        &mut self.pool
    }

    pub fn sqrt_price_x96(&self) -> SqrtPriceX96 {
        self.pool.sqrt_price_x96()
    }

    /// For statistics: quote per base in whole units.
    pub fn price(&self) -> f64 {
        let Market { base, quote, .. } = &self.market;
        self.sqrt_price_x96().to_f64(base.decimals, quote.decimals, self.market.base_is_token0())
    }

    /// Takes in an event. For a swap returns what the trader bought in whole base units, negative
    /// where sold.
    ///
    /// # Errors
    /// [`MarketError`] when the event cannot have come from this state.
    pub fn apply(&mut self, event: &PoolEvent) -> Result<Option<f64>, MarketError> {
        let failed = |source| MarketError::Apply { pool: event.pool, log_index: event.log_index, source };
        match (&mut self.pool, &event.kind) {
            (Pool::V3(pool), PoolEventKind::V3Swap { sqrt_price_x96, liquidity, tick, .. }) => {
                pool.apply_swap(*sqrt_price_x96, *liquidity, *tick);
            }
            (Pool::V3(pool), PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity, .. }) => {
                pool.mint(*tick_lower, *tick_upper, *liquidity).map_err(failed)?;
            }
            // A burn of nothing is how V3 positions collect their fees.
            (Pool::V3(_), PoolEventKind::V3Burn { liquidity: 0, .. }) => {}
            (Pool::V3(pool), PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity, .. }) => {
                pool.burn(*tick_lower, *tick_upper, *liquidity).map_err(failed)?;
            }
            (Pool::V2(pool), PoolEventKind::V2Sync { reserve0, reserve1 }) => {
                pool.sync(*reserve0, *reserve1).map_err(failed)?;
            }
            // `Sync` has told the reserves already; the swap tells the volume.
            (
                Pool::V2(_),
                PoolEventKind::V2Swap { .. } | PoolEventKind::V2Mint { .. } | PoolEventKind::V2Burn { .. },
            ) => {}
            (Pool::V3(_), PoolEventKind::V3Initialize { .. }) => {
                return Err(MarketError::Initialized { pool: event.pool, log_index: event.log_index });
            }
            _ => return Err(MarketError::Kind { pool: event.pool, log_index: event.log_index }),
        }
        Ok(event.kind.swap_amounts().map(|amounts| base_bought(&self.market, amounts)))
    }

    /// The exact result of swapping `amount_in` now.
    ///
    /// # Errors
    /// [`AmmError`] where the pool cannot take all of it.
    pub fn quote(&self, side: Side, amount_in: TokenAmount) -> Result<Quote, AmmError> {
        self.pool.quote_exact_in(self.zero_for_one(side), amount_in)
    }

    /// Whether a swap on this side pays token0 in.
    pub fn zero_for_one(&self, side: Side) -> bool {
        (side == Side::Sell) == self.market.base_is_token0()
    }

    /// What `amount` of the base token is worth in quote base units at this price, no fee.
    pub fn worth(&self, amount: TokenAmount) -> Option<TokenAmount> {
        base_worth(&self.market, self.sqrt_price_x96(), amount)
    }
}

/// What the trader of a swap bought in whole base units, negative where sold: for statistics.
pub fn base_bought(market: &Market, (amount0, amount1): (I256, I256)) -> f64 {
    let base = if market.base_is_token0() { amount0 } else { amount1 };
    let volume = TokenAmount(base.unsigned_abs()).to_f64(market.base.decimals);
    // What the pool gave, the trader bought.
    if base.is_negative() { volume } else { -volume }
}

/// What `amount` of a market's base token is worth in quote base units at a root price.
pub fn base_worth(market: &Market, sqrt_price_x96: SqrtPriceX96, amount: TokenAmount) -> Option<TokenAmount> {
    if market.base_is_token0() {
        sqrt_price_x96.token0_to_token1(amount)
    } else {
        sqrt_price_x96.token1_to_token0(amount)
    }
}
