//! Transactions on their way to the chain.

use alloy::primitives::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

use crate::units::Wei;

/// An EIP-1559 transaction before its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    pub chain_id: u64,
    pub nonce: u64,
    pub to: Address,
    pub value: Wei,
    pub gas_limit: u64,
    pub max_fee_per_gas: Wei,
    pub max_priority_fee_per_gas: Wei,
    pub input: Bytes,
}

/// A signed transaction, ready to broadcast. `raw` is its EIP-2718 encoding: whoever holds it
/// can send it, so it goes into the journal and to the chain and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTransaction {
    pub hash: B256,
    pub nonce: u64,
    pub raw: Bytes,
}

impl std::fmt::Debug for SignedTransaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedTransaction")
            .field("hash", &self.hash)
            .field("nonce", &self.nonce)
            .finish_non_exhaustive()
    }
}
