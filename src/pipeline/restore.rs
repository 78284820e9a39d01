//! A pipeline from what the journal holds.

use super::{Halt, Model, Pipeline};
use crate::domain::{OrderId, Record};

/// The journal cannot be replayed onto the configured markets. Halt.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("journal record {index}: order {order} is of {asset}, which is not a configured market", order = order.0)]
    UnknownAsset { index: usize, order: OrderId, asset: String },
    #[error("journal record {index}: {source}")]
    Replay { index: usize, source: Halt },
}

impl<M: Model> Pipeline<M> {
    /// Brings back balances, positions, orders on their way, the equity peak and the halt.
    /// Call it on a new pipeline, made with the capital and ether of the journal's `Opened`.
    ///
    /// # Errors
    /// [`RestoreError`] at the first record that does not fit.
    pub fn restore(&mut self, records: &[Record]) -> Result<(), RestoreError> {
        for (index, record) in records.iter().enumerate() {
            match record {
                Record::Intent(order) => {
                    let state = self.markets.iter_mut().find(|state| state.market().asset == order.asset);
                    let state = state.ok_or_else(|| RestoreError::UnknownAsset {
                        index,
                        order: order.id,
                        asset: order.asset.to_string(),
                    })?;
                    state.pending = Some(order.clone());
                }
                Record::Settled(settlement) => {
                    self.settled(settlement).map_err(|source| RestoreError::Replay { index, source })?;
                }
                Record::Decision(decision) => self.drawdown.restore(decision.equity, false),
                Record::Equity { peak, .. } => self.drawdown.restore(*peak, false),
                Record::Halted { peak, .. } => self.drawdown.restore(*peak, true),
                _ => {}
            }
        }
        Ok(())
    }
}
