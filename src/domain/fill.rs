//! What became of an order.

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::{Asset, OrderId, Reason, Side};
use crate::units::{BlockNumber, Timestamp, TokenAmount, Wei};

/// A swap that the chain carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    pub order: OrderId,
    pub ts: Timestamp,
    pub asset: Asset,
    pub side: Side,
    pub reason: Reason,
    pub amount_in: TokenAmount,
    pub amount_out: TokenAmount,
    /// The pool's fee, in base units of the token that went in.
    pub fee: TokenAmount,
    /// What the fee and the impact cost, each in quote base units at the price before the swap.
    pub fee_quote: TokenAmount,
    pub impact_quote: TokenAmount,
    /// Gas of the approval and the swap together.
    pub gas_used: u64,
    /// What the gas model expected when the order was decided. In a backtest both are the same.
    pub gas_expected: u64,
    /// What the gas cost.
    pub gas_cost: Wei,
    /// The same in quote base units, at the price decided on.
    pub gas_quote: TokenAmount,
    /// Absent in a backtest.
    pub block: Option<BlockNumber>,
    /// The swap's transaction; absent in a backtest.
    pub tx: Option<B256>,
}

/// What the chain says became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    pub order: OrderId,
    /// The timestamp of the block that settled it.
    pub ts: Timestamp,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Gas of the approval and the swap together, and what it cost.
    pub gas_used: u64,
    pub gas_cost: Wei,
    /// Absent in a backtest.
    pub block: Option<BlockNumber>,
    /// The swap's transaction; absent in a backtest.
    pub tx: Option<B256>,
}

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The router swapped; amounts as the pool's event says them.
    Swapped { amount_in: TokenAmount, amount_out: TokenAmount },
    /// The transaction was mined and reverted: only gas was spent.
    Reverted,
    /// The order can no longer be mined, and nothing was spent on the swap itself.
    Expired,
}
