//! What the pipeline decided, and why. Written for every asset at every hour's close.

use serde::{Deserialize, Serialize};

use super::{Asset, Cause, Forecast, Grounds, OrderId, Reason};
use crate::units::{Bps, Timestamp, TokenAmount};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The timestamp of the block that was decided on.
    pub ts: Timestamp,
    pub asset: Asset,
    /// The price decided on, quote per base, in quote base units for one whole base unit.
    pub price: TokenAmount,
    /// Absent where the model says nothing to rely on; a pass then tells why.
    pub forecast: Option<Forecast>,
    /// What an ensemble's forecast or abstention rests on; absent of other models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<Grounds>,
    /// Equity in quote base units, gas as expected: the figure that sizing and the halt use.
    pub equity: TokenAmount,
    pub drawdown: Bps,
    #[serde(flatten)]
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Buy with `amount_in` of the quote token.
    Enter { order: OrderId, amount_in: TokenAmount, edge: f64, cost: f64 },
    /// Sell the whole position.
    Exit { order: OrderId, amount_in: TokenAmount, reason: Reason },
    /// Keep the open position.
    Keep,
    /// Stay out.
    Pass(Rejection),
}

/// Why no order was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Rejection {
    /// The indicators have not seen enough hours.
    WarmingUp,
    /// The model reads frames, and none came of the bar that closed now.
    NoFrame,
    /// The frame that came cannot be read, or the model failed on it.
    FrameRefused { reason: String },
    /// The ensemble does not rely on what it would say.
    Abstained(Cause),
    /// An order of this asset is on its way.
    OrderPending,
    /// The forecast's edge does not exceed its cost; both as fractions of the stake.
    EdgeBelowCost { edge: f64, cost: f64 },
    /// Kelly's stake rounds to nothing or to less than the configured least order.
    StakeTooSmall,
    /// The drawdown halt is on.
    Halted,
    /// The pool could not quote the swap: no liquidity in reach.
    NoQuote,
    /// The swap would move the price by more than the configured bound.
    ImpactAboveLimit { impact: Bps },
    /// The stake exceeds the largest position allowed.
    AboveMaxPosition,
    /// The account does not hold what would go in.
    NotCovered,
    /// The order's least output is below what the slippage tolerance allows.
    Unguarded,
    /// Not enough ether for the gas that the order could cost.
    GasTankEmpty,
}
