//! The entries of the journal.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{Decision, Fill, Order, OrderId, Outcome, Settlement, SignedTransaction};
use crate::units::{Timestamp, TokenAmount, Wei};

/// The chain, the account and the quote token that a journal belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Venue {
    pub chain_id: u64,
    pub account: Address,
    pub quote: Address,
}

impl std::fmt::Display for Venue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "account {} on chain {} with quote token {}", self.account, self.chain_id, self.quote)
    }
}

/// One journal entry. An order's entries come in this order, each before the act it names:
/// `Intent`, `Signed`, `Broadcast`, then `Settled` once the chain has said what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// What trading began with, and on whose behalf.
    Opened {
        ts: Timestamp,
        mode: String,
        /// In quote base units.
        capital: TokenAmount,
        ether: Wei,
        /// Absent in a backtest.
        venue: Option<Venue>,
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
        /// The highest equity so far, as the drawdown halt counts it.
        peak: TokenAmount,
    },
    Closed {
        ts: Timestamp,
        why: String,
    },
}
