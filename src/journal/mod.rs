//! The append-only record and what it says about orders on their way.

pub mod orders;

pub use orders::{OpenOrder, open_orders};

use crate::domain::Record;

/// Where records go. An append that returns has put them on stable storage.
pub trait Journal {
    type Error: std::error::Error + Send + Sync + 'static;

    /// # Errors
    /// When the records are not on stable storage: the caller must not act on them.
    fn append(&mut self, records: &[Record]) -> Result<(), Self::Error>;
}

/// A journal in memory, for backtests.
impl Journal for Vec<Record> {
    type Error = std::convert::Infallible;

    fn append(&mut self, records: &[Record]) -> Result<(), Self::Error> {
        self.extend_from_slice(records);
        Ok(())
    }
}
