//! The entries of the journal.

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::{Decision, Fill, Order, OrderId, Outcome, Settlement, SignedTransaction};
use crate::units::{Timestamp, TokenAmount, Wei};

/// One journal entry. An order's entries come in this order, each before the act it names:
/// `Intent`, `Signed`, `Broadcast`, then `Settled` once the chain has said what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The capital, in quote base units, and the ether for gas that trading began with.
    Opened {
        ts: Timestamp,
        mode: String,
        capital: TokenAmount,
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
        /// The hash that the swap's transaction would have had.
        tx: B256,
        outcome: Outcome,
        /// Why it would have reverted.
        revert: Option<String>,
    },
    Settled(Settlement),
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
