//! Orders.

use alloy::primitives::{B256, U256, keccak256};
use serde::{Deserialize, Serialize};

use super::{Asset, PoolSpec};
use crate::units::{SqrtPriceX96, Timestamp, TokenAmount, Wei};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Quote token in, base token out.
    Buy,
    /// Base token in, quote token out.
    Sell,
}

/// Why an order exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The forecast's edge exceeded its cost.
    Signal,
    StopLoss,
    TakeProfit,
    /// The forecast's horizon has passed.
    Horizon,
    /// The drawdown halt closes what is open.
    Halt,
}

/// Where an entry will be left again. Prices are quote base units for one whole base token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bracket {
    pub stop: TokenAmount,
    pub target: TokenAmount,
    /// The forecast's horizon ends here.
    pub expires: Timestamp,
}

/// The hash of an order's content: the same intent has the same id and is sent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub B256);

/// An exact-input swap in one pool, wholly bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub asset: Asset,
    pub side: Side,
    pub reason: Reason,
    pub pool: PoolSpec,
    pub token_in: alloy::primitives::Address,
    pub token_out: alloy::primitives::Address,
    pub amount_in: TokenAmount,
    /// What the local quote says the pool returns.
    pub amount_out_quoted: TokenAmount,
    /// The pool's fee in the quote, in base units of the token that goes in.
    pub fee_quoted: TokenAmount,
    /// The least that the router may return without reverting.
    pub amount_out_min: TokenAmount,
    /// The pool's root price when the order was decided (V2: of its reserves).
    pub sqrt_price_x96: SqrtPriceX96,
    pub decided_at: Timestamp,
    /// The router refuses the swap in a block after this.
    pub deadline: Timestamp,
    /// Gas expected for approval and swap together, and its price when decided.
    pub gas_expected: u64,
    pub gas_price_expected: Wei,
    /// What that is in quote base units: the charge that sizing and the halt count with.
    pub gas_quote_expected: TokenAmount,
    /// For a buy: where the position will be left again.
    pub bracket: Option<Bracket>,
}

impl Order {
    /// What the gas was expected to cost when this was decided; `None` above 256 bits.
    pub fn gas_cost_expected(&self) -> Option<Wei> {
        self.gas_price_expected.0.checked_mul(U256::from(self.gas_expected)).map(Wei)
    }

    /// What `amount` of the base token is worth in quote base units at the price decided on.
    pub fn base_worth(&self, amount: TokenAmount) -> Option<TokenAmount> {
        let (base, quote) = match self.side {
            Side::Buy => (self.token_out, self.token_in),
            Side::Sell => (self.token_in, self.token_out),
        };
        if base < quote {
            self.sqrt_price_x96.token0_to_token1(amount)
        } else {
            self.sqrt_price_x96.token1_to_token0(amount)
        }
    }

    /// The id of this content (the `id` field itself left out): keccak-256 of its canonical JSON.
    pub fn content_id(&self) -> OrderId {
        let mut content = self.clone();
        content.id = OrderId(B256::ZERO);
        // An order holds integers, text and addresses only: serialisation has no failing case.
        OrderId(keccak256(serde_json::to_vec(&content).unwrap_or_default()))
    }
}
