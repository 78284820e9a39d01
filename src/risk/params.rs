//! The bounds that the user sets.

use crate::units::{Bps, TokenAmount};

#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// The share of Kelly's stake that is taken, in (0, 1].
    pub kelly_fraction: f64,
    /// No position is opened above this share of equity.
    pub max_position: Bps,
    /// An edge must exceed this multiple of its cost, at least 1.
    pub edge_over_cost: f64,
    /// The stop stands this many average true ranges below the entry.
    pub stop_atr: f64,
    /// The take-profit stands this many stop distances above the entry.
    pub reward_to_risk: f64,
    /// Equity this far below its peak closes everything and stops trading.
    pub max_drawdown: Bps,
    /// No order may move the pool's price by more than this.
    pub max_impact: Bps,
    /// No order is worth less than this, in quote base units.
    pub min_order: TokenAmount,
}
