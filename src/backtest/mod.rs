//! History driven through the pipeline on simulated pools.
//!
//! [`drive()`] is also what `demo` runs, with a node behind [`Venue`] in place of the simulation.

pub mod drive;
pub mod history;
pub mod planned;
pub mod session;
pub mod simulated;
pub mod simulator;
pub mod tape;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod venue;

pub use drive::{DriveError, Progress, drive};
pub use simulated::SimulatedVenue;
pub use tape::{Move, TapeHour, tape};
pub use venue::{Mined, Venue};
