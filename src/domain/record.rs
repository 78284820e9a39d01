//! The entries of the journal.

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::{Decision, Fill, Order, OrderId, Outcome, SignedTransaction};
use crate::units::{Timestamp, TokenAmount, Wei};

/// One journal entry. An order's entries come in this order, each before the act it names:
/// `Intent`, `Signed`, `Broadcast`, then `Settled` once the chain has said what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// What the account held when the journal was opened.
    Opened {
        ts: Timestamp,
        mode: String,
        balances: Vec<(String, TokenAmount)>,
        ether: Wei,
    },
    Decision(Decision),
    Intent(Order),
    Signed {
        order: OrderId,
        transactions: Vec<SignedTransaction>,
    },
    Broadcast {
        order: OrderId,
        hashes: Vec<B256>,
    },
    /// What a dry run's `eth_call` answered.
    Simulated {
        order: OrderId,
        outcome: Outcome,
    },
    Settled {
        order: OrderId,
        ts: Timestamp,
        #[serde(flatten)]
        outcome: Outcome,
        gas_used: u64,
        gas_cost: Wei,
    },
    Fill(Fill),
    /// The drawdown halt went on.
    Halted {
        ts: Timestamp,
        equity: TokenAmount,
        peak: TokenAmount,
    },
    /// Equity at an hour's close, in quote base units, gas as spent.
    Equity {
        ts: Timestamp,
        equity: TokenAmount,
    },
    Closed {
        ts: Timestamp,
        why: String,
    },
}
