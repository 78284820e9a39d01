//! What a vote may cost: sizing, brackets, the drawdown halt and the gate.

pub mod bracket;
pub mod drawdown;
pub mod gate;
pub mod params;
pub mod sizing;

pub use drawdown::Drawdown;
pub use gate::{Bounds, gate};
pub use params::Params;
