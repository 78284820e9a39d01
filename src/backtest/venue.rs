//! What a tape is played on.

use crate::{
    amm::Pool,
    backtest::Move,
    domain::{Approved, Block, Order, Settlement},
    journal::Journal,
    units::Timestamp,
};

/// A block as mined, with what it settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mined {
    pub settlements: Vec<Settlement>,
    pub block: Block,
}

/// A chain that mines when told: simulated pools, or a node.
pub trait Venue {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Mines a block stamped `ts` that holds the moves first and then what was submitted.
    ///
    /// # Errors
    /// When the block could not be mined or read back.
    fn mine(&mut self, ts: Timestamp, moves: &[Move]) -> Result<Mined, Self::Error>;

    /// Takes an order for the next block. Its intent stands in the journal already; a venue
    /// that signs and sends writes each step there before it takes it.
    ///
    /// # Errors
    /// When the order may not have been taken.
    fn submit<J: Journal>(&mut self, order: &Approved<Order>, journal: &mut J) -> Result<(), Self::Error>;

    /// The pools' state now, in the order of the markets.
    ///
    /// # Errors
    /// When it cannot be read.
    fn pools(&mut self) -> Result<Vec<Pool>, Self::Error>;
}
