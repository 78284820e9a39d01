//! Orders that began and have not ended.

use alloy::primitives::B256;

use crate::domain::{Order, OrderId, Record, SignedTransaction};

/// How far an order got before the record ends. Each stage was written before its act, so the
/// act itself may or may not have happened: the chain has the last word.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenOrder {
    pub order: Order,
    /// Empty: nothing was signed, so nothing can have been sent.
    pub signed: Vec<SignedTransaction>,
    /// Empty: sending had not begun.
    pub broadcast: Vec<B256>,
}

/// A record that no correct run writes. Halt: the journal is damaged or of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("record {index}: order {order} was never intended", order = order.0)]
    Unknown { index: usize, order: OrderId },
    #[error("record {index}: order {order} was intended twice", order = order.0)]
    Twice { index: usize, order: OrderId },
}

/// The orders without a settlement, oldest first.
///
/// # Errors
/// [`ReplayError`] at the first record that contradicts those before it.
pub fn open_orders(records: &[Record]) -> Result<Vec<OpenOrder>, ReplayError> {
    let mut open: Vec<OpenOrder> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (index, record) in records.iter().enumerate() {
        let position = |open: &[OpenOrder], order: OrderId| {
            open.iter().position(|entry| entry.order.id == order).ok_or(ReplayError::Unknown { index, order })
        };
        match record {
            Record::Intent(order) => {
                if !seen.insert(order.id) {
                    return Err(ReplayError::Twice { index, order: order.id });
                }
                open.push(OpenOrder { order: order.clone(), signed: Vec::new(), broadcast: Vec::new() });
            }
            Record::Signed { order, transactions } => {
                let at = position(&open, *order)?;
                if let Some(entry) = open.get_mut(at) {
                    entry.signed.clone_from(transactions);
                }
            }
            Record::Broadcast { order, hashes } => {
                let at = position(&open, *order)?;
                if let Some(entry) = open.get_mut(at) {
                    entry.broadcast.clone_from(hashes);
                }
            }
            Record::Settled(settlement) => {
                let at = position(&open, settlement.order)?;
                open.remove(at);
            }
            _ => {}
        }
    }
    Ok(open)
}

#[cfg(test)]
mod tests;
