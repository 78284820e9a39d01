//! What a host tells the pipeline.

use crate::domain::{Asset, Block, Frame, Settlement};

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The next block. Settlements of orders in it come first.
    Block(Block),
    /// What was known at a bar's close, for a model that reads frames: after every block before
    /// that close, before the first block at or after it.
    Frame { asset: Asset, frame: Frame },
    /// What became of an order.
    Settled(Settlement),
}
