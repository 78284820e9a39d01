//! What a vote may cost: sizing, stops, the drawdown halt and the gate.

pub mod params;

pub use params::Params;
