//! What a host tells the pipeline.

use crate::domain::{Block, Settlement};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The next block. Settlements of orders in it come first.
    Block(Block),
    /// What became of an order.
    Settled(Settlement),
}
