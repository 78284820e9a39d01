//! What a node says, for servers that stand in for one.

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};

/// A block on 12-second slots whose hash, and whose parent's, `hash` tells.
pub fn header(block: u64, hash: impl Fn(u64) -> B256) -> Value {
    let zero = B256::ZERO;
    json!({
        "number": format!("0x{block:x}"), "hash": hash(block), "parentHash": hash(block.saturating_sub(1)),
        "timestamp": format!("0x{:x}", 12 * block), "baseFeePerGas": "0x1", "sha3Uncles": zero, "miner": Address::ZERO,
        "stateRoot": zero, "transactionsRoot": zero, "receiptsRoot": zero, "logsBloom": format!("0x{}", "00".repeat(256)),
        "difficulty": "0x0", "gasLimit": "0x1", "gasUsed": "0x0", "extraData": "0x", "mixHash": zero,
        "nonce": "0x0000000000000000", "size": "0x1", "transactions": [], "uncles": [], "totalDifficulty": "0x0",
    })
}

/// A number as JSON-RPC writes it.
pub fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}
